using System;

namespace Slungd.Ingest.Protocols.Statsd;

/// <summary>What is made of StatsD's lines.</summary>
internal sealed record StatsdOptions
{
    /// <summary>Time between two points of a metric.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Of timers, from 0 to 100, as they were written: 99.9.</summary>
    public decimal[] Percentiles { get; init; } = [50, 90, 95, 99];

    /// <summary>Metrics that are silent for longer are forgotten; null: never.</summary>
    public TimeSpan? Idle { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The most that are remembered.</summary>
    public int MaxMetrics { get; init; } = 100_000;
}
