using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>How deleted points leave the disk, and their tombstones after them. Every compaction leaves out what is
/// covered or expired; here are the segments that no other compaction comes to. A tombstone goes when no segment needs
/// it, and not before the files of the segments that did are removed: a crash might bring those back.</summary>
internal sealed partial class TimeSeriesStore
{
    /// <summary>A segment of which this share is deleted or expired is rewritten in the background: what that writes is
    /// at most three times what it frees.</summary>
    private const double LeastDeadShare = 0.25;

    private readonly List<TimeRange> _deadRanges = [];
    private (Segment[]?, TombstoneSet?) _cleaned; // compared only: these were looked through
    private long _cleanedOldest;
    private int _strayFiles; // of segments that are in no state any more, but could not be removed

    /// <summary>Erases what tombstones cover, by rewriting every segment that they touch, and drops the tombstones.
    /// </summary>
    /// <param name="cancellation">Ends it after the segment that is being rewritten.</param>
    /// <exception cref="DiskException">That failed, or there is no room; everything is as before, or further.
    /// </exception>
    /// <exception cref="SegmentCorruptException">A segment is corrupt, and was moved to quarantine.</exception>
    public void CleanTombstones(CancellationToken cancellation = default)
    {
        while (!cancellation.IsCancellationRequested && CleanOnce(leastShare: 0, isPaced: false)) { }
    }

    /// <summary>Rewrites one segment that tombstones or the retention touch, if there is one of which at least this
    /// share can go.</summary>
    internal bool CleanOnce(double leastShare, bool isPaced)
    {
        lock (_compactLock)
        {
            if (!BeginCompacting()) return false;
            StoreState state = AcquireSegments();
            try
            {
                if (state.Tombstones.Count > _options.Limits.MaxTombstones / 2) leastShare = 0;
                long oldest = leastShare > 0 ? OldestKept(state) : long.MinValue;
                if (leastShare > 0 && !IsCleaningDue(state, oldest)) return false;
                for (int i = 0; i < state.Segments.Length; i++)
                {
                    Segment segment = state.Segments[i];
                    double share = DeadShare(segment, state.Tombstones, oldest);
                    // Of a key with two value families one is hidden: rewritten, it would be gone.
                    if (share == 0 || share < leastShare || !segment.IsWhole) continue;
                    Compact(state, new CompactionPlan([i], segment.Name.Level, [TimeRange.All]), oldest, isPaced);
                    return true;
                }
                PruneTombstones(state);
                return false;
            }
            catch (SegmentCorruptException e)
            {
                Quarantine(state, e);
                throw;
            }
            finally
            {
                ReleaseSegments(state);
            }
        }
    }

    /// <summary>Looking through all segments is work: only when they changed, or as much expired as an output may span.
    /// </summary>
    private bool IsCleaningDue(StoreState state, long oldest)
    {
        bool isExpiring = _options.Retention is { } retention &&
            oldest > Add(_cleanedOldest, retention / SpansPerRetention);
        if (_cleaned == (state.Segments, state.Tombstones) && !isExpiring) return false;
        _cleaned = (state.Segments, state.Tombstones);
        _cleanedOldest = oldest;
        return true;
    }

    /// <summary>Estimates from the page descriptors which share of a segment's points is deleted or expired; 0 only
    /// when no page holds any. Under _compactLock.</summary>
    /// <param name="segment">Which.</param>
    /// <param name="tombstones">What is deleted.</param>
    /// <param name="oldest">What is before this is expired.</param>
    private double DeadShare(Segment segment, TombstoneSet tombstones, long oldest)
    {
        ulong seen = segment.Reader.Footer.DeletesThrough;
        bool isAll = segment.MinTimestamp < oldest || tombstones.Of(SeriesId.None).Length > 0;
        if (!isAll && tombstones.LastNumber <= seen) return 0;
        double dead = 0;
        ReadOnlySpan<uint> ids = isAll || tombstones.Count > segment.Map.Count ? segment.Map.Ids : tombstones.SeriesIds;
        foreach (uint id in ids)
        {
            var series = new SeriesId(id);
            if (!segment.TryFind(series, TimeRange.All, out SeriesEntry entry)) continue;
            _deadRanges.Clear();
            if (entry.FirstTimestamp < oldest) _deadRanges.Add(new TimeRange(long.MinValue, oldest - 1));
            tombstones.CopyRanges(series, seen, new TimeRange(entry.FirstTimestamp, entry.LastTimestamp), _deadRanges);
            foreach (TimeRange range in _deadRanges) dead += DeadPoints(segment.Reader, in entry, range);
        }
        return Math.Min(1, dead / segment.Reader.Footer.Rows);
    }

    private static double DeadPoints(SegmentReader reader, in SeriesEntry entry, TimeRange range)
    {
        double dead = 0;
        PagePosition position = reader.FirstPageFrom(in entry, range.Start);
        while (reader.ReadPage(in entry, ref position, out PageDescriptor page))
        {
            (long first, long last) = (page.Summary.FirstTimestamp, page.Summary.LastTimestamp);
            if (first > range.End) break;
            double covered = (double)Math.Min(last, range.End) - Math.Max(first, range.Start) + 1;
            dead += page.Summary.Count * (covered / ((double)last - first + 1));
        }
        return dead;
    }

    /// <summary>Drops the tombstones that no segment needs. Under _compactLock, so that no segment is being made of
    /// others; what is flushed meanwhile needs none.</summary>
    private void PruneTombstones(StoreState state)
    {
        TombstoneSet set = state.Tombstones;
        if (set.Count == 0 || HasStrays()) return;
        var needed = new List<Tombstone>();
        foreach (Tombstone tombstone in set.All)
            if (Array.Exists(state.Segments, segment => IsNeeded(in tombstone, segment))) needed.Add(tombstone);
        if (needed.Count == set.Count) return;
        lock (_flushLock)
        {
            if (_state.Tombstones != set) return; // a delete came: next time
            var next = new TombstoneSet([.. needed], set.LastNumber);
            WriteTombstones(next);
            lock (_stateLock) Publish(_state.WithTombstones(next));
        }
    }

    /// <summary>At the next start files that could not be removed are back, with what was deleted since.</summary>
    private bool HasStrays() => Volatile.Read(ref _strayFiles) > 0 || _merger is { HasStrays: true } ||
        Volatile.Read(ref _flusher) is { HasStrays: true };

    private bool IsNeeded(in Tombstone tombstone, Segment segment)
    {
        TimeRange range = tombstone.Range;
        if (segment.Reader.Footer.DeletesThrough >= tombstone.Number) return false;
        if (!range.Overlaps(segment.MinTimestamp, segment.MaxTimestamp)) return false;
        return tombstone.Series == SeriesId.None || !segment.IsWhole || MayHoldAny(segment, tombstone.Series, range);
    }
}
