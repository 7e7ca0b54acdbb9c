using System;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Points of one series on their way to subscribers: one row of a batch, or a whole column.</summary>
internal readonly ref struct LiveColumn
{
    public required SeriesKey Series { get; init; }

    public required ulong Producer { get; init; }

    /// <summary>Numeric.</summary>
    public required ValueFamily Family { get; init; }

    public required ReadOnlySpan<ulong> Values { get; init; }

    /// <summary>Empty for a regular column.</summary>
    public ReadOnlySpan<long> Timestamps { get; init; }

    /// <summary>Of a regular column.</summary>
    public long Start { get; init; }

    /// <summary>Of a regular column.</summary>
    public long Step { get; init; }

    /// <summary>Runs of points that were not kept, in order.</summary>
    public ReadOnlySpan<Refusal> Refused { get; init; }

    public long TimestampAt(int index) => Timestamps.IsEmpty ? Start + Step * index : Timestamps[index];
}
