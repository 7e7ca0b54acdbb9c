using System;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Native.Checks;
using Slungd.Native.Simd;

namespace Slungd.Engine.Segments;

/// <summary>An open segment with its series known by their ids in this process. Counts its holders: whoever holds a
/// reference may read, whatever becomes of the segment meanwhile; the last one closes it.</summary>
internal sealed class Segment(SegmentName name, SegmentReader reader, SeriesMap map, Action<Segment>? onClosed = null)
{
    private int _references = 1;

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

    public void Retain()
    {
        int references = Interlocked.Increment(ref _references);
        Invariant.Check(references > 1);
    }

    public void Release()
    {
        int references = Interlocked.Decrement(ref _references);
        Invariant.Check(references >= 0);
        if (references != 0) return;
        reader.Dispose();
        onClosed?.Invoke(this);
    }

    /// <summary>True when a page of the series overlaps the range. It may yet hold no point of it.</summary>
    public bool HoldsAny(SeriesId series, TimeRange range)
    {
        if (!TryFind(series, range, out SeriesEntry entry)) return false;
        int page = reader.FirstPageFrom(in entry, range.Start);
        if (page == entry.FirstPage + entry.PageCount) return false;
        reader.ReadPage(page, out PageDescriptor descriptor);
        return descriptor.Summary.FirstTimestamp <= range.End;
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
            reader.ReadSeries(i, out SeriesEntry entry);
            if (entry.FirstTimestamp > bound) continue;
            newest = Math.Max(newest, entry.LastTimestamp <= bound ? entry.LastTimestamp : NewestOf(in entry, bound));
        }
        return newest;
    }

    private long NewestOf(in SeriesEntry entry, long bound)
    {
        int page = reader.FirstPageFrom(in entry, bound);
        reader.ReadPage(page, out PageDescriptor descriptor);
        if (descriptor.Summary.FirstTimestamp > bound) reader.ReadPage(--page, out descriptor);
        long last = descriptor.Summary.LastTimestamp;
        if (last <= bound) return last;
        try
        {
            var timestamps = new long[descriptor.Summary.Count];
            reader.ReadTimes(page, in descriptor, timestamps);
            return timestamps[Kernels.LowerBound(timestamps, bound + 1) - 1];
        }
        catch (SegmentCorruptException)
        {
            return descriptor.Summary.FirstTimestamp; // whoever reads it for its points will say so
        }
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
