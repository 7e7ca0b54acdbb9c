using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Graphite;
using Slungd.Native.Memory;
using Slungd.Native.Os;

namespace Slungd.Ingest.Net;

/// <summary>The Graphite door: lines and pickles over TCP, lines over UDP, on one address; one thread. The protocols
/// have no answers: while the store can't take points, senders over TCP are held back by their sockets, and the kernel
/// keeps datagrams as long as it has room.</summary>
internal sealed class GraphiteServer : IDisposable
{
    private const int ListenerToken = 0;
    private const int DatagramToken = 1;
    private const int FirstToken = 2;
    private const int Backlog = 512;
    private const int WindowBytes = 256 * 1024;
    private const int BatchesPerTurn = 2; // of datagrams, so that TCP has its turn, too
    private const int HeldWaitMs = 20;
    private const int LastTurnsMs = 1_000;
    private const int TickMs = 10_000;
    private const int IdleMs = 15 * 60_000; // slower senders connect anew, as they must be able to anyway

    private readonly IEventSink _sink;
    private readonly IReadOnlyList<GraphiteTemplate> _templates;
    private readonly ByteBudget _budget;
    private readonly int _maxConnections;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly PollThread _thread;
    private readonly Socket _listener;
    private readonly DatagramSocket _datagrams;
    private readonly DatagramBatch _batch;
    private readonly List<GraphiteConnection?> _connections = [];
    private readonly byte[] _window = GC.AllocateUninitializedArray<byte>(WindowBytes, pinned: true);
    private readonly LogLimiter _malformedLog = new(intervalMs: 10_000);
    private readonly long _start;
    private GraphiteReader? _reader; // once the store is open
    private int _open;
    private long _nowMs;
    private long _nextTickMs;

    /// <summary>Binds both sockets, or takes those that are bound already.</summary>
    /// <param name="listener">The descriptor of one that listens at the address; null: none does.</param>
    /// <param name="datagrams">Null: at the same address.</param>
    /// <exception cref="SocketException">The address can't be had.</exception>
    public GraphiteServer(IPEndPoint address, IEventSink sink, IReadOnlyList<GraphiteTemplate> templates,
        ByteBudget budget, Limits limits, TimeProvider clock, ILogger logger, int? listener = null,
        DatagramPlace? datagrams = null)
    {
        (_sink, _templates, _budget, _clock, _logger) = (sink, templates, budget, clock, logger);
        _maxConnections = limits.MaxConnections;
        _start = clock.GetTimestamp();
        _listener = listener is { } open ? new Socket(new SafeSocketHandle(open, ownsHandle: true))
            : new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Blocking = false;
            if (listener is null) Bind(_listener, address);
            Address = (IPEndPoint)_listener.LocalEndPoint!;
            _datagrams = new DatagramSocket(datagrams ?? new DatagramPlace(Address));
        }
        catch
        {
            _listener.Dispose();
            throw;
        }
        // What is reserved is touched only as far as datagrams are long.
        _batch = DatagramBatch.TryCreate(new ByteBudget(long.MaxValue))!;
        _thread = new PollThread("graphite", Run);
        _thread.Poller.Add(_listener, ListenerToken, read: true, write: false);
        _thread.Poller.Add(_datagrams.Socket, DatagramToken, read: true, write: false);
    }

    /// <summary>Where it listens, the chosen port included.</summary>
    public IPEndPoint Address { get; }

    public ProtocolCounters Counters { get; } = new();

    /// <summary>Senders over TCP that are here now. Any thread may ask, so for the other figures.</summary>
    public int Connections => _open;

    /// <summary>Connections above the limit.</summary>
    public long TurnedAway { get; private set; }

    /// <summary>Datagrams that the kernel had no room for.</summary>
    public long Drops => _datagrams.Drops();

    public void Start() => _thread.Start();

    /// <summary>Reads what has come, and stores it.</summary>
    public void Stop() => _thread.Stop();

    public void Dispose()
    {
        Stop();
        foreach (GraphiteConnection? connection in _connections) connection?.Dispose();
        _reader?.Dispose();
        _listener.Dispose();
        _datagrams.Dispose();
        _thread.Dispose();
        _batch.Dispose();
    }

    private static void Bind(Socket listener, IPEndPoint address)
    {
        if (address.Address.Equals(IPAddress.IPv6Any)) listener.DualMode = true; // [::] means everywhere
        listener.Bind(address);
        listener.Listen(Backlog);
    }

    private void Run()
    {
        while (!_thread.IsStopping)
        {
            if (_sink.State != SinkState.Ready) _thread.Rest(HeldWaitMs);
            else Turn(TickMs);
        }
        if (_sink.State != SinkState.Ready) return;
        // A sender that goes on and on is not waited for.
        for (long end = NowMs() + LastTurnsMs; Turn(waitMs: 0) > 0 && _nowMs < end;)
        {
        }
    }

    private long NowMs() => (long)_clock.GetElapsedTime(_start).TotalMilliseconds;

    /// <returns>How many sockets had something to say.</returns>
    private int Turn(int waitMs)
    {
        _reader ??= new GraphiteReader(_sink, _templates, _budget, Counters, _clock);
        int ready = _thread.Poller.Wait(waitMs, out _);
        _nowMs = NowMs();
        _reader.BeginTurn();
        for (int i = 0; i < ready; i++)
        {
            int token = _thread.Poller[i].Token;
            if (token == ListenerToken) Accept();
            else if (token == DatagramToken) ReceiveDatagrams();
            else if (_connections[token - FirstToken] is { } connection)
            {
                connection.HeardMs = _nowMs;
                if (!connection.TryReceive(_window, _reader)) Drop(token);
            }
        }
        long malformed = _reader.EndTurn();
        if (malformed > 0 && _malformedLog.MayLog(_nowMs, malformed, out long count))
            Log.GraphiteMalformed(_logger, count, _reader.Problem);
        if (_nowMs >= _nextTickMs) Tick();
        return ready;
    }

    private void Accept()
    {
        Socket socket;
        try { socket = _listener.Accept(); }
        catch (SocketException) // it has gone again, or there are no descriptors now
        {
            _thread.Rest(HeldWaitMs);
            return;
        }
        if (_open == _maxConnections)
        {
            TurnedAway++;
            socket.Dispose();
            return;
        }
        socket.Blocking = false;
        int index = _connections.IndexOf(null);
        if (index < 0)
        {
            index = _connections.Count;
            _connections.Add(null);
        }
        _connections[index] = new GraphiteConnection(socket, _budget) { HeardMs = _nowMs };
        _open++;
        _thread.Poller.Add(socket, FirstToken + index, read: true, write: false);
    }

    private void ReceiveDatagrams()
    {
        for (int round = 0; round < BatchesPerTurn; round++)
        {
            int count = _batch.Receive(_datagrams.Socket);
            for (int i = 0; i < count; i++) _reader!.ReadLines(_batch[i], isEnd: true);
            if (count < DatagramBatch.Capacity) return;
        }
    }

    private void Drop(int token)
    {
        GraphiteConnection connection = _connections[token - FirstToken]!;
        _thread.Poller.Remove(connection.Socket, token);
        connection.Dispose();
        _connections[token - FirstToken] = null;
        _open--;
    }

    private void Tick()
    {
        _nextTickMs = _nowMs + TickMs;
        for (int i = 0; i < _connections.Count; i++)
            if (_connections[i] is { } connection && _nowMs - connection.HeardMs > IdleMs) Drop(FirstToken + i);
    }
}
