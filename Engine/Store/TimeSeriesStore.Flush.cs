using System;
using System.Numerics;
using System.Threading;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Checks;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>
/// The background thread: one look at everything each second, and whenever a writer found a memtable full. While one
/// memtable is written out its successor takes the writes. Should that be overdue before the other is through, points
/// come faster than they can be written: writers are held back, so that the memory of a long burst is that of a short
/// one. But no longer than three seconds for each flush: while a disk hangs points gather in memory, as far as the
/// arena goes.
/// </summary>
internal sealed partial class TimeSeriesStore
{
    private const int FailuresUntilRefusal = 3;
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_firstRetry = TimeSpan.FromMilliseconds(100);

    /// <summary>So long a flush may hold writers back; ordinary ones take a hundredth of it.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private readonly AutoResetEvent _wake = new(false);
    private int _isAwake; // 1 from Wake until the thread looks
    private Thread? _background;
    private SegmentFolder? _folder; // null: memory only
    private MemtableFlusher? _flusher; // made for the first flush: its buffers are large
    private ulong _lastNumber;
    private ulong _lastSequence;
    private ulong _logThrough; // the generation of the log up to which everything is in segments
    private int _failuresInARow;
    private long _retryAt;
    private long _flushDueAt; // since when a flush is asked for or going on; 0: none is
    private long _warmBytes; // kept in the arena after a flush
    private long _fullFlushAt; // when the last one that was due by its points ended; 0: none was
    private string? _flushTrouble; // why flushing fails, once that refuses writes
    private long _flushes, _flushFailures, _flushTicks, _flushedPoints, _flushedBytes;

    /// <summary>Writes everything that is in memory to disk before it returns.</summary>
    /// <exception cref="DiskException">That failed; the points stay in memory and will be tried again.</exception>
    public void Flush()
    {
        lock (_flushLock)
        {
            if (_folder is null) return;
            Seal();
            while (_state.Waiting.Length > 0) FlushOldest();
            NoteFlushed();
        }
    }

    /// <summary>One round of the background thread; tests call it themselves.</summary>
    internal void Step()
    {
        lock (_flushLock)
        {
            Volatile.Write(ref _isAwake, 0);
            if (_folder is null || _phase != Phase.Running) return;
            if (_options.Retention is not null) _state.Active.FutureBound = FutureBound();
            TryRemoveExpired();
            if (_state.Waiting.Length == 0 && IsFlushDue()) Seal();
            if (_state.Waiting.Length == 0) Volatile.Write(ref _flushDueAt, 0); // woken for nothing
            if (_state.Waiting.Length > 0 && _clock.GetTimestamp() >= _retryAt) TryFlush();
            if (_state.Waiting.Length == 0 && _state.Active.Points == 0) _arena.Trim(); // quiet: back to the system
            GuardDisk();
            if (_background is null) _wal?.Step(); // then it has no thread either
        }
    }

    private void Wake()
    {
        if (_folder is null || Volatile.Read(ref _isAwake) != 0 || Interlocked.Exchange(ref _isAwake, 1) != 0) return;
        Interlocked.CompareExchange(ref _flushDueAt, Math.Max(1, _clock.GetTimestamp()), 0);
        _wake.Set();
    }

    private void RunBackground()
    {
        while (_phase == Phase.Running)
        {
            bool isUrgent = _failuresInARow > 0 || _wal is { FlushNeededThrough: > 0 };
            _wake.WaitOne(isUrgent ? s_firstRetry : s_look);
            Step();
        }
    }

    private bool IsFlushBehind()
    {
        long dueAt = Volatile.Read(ref _flushDueAt);
        return dueAt != 0 && Volatile.Read(ref _state).Active.Points >= _options.FlushPoints / 2 * 3
            && _failuresInARow == 0 && _clock.GetElapsedTime(dueAt) < s_patience;
    }

    private bool IsFlushDue()
    {
        Memtable active = _state.Active;
        if (active.Points == 0) return false;
        if (_isRoomWanted) return true;
        if (_wal is { } wal && (wal.IsFlushWanted || wal.FlushNeededThrough >= active.Generation)) return true;
        return active.Points >= _options.FlushPoints ||
            active.Bytes >= _flushBytes || _arena.Used >= _memoryWatermark ||
            _clock.GetElapsedTime(active.FirstWriteTick) >= _options.FlushAge;
    }

    /// <summary>Puts a fresh memtable in the place of the active one, which then waits for its flush.</summary>
    private void Seal()
    {
        Memtable active = _state.Active;
        if (active.Points == 0) return;
        Memtable next = NewMemtable();
        _wal?.Begin(next);
        bool wasOpen = active.SealAndSwap(() =>
        {
            lock (_stateLock) Publish(_state.AfterSeal(next));
        });
        Invariant.Check(wasOpen); // only we seal, under _flushLock
        _isRoomWanted = false;
        next.Release(); // the state holds it now
        _newestSealed = Math.Max(_newestSealed, active.NewestTimestamp);
    }

    private void TryFlush()
    {
        try
        {
            FlushOldest();
            NoteFlushed();
        }
        catch (Exception e) when (e is DiskException or SegmentCorruptException or OutOfMemoryException)
        {
            _failuresInARow++;
            _flushFailures++;
            _lastError = e.Message;
            TimeSpan wait = _failuresInARow < FailuresUntilRefusal ? s_firstRetry : s_look;
            _retryAt = _clock.GetTimestamp() + (long)(wait.TotalSeconds * _clock.TimestampFrequency);
            // A full disk can stay full for days: ever more rarely. Its message says all that the trace would.
            if (BitOperations.IsPow2(_failuresInARow))
                EngineLog.FlushFailed(_log, _failuresInARow, e.Message, e is DiskException ? null : e);
            bool isHopeless = e is DiskException { Fault: DiskFault.NoSpace or DiskFault.ReadOnly };
            if (isHopeless || _failuresInARow >= FailuresUntilRefusal) _flushTrouble = e.Message;
        }
    }

    private void NoteFlushed()
    {
        _failuresInARow = 0;
        _retryAt = 0;
        _flushTrouble = null;
        TellRoomMade();
    }

    /// <summary>Writes the oldest waiting memtable; readers see it move from memory to disk in one step.</summary>
    private void FlushOldest()
    {
        Volatile.Write(ref _flushDueAt, Math.Max(1, _clock.GetTimestamp()));
        try
        {
            Flush(_state.Waiting[0]);
        }
        finally
        {
            Volatile.Write(ref _flushDueAt, 0);
        }
    }

    private void Flush(Memtable memtable)
    {
        SettleTombstones();
        long start = _clock.GetTimestamp();
        long points = memtable.Points - memtable.Overwrites;
        long now = MicrosecondsNow();
        // From the clock, so that a number is not used again after its segment is gone; but always upwards.
        _lastNumber = Math.Max(_lastNumber + 1, (ulong)Math.Max(0, now));
        var name = new SegmentName(0, _lastNumber);
        _flusher ??= new MemtableFlusher(_disk, _folder!, _registry,
            new SegmentSettings(Precision, _options.PagePoints, _options.Timestamps));
        ulong logThrough = Math.Max(_logThrough, memtable.Generation);
        Segment? segment = _flusher.Flush(memtable, name, _lastSequence + 1, now, logThrough,
            (uint)_state.Tombstones.LastNumber);
        long memory = memtable.Bytes;
        lock (_stateLock) Publish(_state.AfterFlush(memtable, segment));
        _logThrough = logThrough;
        _wal?.Flushed(logThrough);
        // Warm memory for points that come as fast as these came: first touches cost more than all else about a point.
        _warmBytes = Math.Max(2 * memory, _warmBytes / 2);
        _arena.Trim(_warmBytes);
        if (segment is null) return;
        _lastSequence++;
        long bytes = segment.Reader.BytesOnDisk;
        segment.Release(); // the state holds it now
        if (points >= _options.FlushPoints) Volatile.Write(ref _fullFlushAt, Math.Max(1, _clock.GetTimestamp()));
        long ticks = _clock.GetTimestamp() - start;
        _flushes++;
        _flushTicks += ticks;
        _flushedPoints += points;
        _flushedBytes += bytes;
        EngineLog.Flushed(_log, points, name.ToString(), bytes, ticks * 1000 / _clock.TimestampFrequency);
    }

    /// <summary>Refuses writes while flushing fails or the disk is nearly full, and accepts them again by
    /// itself.</summary>
    private void GuardDisk()
    {
        string? trouble = _flushTrouble ?? _wal?.Trouble ?? ShortOfRoom();
        if (trouble is not null && _diskTrouble is null) EngineLog.WritesRefused(_log, trouble);
        if (trouble is null && _diskTrouble is not null) EngineLog.WritesResumed(_log);
        _diskTrouble = trouble;
    }

    /// <summary>A volume that was taken away, or put over ours. What is open can be written still, for nobody to find.
    /// </summary>
    private string? MissingDirectory() =>
        _options.DataDirectory is not { } directory || _disk.FileExists(directory + "/" + FormatFile.Name) ? null
            : $"the data directory is gone: {directory}/{FormatFile.Name} is missing";

    private string? ShortOfRoom()
    {
        string directory = _options.DataDirectory!;
        try
        {
            if (MissingDirectory() is { } missing) return missing;
            DiskSpace space = _disk.Space(directory);
            long least = _options.MinFreeDisk.BytesOf(space.Total);
            return space.Free >= least ? null
                : $"only {space.Free >> 20} MiB are free on the disk, {least >> 20} MiB must stay so (--min-free-disk)";
        }
        catch (DiskException e)
        {
            return e.Message;
        }
    }
}
