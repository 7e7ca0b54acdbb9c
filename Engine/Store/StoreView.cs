using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Series;
using Slungd.Native.Checks;

namespace Slungd.Engine.Store;

/// <summary>A view: holds one state of the store until it is disposed, its cursors with it.</summary>
/// <param name="store">Whose.</param>
/// <param name="state">Referenced by the caller; the view lets it go.</param>
/// <param name="registry">The series.</param>
/// <param name="oldest">What is before this is expired, and not shown.</param>
internal sealed partial class StoreView(TimeSeriesStore store, StoreState state, SeriesRegistry registry, long oldest)
    : SeriesView
{
    private readonly List<StoreCursor> _cursors = [];
    private bool _disposed;

    public StoreState State => state;

    public override void Select(SeriesSelector selector, TimeRange range, List<SeriesId> into) =>
        registry.Select(selector, into);

    public override ILabelSymbols? Symbols => registry.Symbols;

    public override SeriesKey KeyOf(SeriesId series) => registry.KeyOf(series);

    public override ValueFamily FamilyOf(SeriesId series) => registry.FamilyOf(series);

    public override SeriesCursor Open(SeriesId series, TimeRange range, bool acceptSummaries,
        SeriesCursor? reuse = null)
    {
        Invariant.Check(!_disposed);
        if (reuse is not StoreCursor cursor)
        {
            cursor = new StoreCursor(this);
            lock (_cursors) _cursors.Add(cursor);
        }
        cursor.Start(state, series, registry.FamilyOf(series), Visible(range), acceptSummaries);
        return cursor;
    }

    private TimeRange Visible(TimeRange range) => range with { Start = Math.Max(range.Start, oldest) };

    /// <summary>As <see cref="Segment.TryFind"/>.</summary>
    public bool TryFind(Segment segment, SeriesId series, TimeRange range, out SeriesEntry entry)
    {
        try
        {
            return segment.TryFind(series, range, out entry);
        }
        catch (SegmentCorruptException e)
        {
            Quarantine(e); // for later views; this one can't go on
            throw;
        }
    }

    /// <summary>A page could not be read: its segment is taken out of the store, for later views.</summary>
    public void Quarantine(SegmentCorruptException why) => store.Quarantine(state, why);

    public override void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (StoreCursor cursor in _cursors) cursor.Dispose(); // their blocks belong to the state's memtables
        state.Release();
    }
}
