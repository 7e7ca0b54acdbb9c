using System;

namespace Slungd.Engine.PromQL;

/// <summary>What a query cost. The times follow each other: the query waits, finds its series, evaluates, sorts.
/// </summary>
internal sealed record PromQLStatistics
{
    /// <summary>For its turn.</summary>
    public TimeSpan Waiting { get; init; }

    /// <summary>Finding series.</summary>
    public TimeSpan Preparing { get; init; }

    /// <summary>Reading and computing.</summary>
    public TimeSpan Evaluating { get; init; }

    /// <summary>Putting the series of a range query in order.</summary>
    public TimeSpan Sorting { get; init; }

    /// <summary>The most samples held at once.</summary>
    public long SamplesHeld { get; init; }

    /// <summary>Samples looked at, at each step; see <see cref="Evaluation.SampleCounts"/>.</summary>
    public long[] SamplesOfSteps { get; init; } = [];

    /// <summary>When the first step was, in milliseconds.</summary>
    public long Start { get; init; }

    /// <summary>Milliseconds from one to the next.</summary>
    public long Step { get; init; }
}
