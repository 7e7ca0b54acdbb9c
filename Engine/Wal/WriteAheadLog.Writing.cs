using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Memtables;
using Slungd.Native.Os;

namespace Slungd.Engine.Wal;

/// <summary>
/// The log's thread. When the disk fails, nothing is pretended: after a failed sync the system may have dropped what
/// was written and say "done" the next time, so that file is never touched again. All points are still in memory: the
/// log asks for a flush, and begins a new file once the segments hold everything up to then.
/// </summary>
internal sealed partial class WriteAheadLog
{
    private static readonly TimeSpan s_retry = TimeSpan.FromSeconds(1);

    /// <summary>From this interval on a sync fills its last page. Were syncs more frequent, mostly empty pages would
    /// make the log much longer; rewriting the last page costs the disk as much, but no room.</summary>
    private static readonly TimeSpan s_rareSync = TimeSpan.FromSeconds(0.5);

    private readonly AutoResetEvent _wake = new(false);
    private readonly AutoResetEvent _room = new(false);
    private readonly List<Memtable> _taking = [];
    private Thread? _thread;
    private volatile bool _isStopping;
    private int _isIdle;
    private int _mustLook; // something but a request wants a step
    private long _syncDueAt; // 0: nothing is unsynced
    private ulong _takenGeneration; // its staged points are in nobody's hands but ours
    private volatile string? _trouble;
    private ulong _troubleGeneration;
    private ulong _keptAfterTrouble;
    private long _retryAt;
    private long _bytes, _writtenBytes, _groupCount, _syncs, _syncTicks, _failures;

    /// <summary>Starts the thread. Without it somebody calls <see cref="Step"/>.</summary>
    public void Start()
    {
        _thread = new Thread(Run) { Name = "log", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Ends the thread and leaves the directory as it should be.</summary>
    /// <param name="isFlushed">All points are in segments, so no file is needed; otherwise everything is made
    /// durable here.</param>
    /// <returns>False when the log does not hold what it should.</returns>
    public bool Stop(bool isFlushed)
    {
        EndThread();
        Request();
        Step();
        if (!isFlushed)
        {
            if (_trouble is null) TrySync();
            return _trouble is null;
        }
        _writer.Abandon(ulong.MaxValue);
        _folder.Release(ulong.MaxValue);
        if (_folder.Clear() is { } trouble) EngineLog.CleanupFailed(_log, _folder.Path, trouble.Message);
        return true;
    }

    /// <summary>Gives the memory back; what was not written stays so.</summary>
    public void Dispose()
    {
        EndThread();
        lock (_generationsLock)
        {
            foreach (Memtable memtable in _generations) memtable.Release();
            _generations.Clear();
        }
        _groups.Dispose();
        _staged.Dispose();
        _writer.Dispose();
        _wake.Dispose();
        _room.Dispose();
    }

    /// <summary>Writes a group if one is asked for, and syncs if that is due.</summary>
    public void Step()
    {
        Volatile.Write(ref _mustLook, 0);
        LeaveFlushedGenerations();
        if (_trouble is not null && !TryResume()) return;
        try
        {
            LeaveFlushedFiles();
            if (Volatile.Read(ref _requested) > _collecting) WriteGroup();
            if (_syncDueAt != 0 && _clock.GetTimestamp() >= _syncDueAt) Sync();
            Count();
        }
        catch (Exception e) when (e is DiskException or OutOfMemoryException)
        {
            Fail(e);
        }
    }

    private void EndThread()
    {
        _isStopping = true;
        _wake.Set();
        _thread?.Join();
        _thread = null;
    }

    private void Wake()
    {
        Interlocked.MemoryBarrier(); // what is asked for is visible before we look whether the thread sleeps
        if (Volatile.Read(ref _isIdle) != 0) _wake.Set();
    }

    private void Run()
    {
        while (!_isStopping)
        {
            Step();
            _room.Set();
            Volatile.Write(ref _isIdle, 1);
            Interlocked.MemoryBarrier(); // the other half of Wake
            bool isAsked = _trouble is null && Volatile.Read(ref _requested) > _collecting;
            if (!isAsked && Volatile.Read(ref _mustLook) == 0) _wake.WaitOne(WaitTime());
            Volatile.Write(ref _isIdle, 0);
        }
    }

    private TimeSpan WaitTime()
    {
        if (_trouble is not null) return s_retry;
        if (_syncDueAt == 0) return Timeout.InfiniteTimeSpan;
        // At most an hour: the interval is no longer.
        TimeSpan left = _clock.GetElapsedTime(_clock.GetTimestamp(), _syncDueAt);
        return left <= TimeSpan.Zero ? TimeSpan.Zero : left + TimeSpan.FromMilliseconds(1); // waits are whole ones
    }

    /// <summary>Takes all stages, generation by generation, and writes them. A generation that was sealed before its
    /// stages were taken is complete with that. One that was not has no successor with points of this group, which
    /// was begun before; what the successor holds by now is the next group's, behind the rest of its forerunner.
    /// </summary>
    private void WriteGroup()
    {
        ulong group = Interlocked.Increment(ref _collecting);
        _keptAfterTrouble = group - 1;
        lock (_generationsLock) _taking.AddRange(_generations);
        try
        {
            for (int i = 0; i < _taking.Count; i++)
            {
                Memtable memtable = _taking[i];
                bool isSealed = memtable.IsSealed;
                _takenGeneration = memtable.Generation;
                if (!isSealed || i == _taking.Count - 1) _keptAfterTrouble = group;
                memtable.MoveStages(_staged);
                if (memtable.Generation <= Volatile.Read(ref _flushedThrough)) _staged.Dispose();
                else if (!_staged.IsEmpty)
                    _groups.Write(_staged, memtable, mayReplace: _options.Sync.Mode == LogSyncMode.Interval);
                if (!isSealed) break;
                Leave(memtable);
            }
        }
        finally
        {
            _taking.Clear();
        }
        if (_options.Sync.Mode == LogSyncMode.Always) Sync();
        else SetSyncDue();
        _takenGeneration = 0;
        _groupCount++;
        Keep(group);
    }

    /// <summary>What is in segments gives its memory back at once: a next group may never come, when the writers wait
    /// for that very memory.</summary>
    private void LeaveFlushedGenerations()
    {
        while (FirstFlushed() is { } memtable)
        {
            memtable.MoveStages(_staged); // empty between groups
            _staged.Dispose();
            Leave(memtable);
        }
    }

    private Memtable? FirstFlushed()
    {
        lock (_generationsLock)
        {
            bool isAny = _generations.Count > 0 && _generations[0].Generation <= Volatile.Read(ref _flushedThrough);
            return isAny ? _generations[0] : null;
        }
    }

    private void Leave(Memtable memtable)
    {
        _groups.CloseFrame();
        lock (_generationsLock) _generations.Remove(memtable);
        memtable.Release();
    }

    /// <summary>What is flushed is needed no longer, and nothing of it must be synced: in bulk its file is written anew
    /// before the system would bring the pages to the disk.</summary>
    private void LeaveFlushedFiles()
    {
        ulong flushed = Volatile.Read(ref _flushedThrough);
        if (_writer.Generation <= flushed) _groups.CloseFrame();
        if (!_writer.Abandon(flushed)) return;
        SetSyncDue();
        _folder.Release(flushed);
    }

    private void SetSyncDue()
    {
        long since = _options.Sync.Mode == LogSyncMode.Interval ? _writer.UnsyncedSince : 0;
        _syncDueAt = since == 0 ? 0
            : since + (long)(_options.Sync.Interval.TotalSeconds * _clock.TimestampFrequency);
    }

    /// <summary>After everything that was taken has been written.</summary>
    private void Sync()
    {
        _syncDueAt = 0;
        if (_options.Sync.Mode == LogSyncMode.Interval && _options.Sync.Interval >= s_rareSync)
        {
            _groups.CloseFrame();
            _writer.FillPage();
        }
        _writer.Sync();
        Volatile.Write(ref _durable, _collecting);
    }

    private void TrySync()
    {
        try { Sync(); }
        catch (DiskException e) { Fail(e); }
    }

    private void Keep(ulong group)
    {
        if (group <= _kept) return;
        Volatile.Write(ref _kept, group);
        foreach (Action callback in Volatile.Read(ref _onKept)) callback();
    }

    private void Fail(Exception cause)
    {
        _failures++;
        _syncDueAt = 0;
        if (_takenGeneration == 0) _keptAfterTrouble = _collecting; // all groups were written; a sync came later
        Volatile.Write(ref _troubleGeneration,
            Math.Max(_troubleGeneration, Math.Max(_takenGeneration, _writer.Generation)));
        _takenGeneration = 0;
        bool isNew = _trouble is null;
        _trouble = Describe(cause);
        _groups.Reset();
        _staged.Dispose();
        _writer.Condemn();
        _retryAt = 0;
        if (isNew) EngineLog.LogFailed(_log, cause.Message, cause);
        _onTrouble?.Invoke();
    }

    /// <summary>Goes on in a new file, once the points that were to be in the old one are in segments, and the new one
    /// can be written.</summary>
    private bool TryResume()
    {
        if (Volatile.Read(ref _flushedThrough) < _troubleGeneration || _clock.GetTimestamp() < _retryAt) return false;
        try
        {
            _writer.Prepare(OldestToWrite());
            _writer.Sync();
        }
        catch (DiskException e)
        {
            _failures++;
            _trouble = Describe(e);
            _writer.Condemn();
            _retryAt = DueAfter(s_retry);
            return false;
        }
        Volatile.Write(ref _troubleGeneration, 0);
        Volatile.Write(ref _durable, _keptAfterTrouble);
        _trouble = null;
        Keep(_keptAfterTrouble);
        Request(); // for what was staged meanwhile
        return true;
    }

    private ulong OldestToWrite()
    {
        lock (_generationsLock)
        {
            ulong flushed = Volatile.Read(ref _flushedThrough);
            foreach (Memtable memtable in _generations)
                if (memtable.Generation > flushed) return memtable.Generation;
            return _generations[^1].Generation;
        }
    }

    private static string Describe(Exception cause) => "the write-ahead log can't be written: " + cause.Message;

    private void Count()
    {
        Volatile.Write(ref _bytes, _folder.KeptBytes + _writer.UsedBytes);
        Volatile.Write(ref _writtenBytes, _writer.WrittenBytes);
        Volatile.Write(ref _syncs, _writer.Syncs);
        Volatile.Write(ref _syncTicks, _writer.SyncTicks);
    }

    private bool WaitLonger(TimeSpan atMost)
    {
        long end = DueAfter(atMost);
        while (_budget.Used >= _budget.Limit / 4 * 3)
        {
            if (_trouble is not null || _clock.GetTimestamp() >= end) return false;
            if (_thread is null) Step();
            else _room.WaitOne(1);
        }
        return true;
    }

    private long DueAfter(TimeSpan time) =>
        _clock.GetTimestamp() + (long)(time.TotalSeconds * _clock.TimestampFrequency);
}
