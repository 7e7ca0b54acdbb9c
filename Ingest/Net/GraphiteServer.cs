using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Protocols.Graphite;
using Slungd.Native.Memory;

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
    private const int DatagramBufferBytes = 4 << 20; // as far as the system allows
    private const int DatagramsPerTurn = 256;        // so that TCP has its turn, too
    private const int HeldWaitMs = 20;
    private const int TickMs = 10_000;
    private const int IdleMs = 15 * 60_000; // slower senders connect anew, as they must be able to anyway

    private readonly IEventSink _sink;
    private readonly IReadOnlyList<GraphiteTemplate> _templates;
    private readonly ByteBudget _budget;
    private readonly int _maxConnections;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly Poller _poller = Poller.Create(portable: !OperatingSystem.IsLinux());
    private readonly ManualResetEventSlim _stop = new();
    private readonly Socket _listener;
    private readonly Socket _datagrams;
    private readonly List<GraphiteConnection?> _connections = [];
    private readonly byte[] _window = GC.AllocateUninitializedArray<byte>(WindowBytes, pinned: true);
    private readonly LogLimiter _malformedLog = new(intervalMs: 10_000);
    private readonly long _start;
    private GraphiteReader? _reader; // once the store is open
    private int _open;
    private long _nowMs;
    private long _nextTickMs;

    /// <summary>Binds both sockets.</summary>
    /// <exception cref="SocketException">The address can't be had.</exception>
    public GraphiteServer(IPEndPoint address, IEventSink sink, IReadOnlyList<GraphiteTemplate> templates,
        ByteBudget budget, Limits limits, TimeProvider clock, ILogger logger)
    {
        (_sink, _templates, _budget, _clock, _logger) = (sink, templates, budget, clock, logger);
        _maxConnections = limits.MaxConnections;
        _start = clock.GetTimestamp();
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        _datagrams = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
        try
        {
            bool isEverywhere = address.Address.Equals(IPAddress.IPv6Any); // [::] means everywhere
            if (isEverywhere) _listener.DualMode = _datagrams.DualMode = true;
            _listener.Bind(address);
            _listener.Listen(Backlog);
            Address = (IPEndPoint)_listener.LocalEndPoint!;
            _datagrams.ReceiveBufferSize = DatagramBufferBytes;
            _datagrams.Bind(Address);
        }
        catch
        {
            _listener.Dispose();
            _datagrams.Dispose();
            _poller.Dispose();
            throw;
        }
        _poller.Add(_listener, ListenerToken, read: true, write: false);
        _poller.Add(_datagrams, DatagramToken, read: true, write: false);
        _thread = new Thread(Run) { Name = "graphite", IsBackground = true };
    }

    /// <summary>Where it listens, the chosen port included.</summary>
    public IPEndPoint Address { get; }

    public ProtocolCounters Counters { get; } = new();

    public void Start() => _thread.Start();

    /// <summary>Reads no more, and stores what was read.</summary>
    public void Stop()
    {
        if (_stop.IsSet) return;
        _stop.Set();
        _poller.Wake();
        if (_thread.IsAlive) _thread.Join();
    }

    public void Dispose()
    {
        Stop();
        foreach (GraphiteConnection? connection in _connections) connection?.Dispose();
        _reader?.Dispose();
        _listener.Dispose();
        _datagrams.Dispose();
        _poller.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        while (!_stop.IsSet)
        {
            if (_sink.State != SinkState.Ready) _stop.Wait(HeldWaitMs);
            else Turn();
        }
    }

    private void Turn()
    {
        _reader ??= new GraphiteReader(_sink, _templates, _budget, Counters, _clock);
        int ready = _poller.Wait(TickMs, out _);
        _nowMs = (long)_clock.GetElapsedTime(_start).TotalMilliseconds;
        _reader.BeginTurn();
        for (int i = 0; i < ready; i++)
        {
            int token = _poller[i].Token;
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
    }

    private void Accept()
    {
        Socket socket;
        try { socket = _listener.Accept(); }
        catch (SocketException) // it has gone again, or there are no descriptors now
        {
            _stop.Wait(HeldWaitMs);
            return;
        }
        if (_open == _maxConnections)
        {
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
        _poller.Add(socket, FirstToken + index, read: true, write: false);
    }

    private void ReceiveDatagrams()
    {
        for (int i = 0; i < DatagramsPerTurn; i++)
        {
            int got = _datagrams.Receive(_window, SocketFlags.None, out SocketError error);
            if (error == SocketError.WouldBlock) return;
            if (error == SocketError.Success) _reader!.ReadLines(_window.AsSpan(0, got), isEnd: true);
        }
    }

    private void Drop(int token)
    {
        GraphiteConnection connection = _connections[token - FirstToken]!;
        _poller.Remove(connection.Socket, token);
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
