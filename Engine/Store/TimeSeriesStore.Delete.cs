using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>
/// Deletes. What is in memory of the series goes to a segment first; then a tombstone is written down and becomes part
/// of the state, which is the moment when readers see the delete. Deletes are numbered, and a segment's footer names
/// the last one when it was written: so a tombstone covers what was written before it, and never what comes after,
/// whatever a crash leaves of either.
/// </summary>
internal sealed partial class TimeSeriesStore
{
    private TombstoneSet? _unsettled; // a write of the file failed: nobody knows what it says. Under _flushLock
    private ulong _notedThrough; // what the file says of the log. Under _flushLock
    private ulong _replayedThrough; // of this generation of the log some is in segments, some in memory
    private long _deletes;

    /// <summary>Deletes the points in the range that all matching series have now. When it returns, no later view sees
    /// them, and no crash brings them back. What is written afterwards stays.</summary>
    /// <param name="selector">Which series.</param>
    /// <param name="range">Both ends inclusive.</param>
    /// <exception cref="DiskException">That failed. After a crash the points may be gone, all of them, or not.
    /// </exception>
    public DeleteResult Delete(SeriesSelector selector, TimeRange range)
    {
        lock (_flushLock)
        {
            ObjectDisposedException.ThrowIf(_phase != Phase.Running, this);
            if (_folder is null) return new DeleteResult(0, "nothing can be deleted without a data directory");
            List<SeriesId> series = [];
            _registry.Select(selector, series);
            if (range.IsEmpty || series.Count == 0) return default;
            FinishReplay();
            if (IsAnyInMemory(series, range)) Flush();
            KeepThoseOnDisk(series, range);
            if (series.Count == 0) return default;
            SettleTombstones();
            TombstoneSet former = _state.Tombstones;
            if (former.LastNumber == uint.MaxValue) return new DeleteResult(0, "4294967295 deletes are as many as fit");
            TombstoneSet next = former.With(series.ToArray(), range, former.LastNumber + 1);
            if (next.Count > _options.Limits.MaxTombstones)
            {
                return new DeleteResult(0, $"{former.Count} deleted ranges wait for compaction, and {next.Count} would "
                    + $"be more than {_options.Limits.MaxTombstones}: erase them with clean_tombstones first");
            }
            WriteTombstones(next);
            lock (_stateLock) Publish(_state.WithTombstones(next));
            _deletes++;
            EngineLog.Deleted(_log, series.Count, range.Start, range.End, next.Count);
            _compactWake.Set();
            return new DeleteResult(series.Count, null);
        }
    }

    /// <summary>A replay that was flushed halfway: after another crash the log would give all of it again, and with it
    /// what was deleted in segments meanwhile. So all of it becomes segments first. Under _flushLock.</summary>
    private void FinishReplay()
    {
        if (_replayedThrough <= _logThrough) return;
        Flush();
        _logThrough = Math.Max(_logThrough, _replayedThrough);
    }

    /// <summary>What is not in memory needs no flush. What a writer brings this very moment is not meant.</summary>
    private bool IsAnyInMemory(List<SeriesId> series, TimeRange range)
    {
        foreach (Memtable memtable in (ReadOnlySpan<Memtable>)[.. _state.Waiting, _state.Active])
        {
            if (!range.Overlaps(memtable.MinTimestamp, memtable.MaxTimestamp)) continue;
            foreach (SeriesId id in series)
                if (memtable.Contains(id)) return true;
        }
        return false;
    }

    private void KeepThoseOnDisk(List<SeriesId> series, TimeRange range)
    {
        StoreState state = AcquireState();
        try
        {
            series.RemoveAll(id => !Array.Exists(state.Segments, segment => MayHoldAny(segment, id, range)));
        }
        finally
        {
            state.Release();
        }
    }

    /// <summary>Replaces the file. Between its new name and the sync of the directory nobody can say which of the two a
    /// crash leaves: if that fails, the number is used up, and the file is written again before anything else is.
    /// </summary>
    private void WriteTombstones(TombstoneSet next)
    {
        TombstoneFile.Prepare(_disk, _options.DataDirectory!, next, _logThrough, _registry);
        _unsettled = next;
        TombstoneFile.Replace(_disk, _options.DataDirectory!);
        _unsettled = null;
        _notedThrough = _logThrough;
    }

    /// <summary>Before segments go without a successor: somebody must still know up to where the log is done with, or
    /// else the next start takes its files for missing. Segments say so as long as there are any that are as new; when
    /// not, the file of the tombstones does. Under _flushLock.</summary>
    private void NoteLogThrough(Segment[] leaving)
    {
        if (_notedThrough >= _logThrough) return;
        foreach (Segment segment in _state.Segments)
            if (segment.Reader.Footer.LogThrough >= _logThrough && Array.IndexOf(leaving, segment) < 0) return;
        SettleTombstones();
        if (_notedThrough < _logThrough) WriteTombstones(_state.Tombstones);
    }

    /// <summary>Before a segment is written or compacted: were the file to hold a delete that failed, it would cover
    /// what comes after it.</summary>
    private void SettleTombstones()
    {
        if (_unsettled is not { } failed) return;
        TombstoneSet set = _state.Tombstones.Numbered(failed.LastNumber);
        WriteTombstones(set);
        lock (_stateLock) Publish(_state.WithTombstones(set));
    }

    /// <summary>At the start, when the series of all segments are known.</summary>
    private TombstoneSet ReadTombstones(string directory, List<Segment> segments)
    {
        ulong number = 0;
        foreach (Segment segment in segments) number = Math.Max(number, segment.Reader.Footer.DeletesThrough);
        TombstoneSet set = TombstoneSet.Empty;
        string path = directory + "/" + TombstoneFile.Name;
        if (_disk.FileExists(path))
        {
            string? wrong;
            ulong logThrough = 0;
            using (MappedFile file = _disk.Map(path))
            {
                wrong = file.Length > int.MaxValue ? "length"
                    : TombstoneFile.Read(file.Slice(0, (int)file.Length), _registry, out set, out logThrough);
            }
            if (wrong is null) _logThrough = Math.Max(_logThrough, _notedThrough = logThrough);
            else QuarantineTombstones(directory, path, wrong);
            _disk.SyncDirectory(directory); // a process that died may have given the name and not made it durable
        }
        return set.Numbered(number);
    }

    private void QuarantineTombstones(string directory, string path, string wrong)
    {
        Interlocked.Increment(ref _quarantined);
        _lastError = $"{path} is damaged ({wrong}): points that it said are deleted are back";
        EngineLog.TombstonesQuarantined(_log, path, wrong);
        _disk.CreateDirectory(_folder!.QuarantinePath);
        _disk.Rename(path, _folder.QuarantinePath + "/" + TombstoneFile.Name);
    }
}
