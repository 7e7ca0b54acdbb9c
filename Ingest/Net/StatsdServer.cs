using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Statsd;
using Slungd.Native.Memory;
using Slungd.Native.Os;

namespace Slungd.Ingest.Net;

/// <summary>The StatsD door: datagrams over UDP and Unix sockets, added up by one thread and flushed on the clock's
/// multiples of an interval. It reads whether the store takes points or not: flushes wait, datagrams do not.</summary>
internal sealed class StatsdServer : IDisposable
{
    private const int BatchesPerTurn = 16; // so that each socket has its turn
    private const int HeldWaitMs = 100;
    private const int UnitsAfterStart = 2; // the stop before may have taken the unit behind that of this start

    private readonly IEventSink _sink;
    private readonly StatsdOptions _options;
    private readonly ByteBudget _budget;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly PollThread _thread;
    private readonly List<DatagramSocket> _sockets = [];
    private readonly DatagramBatch _batch;
    private readonly LogLimiter _malformedLog = new(intervalMs: 10_000);
    private readonly long _start;
    private StatsdAggregator? _aggregator; // once the store is open: only then its precision is known
    private DateTimeOffset _nextFlush;
    private long _loggedMalformed;

    /// <summary>Binds the sockets.</summary>
    /// <param name="budget">Pays for metrics and buffers.</param>
    /// <exception cref="SocketException">An address can't be had.</exception>
    /// <exception cref="System.IO.IOException">Something stands at a socket's path already.</exception>
    public StatsdServer(IReadOnlyList<DatagramPlace> places, IEventSink sink, StatsdOptions options, ByteBudget budget,
        TimeProvider clock, ILogger logger)
    {
        (_sink, _options, _budget, _clock, _logger) = (sink, options, budget, clock, logger);
        _start = clock.GetTimestamp();
        // What is reserved is touched only as far as datagrams are long.
        _batch = DatagramBatch.TryCreate(new ByteBudget(long.MaxValue))!;
        _thread = new PollThread("statsd", Run);
        try
        {
            foreach (DatagramPlace place in places)
            {
                var socket = new DatagramSocket(place);
                _thread.Poller.Add(socket.Socket, _sockets.Count, read: true, write: false);
                _sockets.Add(socket);
            }
        }
        catch
        {
            DisposeSockets();
            throw;
        }
    }

    public IReadOnlyList<DatagramSocket> Sockets => _sockets;

    public ProtocolCounters Counters { get; } = new();

    public StatsdCounters Statsd { get; } = new();

    public void Start() => _thread.Start();

    /// <summary>Reads what has come, stores what was added up, and closes the sockets.</summary>
    public void Stop()
    {
        _thread.Stop();
        foreach (DatagramSocket socket in _sockets) socket.Dispose();
    }

    public void Dispose()
    {
        Stop();
        _aggregator?.Dispose();
        DisposeSockets();
    }

    private void Run()
    {
        while (!_thread.IsStopping)
        {
            if (_aggregator is null && !TryBegin()) _thread.Rest(HeldWaitMs);
            else Turn();
        }
        if (_aggregator is null && !TryBegin()) return; // a store that opened just now takes what has come
        for (int i = 0; i < _sockets.Count; i++) Receive(i);
        long now = _sink.Precision.Now(_clock);
        if (IsTaken(now)) now = _aggregator!.Flushed + 1;
        if (!_aggregator!.TryFlush(now)) Log.StatsdLost(_logger, _sink.StateReason ?? "");
    }

    private bool TryBegin()
    {
        if (_sink.State != SinkState.Ready) return false;
        ulong seed = SystemRandom.NextUInt64();
        long start = _sink.Precision.Now(_clock) + UnitsAfterStart;
        _aggregator = new StatsdAggregator(_sink, _options, _budget, Counters, Statsd, seed, start);
        _nextFlush = Multiple(_clock.GetUtcNow()) + _options.FlushInterval;
        return true;
    }

    private void Turn()
    {
        DateTimeOffset now = _clock.GetUtcNow();
        TimeSpan rest = _nextFlush - now;
        if (rest > _options.FlushInterval) // the clock went back
            (_nextFlush, rest) = (Multiple(now) + _options.FlushInterval, TimeSpan.Zero);
        int waitMs = (int)Math.Clamp(Math.Ceiling(rest.TotalMilliseconds), 0, int.MaxValue);
        int ready = _thread.Poller.Wait(waitMs, out _);
        for (int i = 0; i < ready; i++) Receive(_thread.Poller[i].Token);
        _aggregator!.Commit();
        if (Counters.Malformed > _loggedMalformed) LogMalformed();
        now = _clock.GetUtcNow();
        if (now >= _nextFlush) Flush(now);
    }

    private void Receive(int index)
    {
        Socket socket = _sockets[index].Socket;
        for (int round = 0; round < BatchesPerTurn; round++)
        {
            int count = _batch.Receive(socket);
            for (int i = 0; i < count; i++) _aggregator!.Read(_batch[i], _batch.IsCut(i));
            if (count < DatagramBatch.Capacity) return;
        }
    }

    private void Flush(DateTimeOffset now)
    {
        DateTimeOffset multiple = Multiple(now);
        long nanoseconds = (multiple - DateTimeOffset.UnixEpoch).Ticks * 100;
        long time = _sink.Precision.FromNanoseconds(nanoseconds);
        bool isDone = IsTaken(time) || _aggregator!.TryFlush(time); // else the interval becomes longer
        _nextFlush = isDone ? multiple + _options.FlushInterval : now + TimeSpan.FromMilliseconds(HeldWaitMs);
    }

    /// <summary>Whether points of this time, in store precision, could replace others: there were some since, by a
    /// start in the same second or a clock that went back a little. One that went back further is right now.</summary>
    private bool IsTaken(long time)
    {
        long ahead = _aggregator!.Flushed - time;
        double interval = _options.FlushInterval.TotalSeconds * _sink.Precision.PerSecond();
        return ahead >= 0 && ahead <= interval + UnitsAfterStart;
    }

    private DateTimeOffset Multiple(DateTimeOffset time) =>
        time - TimeSpan.FromTicks((time - DateTimeOffset.UnixEpoch).Ticks % _options.FlushInterval.Ticks);

    private void LogMalformed()
    {
        long nowMs = (long)_clock.GetElapsedTime(_start).TotalMilliseconds;
        long more = Counters.Malformed - _loggedMalformed;
        _loggedMalformed = Counters.Malformed;
        if (_malformedLog.MayLog(nowMs, more, out long count))
            Log.StatsdMalformed(_logger, count, _aggregator!.Problem);
    }

    private void DisposeSockets()
    {
        foreach (DatagramSocket socket in _sockets) socket.Dispose();
        _thread.Dispose();
        _batch.Dispose();
    }
}
