using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Series;

namespace Slungd.Engine.Store;

/// <summary>Which series have points in a range, and which labels those have: from indexes alone, in sets of one bit
/// per series.</summary>
internal sealed partial class StoreView
{
    /// <summary>Up to so many series are looked up one by one.</summary>
    private const int FewSeries = 1000;

    private SeriesCursor? _probe;

    public override void SelectWithPoints(SeriesSelector selector, TimeRange range, List<SeriesId> into)
    {
        range = Visible(range);
        int start = into.Count;
        registry.Select(selector, into);
        if (into.Count - start <= FewSeries)
        {
            int kept = start;
            for (int i = start; i < into.Count; i++)
                if (MayHavePoints(into[i], range)) into[kept++] = into[i];
            into.RemoveRange(kept, into.Count - kept);
            return;
        }
        into.RemoveRange(start, into.Count - start);
        using SeriesBitmap found = FindWithPoints(selector, range);
        found.CopyTo(into);
    }

    public override LabelTexts LabelNames(SeriesSelector selector, TimeRange range)
    {
        if (!registry.AreLabelsPlain) return base.LabelNames(selector, range);
        using SeriesBitmap found = FindWithPoints(selector, range);
        return registry.LabelNames(found);
    }

    public override LabelTexts LabelValues(string label, SeriesSelector selector, TimeRange range)
    {
        if (!registry.AreLabelsPlain) return base.LabelValues(label, selector, range);
        using SeriesBitmap found = FindWithPoints(selector, range);
        return registry.LabelValues(Encoding.UTF8.GetBytes(label), found);
    }

    private SeriesBitmap FindWithPoints(SeriesSelector selector, TimeRange range)
    {
        range = Visible(range);
        SeriesBitmap found = registry.SelectSet(selector, out uint bound);
        using var present = new SeriesBitmap(bound);
        foreach (Segment segment in state.Segments) Mark(segment, LeftOf(segment, range), present);
        foreach (Memtable memtable in state.Waiting) Mark(memtable, range, present);
        Mark(state.Active, range, present);
        found.IntersectWith(present);
        foreach (uint id in state.Tombstones.SeriesIds)
            if (found.Contains(id) && !HasPointsLeft(new SeriesId(id), range)) found.Remove(id);
        return found;
    }

    /// <summary>What deletes of all series leave of a range in a segment; they begin with the oldest points.</summary>
    private TimeRange LeftOf(Segment segment, TimeRange range)
    {
        foreach (ref readonly Tombstone tombstone in state.Tombstones.Of(SeriesId.None))
        {
            TimeRange deleted = tombstone.Range;
            if (tombstone.Number <= segment.Reader.Footer.DeletesThrough || deleted.Start > range.Start) continue;
            if (deleted.End >= range.End) return new TimeRange(1, 0);
            range = range with { Start = Math.Max(range.Start, deleted.End + 1) };
        }
        return range;
    }

    /// <summary>Looks at the points: of a series that had deletes the indexes do not tell.</summary>
    private bool HasPointsLeft(SeriesId series, TimeRange range)
    {
        _probe = Open(series, range, acceptSummaries: true, _probe);
        return _probe.MoveNext();
    }

    private void Mark(Segment segment, TimeRange range, SeriesBitmap present)
    {
        try
        {
            segment.MarkSeries(range, present);
        }
        catch (SegmentCorruptException e)
        {
            Quarantine(e);
            throw;
        }
    }

    /// <summary>A memtable is young: that it overlaps the range says enough.</summary>
    private static void Mark(Memtable memtable, TimeRange range, SeriesBitmap present)
    {
        if (range.Overlaps(memtable.MinTimestamp, memtable.MaxTimestamp)) memtable.MarkSeries(present.Words);
    }

    private bool MayHavePoints(SeriesId series, TimeRange range)
    {
        if (HasPoints(state.Active, series, range)) return true;
        foreach (Memtable memtable in state.Waiting)
            if (HasPoints(memtable, series, range)) return true;
        foreach (Segment segment in state.Segments)
        {
            if (!TryFind(segment, series, LeftOf(segment, range), out _)) continue;
            return state.Tombstones.Of(series).IsEmpty || HasPointsLeft(series, range);
        }
        return false;
    }

    private static bool HasPoints(Memtable memtable, SeriesId series, TimeRange range) =>
        range.Overlaps(memtable.MinTimestamp, memtable.MaxTimestamp) && memtable.Contains(series);
}
