using System;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>Retention, by age and by size. Both take the oldest points of all series. What is expired by age is not
/// shown from that moment on; its segments go as a whole, or are rewritten without it. By size a time is chosen before
/// which everything is deleted, so that whole segments go and nothing that they had overwritten comes to light.
/// </summary>
internal sealed partial class TimeSeriesStore
{
    /// <summary>Without a future limit: how far ahead of ours a peer's clock may be, time zones mistaken and
    /// all.</summary>
    private static readonly TimeSpan s_plausibleFuture = TimeSpan.FromDays(1);

    private string? _expiryTrouble;

    /// <summary>Points before this are expired.</summary>
    private long OldestKept(StoreState state) =>
        _options.Retention is null ? long.MinValue : CurrentBounds(state.Active).Oldest;

    /// <summary>Points beyond this say nothing about what is old: somebody's clock was wrong, and with it one point
    /// would make everything else expire.</summary>
    private long FutureBound()
    {
        if (_options.Retention is null || Precision == 0 || _clock.GetUtcNow() < s_sane) return long.MaxValue;
        return Add(Precision.Now(_clock), _options.FutureLimit ?? s_plausibleFuture);
    }

    /// <summary>Segments are the steps in which a size can be kept.</summary>
    private long CompactionMaxBytes() => _options.RetentionSize is { } most
        ? Math.Min(_options.CompactionMaxBytes, most / SpansPerRetention) : _options.CompactionMaxBytes;

    /// <summary>Deletes the oldest points while the segments are larger than they may be. The newest segment stays in
    /// any case.</summary>
    /// <exception cref="DiskException">That failed.</exception>
    internal void KeepSize()
    {
        if (_options.RetentionSize is not { } most) return;
        lock (_flushLock)
        {
            if (_folder is null || _phase != Phase.Running) return;
            Segment[] segments = [.. _state.Segments];
            Array.Sort(segments, static (a, b) => a.MaxTimestamp.CompareTo(b.MaxTimestamp));
            long bytes = 0;
            foreach (Segment segment in segments) bytes += segment.Reader.BytesOnDisk;
            int gone = 0;
            for (; bytes > most && gone < segments.Length - 1; gone++) bytes -= segments[gone].Reader.BytesOnDisk;
            if (gone == 0) return;
            FinishReplay();
            SettleTombstones();
            TombstoneSet former = _state.Tombstones;
            if (former.LastNumber == uint.MaxValue) return;
            var deleted = new TimeRange(long.MinValue, segments[gone - 1].MaxTimestamp);
            TombstoneSet next = former.With([SeriesId.None], deleted, former.LastNumber + 1);
            WriteTombstones(next);
            lock (_stateLock) Publish(_state.WithTombstones(next));
            RemoveExpired();
        }
    }

    /// <summary>Removes segments that hold nothing but expired or deleted points. Readers inside keep theirs. Under
    /// _flushLock.</summary>
    /// <exception cref="DiskException">That failed.</exception>
    private void RemoveExpired()
    {
        long oldest = OldestKept(_state);
        Segment[] leaving = Array.FindAll(_state.Segments, s => s.MaxTimestamp < oldest || IsDeleted(s));
        if (leaving.Length == 0) return;
        NoteLogThrough(leaving);
        foreach (Segment segment in leaving)
        {
            lock (_stateLock) Publish(_state.Without(segment));
            try
            {
                _folder!.Delete(segment.Name);
                EngineLog.SegmentExpired(_log, segment.Name.ToString());
            }
            catch (DiskException e)
            {
                Interlocked.Increment(ref _strayFiles);
                EngineLog.CleanupFailed(_log, segment.Name.ToString(), e.Message);
            }
        }
    }

    private void TryRemoveExpired()
    {
        try
        {
            RemoveExpired();
            _expiryTrouble = null;
        }
        catch (DiskException e)
        {
            if (e.Message == _expiryTrouble) return; // once is enough: it is tried every second
            _expiryTrouble = _lastError = e.Message;
            EngineLog.CleanupFailed(_log, _folder!.Path, e.Message);
        }
    }

    private bool IsDeleted(Segment segment)
    {
        foreach (ref readonly Tombstone tombstone in _state.Tombstones.Of(SeriesId.None))
        {
            if (tombstone.Number > segment.Reader.Footer.DeletesThrough &&
                tombstone.Range.Covers(segment.MinTimestamp, segment.MaxTimestamp)) return true;
        }
        return false;
    }
}
