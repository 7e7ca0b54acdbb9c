using System;
using System.Collections.Generic;
using System.Threading;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Native.Checks;
using Slungd.Native.Memory;
using Slungd.Native.Os;

namespace Slungd.Engine.Wal;

/// <summary>
/// The write-ahead log. Writers stage what the memtable accepted, under the shard's lock; one thread takes all stages
/// together as a group, encodes it, writes it, and makes it durable as the mode says. What arrives meanwhile is the
/// next group.
/// <code>
/// WriteAheadLog.cs          the waist to the store: generations, group numbers, figures
/// WriteAheadLog.Writing.cs  the log's thread: groups, syncs, failures
/// </code>
/// A generation is a memtable: its points are in files of their own, which can go once it is flushed. So "what is newer
/// than the segments" is a number per segment, and a flush has only to name its generation (ADR 0002).
/// </summary>
internal sealed partial class WriteAheadLog : IDisposable
{
    private readonly LogOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly LogFolder _folder;
    private readonly LogWriter _writer;
    private readonly GroupWriter _groups;
    private readonly ByteBudget _budget;
    private readonly SlabQueue _staged;
    private readonly Action? _onTrouble;
    private readonly Lock _generationsLock = new();
    private readonly List<Memtable> _generations = []; // not wholly logged yet, oldest first; referenced
    private ulong _lastGeneration;
    private ulong _flushedThrough;
    private ulong _requested; // the highest group that somebody waits for
    private ulong _collecting; // the group that was begun last
    private ulong _kept;
    private ulong _durable;
    private Action[] _onKept = [];

    /// <param name="options">See there.</param>
    /// <param name="folder">After the replay, if there was one.</param>
    /// <param name="clock">For the interval.</param>
    /// <param name="log">For what goes wrong.</param>
    /// <param name="registry">The keys of the series.</param>
    /// <param name="arena">Memory for what is staged.</param>
    /// <param name="onTrouble">Called, by the log's thread, when a flush is needed to go on.</param>
    public WriteAheadLog(LogOptions options, LogFolder folder, TimeProvider clock, ILogger log, SeriesRegistry registry,
        Arena arena, Action? onTrouble = null)
    {
        Invariant.Check(options.Sync.Mode != LogSyncMode.Off);
        _options = options;
        _folder = folder;
        _clock = clock;
        _log = log;
        _onTrouble = onTrouble;
        _budget = new ByteBudget(options.StageBytes);
        _staged = new SlabQueue(arena, _budget);
        var series = new SeriesTable();
        _writer = new LogWriter(folder, series, clock,
            mayWait: options.Sync.Mode == LogSyncMode.Interval);
        var encoder = new FrameEncoder(registry, series, _writer);
        _groups = new GroupWriter(encoder, _writer, series, registry, arena, _budget);
    }

    /// <summary>Every group up to this one is kept as the mode promises.</summary>
    public ulong KeptThrough => Volatile.Read(ref _kept);

    /// <summary>Every group up to this one survives a power cut, too.</summary>
    public ulong DurableThrough => Volatile.Read(ref _durable);

    /// <summary>The generation that takes the writes.</summary>
    public ulong LastGeneration
    {
        get { lock (_generationsLock) return _lastGeneration; }
    }

    /// <summary>So much waits to be written that writers should hold back.</summary>
    public bool IsBehind => _budget.Used >= _budget.Limit / 2;

    /// <summary>Everything in memtables up to this generation must be flushed before the log goes on; 0: nothing.
    /// </summary>
    public ulong FlushNeededThrough => Volatile.Read(ref _troubleGeneration);

    /// <summary>The log is half as large as it may be: time for a flush.</summary>
    public bool IsFlushWanted => Volatile.Read(ref _bytes) >= _options.SizeLimit / 2;

    /// <summary>Why nothing can be written now, or null.</summary>
    public string? Trouble
    {
        get
        {
            if (_trouble is { } trouble) return trouble;
            if (Volatile.Read(ref _bytes) < _options.SizeLimit) return null;
            return $"the write-ahead log has reached its limit of {_options.SizeLimit >> 20} MiB (--wal-size-limit) "
                + "and waits for a flush";
        }
    }

    public LogStatistics Statistics() => new()
    {
        Bytes = Volatile.Read(ref _bytes), WrittenBytes = Volatile.Read(ref _writtenBytes),
        Groups = Volatile.Read(ref _groupCount), Syncs = Volatile.Read(ref _syncs),
        SyncSeconds = Volatile.Read(ref _syncTicks) / (double)_clock.TimestampFrequency,
        Failures = Volatile.Read(ref _failures), StagedBytes = _budget.Used,
    };

    /// <summary>Continues what a replay found. Before anything else.</summary>
    public void Continue(ReplayResult replayed, Precision precision, ulong flushedThrough)
    {
        _writer.Precision = precision;
        _writer.Continue(replayed);
        _lastGeneration = replayed.LastGeneration;
        _flushedThrough = flushedThrough;
        Volatile.Write(ref _bytes, _folder.KeptBytes);
    }

    /// <summary>Logs a memtable from now on, which becomes a generation of its own. Call while nobody writes to it, and
    /// in the order in which memtables take their writes.</summary>
    public void Begin(Memtable memtable)
    {
        lock (_generationsLock)
        {
            memtable.Stage(_budget, ++_lastGeneration);
            Invariant.Check(memtable.TryAcquire()); // given back when its last stage is written
            _generations.Add(memtable);
        }
    }

    /// <summary>Asks for the points that the caller has staged to be written, and returns their group.</summary>
    public ulong Request()
    {
        // A group takes the stages only after it was counted as begun: if it is not yet begun, it will find the points;
        // if it is, the next one does.
        ulong group = Volatile.Read(ref _collecting) + 1;
        ulong seen = Volatile.Read(ref _requested);
        while (seen < group)
        {
            ulong before = Interlocked.CompareExchange(ref _requested, group, seen);
            if (before == seen)
            {
                Wake();
                break;
            }
            seen = before;
        }
        return group;
    }

    /// <summary>Waits while hardly any memory is left for staging. False when that takes too long, or the log is in
    /// trouble. Not between staging and <see cref="Request"/>.</summary>
    public bool WaitForRoom(TimeSpan atMost)
    {
        if (_budget.Used < _budget.Limit / 4 * 3) return true;
        return WaitLonger(atMost);
    }

    /// <summary>Adds a callback for every growth of <see cref="KeptThrough"/>, by the log's thread.</summary>
    public void OnKept(Action callback)
    {
        lock (_generationsLock) _onKept = [.. _onKept, callback];
    }

    /// <summary>The points of all generations up to this one are in segments: their files can go.</summary>
    public void Flushed(ulong generation)
    {
        Volatile.Write(ref _flushedThrough, Math.Max(_flushedThrough, generation));
        if (_folder.Release(generation) is { } trouble) EngineLog.CleanupFailed(_log, _folder.Path, trouble.Message);
        Interlocked.Exchange(ref _mustLook, 1);
        Wake();
    }
}
