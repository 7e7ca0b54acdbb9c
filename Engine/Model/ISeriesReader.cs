using System;
using System.Collections.Generic;

namespace Slungd.Engine.Model;

/// <summary>The waist out. PromQL and the DSL know only this.</summary>
internal interface ISeriesReader
{
    /// <summary>The unit of every timestamp.</summary>
    Precision Precision { get; }

    /// <summary>Opens a view that sees all or none of every flush, compaction and delete. Dispose it soon: it keeps
    /// memory and files alive. Any thread; a view belongs to one thread at a time, its cursors to one thread
    /// each.</summary>
    SeriesView OpenView();
}

/// <summary>A consistent view of the store.</summary>
internal abstract class SeriesView : IDisposable
{
    /// <summary>Adds the ids of the matching series to <paramref name="into"/>, ascending. A series may turn out to
    /// have no points in the range.</summary>
    public abstract void Select(SeriesSelector selector, TimeRange range, List<SeriesId> into);

    /// <summary>The series' name and tags.</summary>
    public abstract SeriesKey KeyOf(SeriesId series);

    public abstract ValueFamily FamilyOf(SeriesId series);

    /// <summary>Opens a cursor over one series' points in the range. With <paramref name="acceptSummaries"/> a block
    /// that lies wholly inside the range may come as its summary.</summary>
    /// <param name="series">Which series.</param>
    /// <param name="range">Only blocks overlapping it are produced; edge blocks are cut to it.</param>
    /// <param name="acceptSummaries">The caller needs only aggregates over whole blocks.</param>
    /// <param name="reuse">A finished cursor of this view to use again, or null.</param>
    public abstract SeriesCursor Open(SeriesId series, TimeRange range, bool acceptSummaries,
        SeriesCursor? reuse = null);

    public abstract void Dispose();
}

/// <summary>Walks one series' points as blocks: ascending, no overlap, no duplicate timestamps (the last write has
/// won), every timestamp inside the range.</summary>
internal abstract class SeriesCursor : IDisposable
{
    /// <summary>Moves to the next block; false at the end. The former block's spans are dead after this call.</summary>
    public abstract bool MoveNext();

    /// <summary>True when this block is given only as <see cref="Summary"/>.</summary>
    public bool IsSummary { get; protected set; }

    /// <summary>Valid while <see cref="IsSummary"/>.</summary>
    public BlockSummary Summary;

    public abstract ValueFamily Family { get; }

    /// <summary>Never empty while <see cref="IsSummary"/> is false.</summary>
    public abstract ReadOnlySpan<long> Timestamps { get; }

    /// <summary>The values' bits, as long as <see cref="Timestamps"/>.</summary>
    public abstract ReadOnlySpan<ulong> Values { get; }

    /// <summary>The bytes of point <paramref name="index"/> of this block; payload families only.</summary>
    public abstract ReadOnlySpan<byte> PayloadAt(int index);

    public abstract void Dispose();
}
