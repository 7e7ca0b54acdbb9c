using System;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Native.Checks;
using Slungd.Native.Memory;
using Slungd.Native.Simd;

namespace Slungd.Engine.Segments;

/// <summary>An open segment with its series known by their ids in this process. Counts its holders: whoever holds a
/// reference may read, whatever becomes of the segment meanwhile; the last one closes it.</summary>
internal sealed class Segment(SegmentName name, SegmentReader reader, SeriesMap map, Action<Segment>? onClosed = null)
{
    private ReferenceCount _references = new();

    public SegmentName Name => name;

    public SegmentReader Reader => reader;

    public SeriesMap Map => map;

    /// <summary>Of two segments with the same timestamp of a series, the one with the higher number wins.</summary>
    public ulong Sequence => reader.Footer.LastSequence;

    public long MinTimestamp => reader.Footer.MinTimestamp;

    public long MaxTimestamp => reader.Footer.MaxTimestamp;

    /// <summary>False when some of its series can't be shown: their keys belong to another value family
    /// elsewhere.</summary>
    public bool IsWhole => map.Count == reader.SeriesCount;

    public void Retain() => Invariant.Check(_references.TryAcquire());

    public void Release()
    {
        if (!_references.Release()) return;
        reader.Dispose();
        onClosed?.Invoke(this);
    }

    /// <summary>True when a page of the series overlaps the range. It may yet hold no point of it.</summary>
    public bool HoldsAny(SeriesId series, TimeRange range)
    {
        if (!TryFind(series, range, out SeriesEntry entry)) return false;
        PagePosition position = reader.FirstPageFrom(in entry, range.Start);
        return reader.ReadPage(in entry, ref position, out PageDescriptor page) &&
            page.Summary.FirstTimestamp <= range.End;
    }

    /// <summary>Finds a series that has points in the range; false when there is none.</summary>
    public bool TryFind(SeriesId series, TimeRange range, out SeriesEntry entry)
    {
        entry = default;
        if (!range.Overlaps(MinTimestamp, MaxTimestamp)) return false;
        int position = map.PositionOf(series);
        if (position < 0) return false;
        reader.ReadSeries(position, out entry);
        return range.Overlaps(entry.FirstTimestamp, entry.LastTimestamp);
    }

    /// <summary>The newest timestamp that is not above the bound; long.MinValue when there is none. Reads at most one
    /// page of a series.</summary>
    public long NewestThrough(long bound)
    {
        if (MaxTimestamp <= bound) return MaxTimestamp;
        long newest = long.MinValue;
        for (int i = 0; i < reader.SeriesCount; i++)
        {
            try
            {
                reader.ReadSeries(i, out SeriesEntry entry);
                if (entry.FirstTimestamp > bound) continue;
                long last = entry.LastTimestamp <= bound ? entry.LastTimestamp : NewestOf(in entry, bound);
                newest = Math.Max(newest, last);
            }
            catch (SegmentCorruptException)
            {
                // Whoever reads it for its points will say so.
            }
        }
        return newest;
    }

    private long NewestOf(in SeriesEntry entry, long bound)
    {
        PagePosition position = reader.FirstPageFrom(in entry, bound);
        long before = position.LastTimestamp;
        reader.ReadPage(in entry, ref position, out PageDescriptor page);
        if (page.Summary.FirstTimestamp > bound) return before;
        if (page.Summary.LastTimestamp <= bound) return page.Summary.LastTimestamp;
        var timestamps = new long[page.Summary.Count];
        reader.ReadTimes(in page, timestamps);
        return timestamps[Kernels.LowerBound(timestamps, bound + 1) - 1];
    }

    /// <summary>Adds the series that have points in the range, as far as first and last timestamps tell.</summary>
    public void MarkSeries(TimeRange range, SeriesBitmap into)
    {
        if (!range.Overlaps(MinTimestamp, MaxTimestamp)) return;
        bool isCovered = range.Covers(MinTimestamp, MaxTimestamp);
        for (int i = 0; i < map.Count; i++)
        {
            uint id = map.At(i, out int position);
            if (!into.Includes(id)) break; // ids ascend
            if (!isCovered)
            {
                reader.ReadSeries(position, out SeriesEntry entry);
                if (!range.Overlaps(entry.FirstTimestamp, entry.LastTimestamp)) continue;
            }
            into.Add(id);
        }
    }
}
