using System;
using System.Threading;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Series;
using Slungd.Engine.Wal;
using Slungd.Native.Checks;
using Slungd.Native.Memory;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>
/// The time-series store: points go into memtables and from there into segments; readers see both as one. Between the
/// constructor and the end of <see cref="Open"/> the sink says Recovering and there is nothing to read.
/// <code>
/// TimeSeriesStore.cs          parts, state for the outside, statistics
/// TimeSeriesStore.Write.cs    IEventSink: check, convert, append
/// TimeSeriesStore.Read.cs     ISeriesReader
/// TimeSeriesStore.Flush.cs    the background thread: seal, flush, disk guard, retention
/// TimeSeriesStore.Compact.cs  the other background thread: compaction
/// TimeSeriesStore.Snapshot.cs a copy of everything, while it goes on
/// TimeSeriesStore.Delete.cs   deletes: tombstones
/// TimeSeriesStore.Clean.cs    how deleted points leave the disk
/// TimeSeriesStore.Retain.cs   retention by age and by size
/// TimeSeriesStore.Recover.cs  open and stop
/// TimeSeriesStore.Replay.cs   what the log gives at the start
/// </code>
/// Locks, always taken in this order: _compactLock (one compaction at a time), _flushLock (one flush, one removal of
/// segments at a time), _stateLock (each swap of _state). Appends and reads take none.
/// </summary>
internal sealed partial class TimeSeriesStore : IEventSink, ISeriesReader, IDisposable
{
    private enum Phase : byte { Recovering, Running, Stopping, Stopped }

    private readonly StoreOptions _options;
    private readonly IDisk _disk;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Arena _arena;
    private readonly SeriesRegistry _registry;
    private readonly long _memoryWatermark;
    private readonly long _flushBytes;
    private readonly TimeSpan _holdBack;
    private readonly Lock _flushLock = new();
    private readonly Lock _stateLock = new();
    private StoreState _state;
    private WriteAheadLog? _wal; // null: off, or memory only
    private volatile Phase _phase = Phase.Recovering;
    private volatile string? _diskTrouble; // not null: writes are refused, and this is why
    private volatile string? _lastError;

    /// <param name="options">See there.</param>
    /// <param name="disk">The real one, or a simulated one.</param>
    /// <param name="clock">For the ages of memtables and the limits of time.</param>
    /// <param name="log">Null: silence.</param>
    public TimeSeriesStore(StoreOptions options, IDisk disk, TimeProvider clock, ILogger? log = null)
    {
        _options = options;
        _disk = disk;
        _clock = clock;
        _log = log ?? NullLogger.Instance;
        _arena = new Arena(options.ArenaBytes, keepWarmBytes: options.ArenaBytes); // the flush trims
        int maxSeries = options.Limits.MaxSeries;
        long registryBytes = options.RegistryBytes > 0 ? options.RegistryBytes : RegistryBytesFor(maxSeries);
        ulong seed = options.HashSeed ?? SystemRandom.NextUInt64();
        _registry = new SeriesRegistry(maxSeries, registryBytes, new HashFunction(seed));
        // The reserve above the watermark is for batches in flight and for the memtable that succeeds a sealed one.
        _memoryWatermark = _arena.Budget - Math.Clamp(_arena.Budget / 8, Arena.LargeSlabBytes, _arena.Budget / 2);
        long part = StageBytes / 16;
        _piecePoints = (int)(part / 16); // a timestamp and a value each
        _pieceRows = (int)Math.Min(8192, part / StageRecord.RowBytes);
        _piecePayload = Reserve / 2;
        _holdBack = TimeSpan.FromSeconds(options.Limits.MaxHoldBackSeconds);
        _flushBytes = (long)(_arena.Budget * options.FlushArenaShare);
        Memtable first = NewMemtable();
        _state = new StoreState(first, [], [], TombstoneSet.Empty);
        first.Release();
    }

    public Precision Precision { get; private set; }

    /// <summary>The series and their keys.</summary>
    public SeriesRegistry Registry => _registry;

    /// <summary>Null without one.</summary>
    internal WriteAheadLog? Wal => _wal;

    /// <summary>Generations of the log up to this one are in segments.</summary>
    internal ulong LogThrough => _logThrough;

    public SinkState State
    {
        get
        {
            switch (_phase)
            {
                case Phase.Recovering: return SinkState.Recovering;
                case Phase.Running: break;
                default: return SinkState.Stopping;
            }
            if (_diskTrouble is not null || _wal?.Trouble is not null) return SinkState.DiskShort;
            if (_wal is { IsBehind: true }) return SinkState.MemoryShort;
            if (_arena.Used < _memoryWatermark && !IsFlushBehind()) return SinkState.Ready;
            Wake();
            return SinkState.MemoryShort;
        }
    }

    public string? StateReason => State switch
    {
        SinkState.Recovering => "the store is being opened",
        SinkState.Stopping => "the daemon is shutting down",
        SinkState.DiskShort => _diskTrouble ?? _wal?.Trouble,
        SinkState.MemoryShort when _options.DataDirectory is null =>
            $"the memory for points ({_arena.Budget >> 20} MiB) is full, and there is no data directory to write it to",
        SinkState.MemoryShort when _wal is { IsBehind: true } =>
            "the disk is slower than the points come: much waits to be written to the write-ahead log",
        SinkState.MemoryShort when _arena.Used < _memoryWatermark => "points come faster than they can be flushed",
        SinkState.MemoryShort =>
            $"the memory for points ({_arena.Budget >> 20} MiB) is full until a flush is done (--memory)",
        _ => null,
    };

    /// <summary>The figures of this moment.</summary>
    public StoreStatistics Statistics()
    {
        StoreState state = AcquireState();
        try
        {
            (long points, long bytes) = (state.Active.Points, state.Active.Bytes);
            (long min, long max) = (state.Active.MinTimestamp, state.Active.MaxTimestamp);
            foreach (Memtable memtable in state.Waiting)
            {
                (points, bytes) = (points + memtable.Points, bytes + memtable.Bytes);
                (min, max) = (Math.Min(min, memtable.MinTimestamp), Math.Max(max, memtable.MaxTimestamp));
            }
            (long segmentPoints, long segmentBytes) = (0, 0);
            foreach (Segment segment in state.Segments)
            {
                segmentPoints += segment.Reader.Footer.Rows;
                segmentBytes += segment.Reader.BytesOnDisk;
                (min, max) = (Math.Min(min, segment.MinTimestamp), Math.Max(max, segment.MaxTimestamp));
            }
            return new StoreStatistics
            {
                State = State, StateReason = StateReason,
                PointsAccepted = Volatile.Read(ref _accepted), PointsRefused = [.. _refused],
                TurnedAway = [.. _turnedAway],
                Series = _registry.Count, RegistryBytes = _registry.CommittedBytes,
                MemtablePoints = points, MemtableBytes = bytes,
                ArenaUsedBytes = _arena.Used, ArenaBudgetBytes = _arena.Budget, ArenaWarmBytes = _arena.WarmBytes,
                Segments = state.Segments.Length, SegmentPoints = segmentPoints, SegmentBytes = segmentBytes,
                MinTimestamp = min, MaxTimestamp = max,
                Quarantined = Volatile.Read(ref _quarantined),
                Deletes = Volatile.Read(ref _deletes), Tombstones = state.Tombstones.Count,
                Flushes = Volatile.Read(ref _flushes), FlushFailures = Volatile.Read(ref _flushFailures),
                FlushSeconds = Volatile.Read(ref _flushTicks) / (double)_clock.TimestampFrequency,
                FlushedPoints = Volatile.Read(ref _flushedPoints), FlushedBytes = Volatile.Read(ref _flushedBytes),
                Compactions = Volatile.Read(ref _compactions),
                CompactionFailures = Volatile.Read(ref _compactionFailures),
                CompactionSeconds = Volatile.Read(ref _compactionTicks) / (double)_clock.TimestampFrequency,
                CompactionBytesIn = Volatile.Read(ref _compactionBytesIn),
                CompactionBytesOut = Volatile.Read(ref _compactionBytesOut),
                Log = _wal?.Statistics() ?? default, LogHoles = _logHoles,
                LastError = _lastError,
            };
        }
        finally
        {
            state.Release();
        }
    }

    /// <summary>About 500 bytes for each of the most series there may be, and something to start with.</summary>
    /// <summary>Memory for so many ordinary series.</summary>
    public static long RegistryBytesFor(int maxSeries) => 512L * maxSeries + (16L << 20);

    private Memtable NewMemtable() =>
        new(_arena, _options.ShardCount, _options.Limits.MaxSeries) { FutureBound = FutureBound() };

    /// <summary>The current state with a reference, which the caller releases.</summary>
    /// <exception cref="ObjectDisposedException">The store is gone.</exception>
    private StoreState AcquireState()
    {
        while (true)
        {
            StoreState state = Volatile.Read(ref _state);
            if (state.TryAcquire()) return state; // else it was replaced this very moment, or for good
            ObjectDisposedException.ThrowIf(_phase == Phase.Stopped, this);
        }
    }

    /// <summary>Makes a state the current one. Under _stateLock.</summary>
    private void Publish(StoreState next)
    {
        StoreState former = _state;
        if (next == former) return;
        Volatile.Write(ref _state, next);
        former.Release();
    }
}
