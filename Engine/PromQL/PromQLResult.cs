using System.Collections.Generic;

namespace Slungd.Engine.PromQL;

/// <summary>The answer to one query.</summary>
internal sealed class PromQLResult
{
    public PromQLStatus Status { get; init; }

    /// <summary>Why there is no answer; null when there is one.</summary>
    public string? Error { get; init; }

    public PromQLResultKind Kind { get; init; }

    /// <summary>When an instant query was asked, in milliseconds.</summary>
    public long Time { get; init; }

    public double Scalar { get; init; }

    public string Text { get; init; } = "";

    /// <summary>Of range queries sorted by labels, of instant queries in the order of the expression.</summary>
    public IReadOnlyList<PromQLSeries> Series { get; init; } = [];

    public IReadOnlyCollection<PromQLAnnotation> Annotations { get; init; } = [];

    /// <summary>Samples read from the store.</summary>
    public long SamplesRead { get; init; }

    /// <summary>The most samples held at once.</summary>
    public long SamplesHeld { get; init; }

    /// <summary>Null unless wanted.</summary>
    public PromQLStatistics? Statistics { get; set; }
}
