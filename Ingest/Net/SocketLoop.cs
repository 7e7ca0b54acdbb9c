using System;
using System.Buffers;
using System.Collections.Generic;
using System.Net.Sockets;
using System.Threading;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Slungd.Ingest.Security;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Net;

/// <summary>One thread that owns a share of the connections: it waits for readiness, receives, decodes, appends,
/// answers. Nothing in it blocks but the sink. In the steady state it allocates no managed memory.
/// Other threads reach it by <see cref="Take"/>, <see cref="Signal"/> and <see cref="SignalKept"/> only.</summary>
internal sealed class SocketLoop : IDisposable
{
    private const int ListenerToken = int.MaxValue;
    private const int HeldTickMs = 2;

    private readonly Thread _thread;
    private readonly Socket? _listener;
    private readonly List<Connection?> _connections = [];
    private readonly Stack<int> _freeTokens = new();
    private readonly List<int> _droppedTokens = []; // free after the turn: its readiness may still name them
    private readonly long _startTimestamp;
    private NativeBlock? _window;
    private int _open;
    private int _late; // of the open ones: came while the server stops
    private int _assigned;
    private long _nextTickMs;
    private long _acceptPausedUntilMs; // -1: not paused
    private bool _isListening;
    private readonly LogLimiter _acceptLog = new(intervalMs: 10_000);

    private readonly Lock _lock = new();
    private readonly List<Socket> _taken = [];     // under the lock, as the next three
    private readonly List<Connection> _signals = [];
    private bool _keptSignal;
    private bool _ended;
    private readonly List<Socket> _takenNow = [];
    private readonly List<Connection> _signalsNow = [];
    private volatile bool _stopRequested;
    private volatile bool _abortRequested;

    /// <param name="server">The common parts.</param>
    /// <param name="listener">For the loop that accepts, else null. Non-blocking.</param>
    /// <param name="index">For the thread's name.</param>
    public SocketLoop(SocketServer server, Socket? listener, int index)
    {
        Server = server;
        _listener = listener;
        _startTimestamp = Clock.GetTimestamp();
        Poller = Poller.Create(Options.PortablePolling);
        Pool = new BufferPool(server.SmallBudget, server.LargeBudget);
        TokenSink = new TokenSink(server.Sink);
        Batch = new EventBatch(TokenSink, Options.Limits.MaxQueuedEventsPerLoop);
        _thread = new Thread(Run) { Name = $"slungd loop {index}", IsBackground = true };
    }

    public SocketServer Server { get; }

    public SocketServerOptions Options => Server.Options;

    public IEventSink Sink => Server.Sink;

    public SocketServices Services => Server.Services;

    public ProbeAnswers Probes => Server.Probes;

    public TimeProvider Clock => Server.Clock;

    public ILogger Logger => Server.Logger;

    public bool IsLoopback => Server.IsLoopback;

    public Poller Poller { get; }

    public BufferPool Pool { get; }

    public EventBatch Batch { get; }

    /// <summary>Where the batch goes; knows whose turn it is.</summary>
    public TokenSink TokenSink { get; }

    public LoopCounters Counters { get; } = new();

    /// <summary>For one small text at a time.</summary>
    public ArrayBufferWriter<byte> Scratch { get; } = new(256);

    /// <summary>Connections that are held back.</summary>
    public int Held { get; set; }

    /// <summary>Since the loop was made, as of the current turn.</summary>
    public long NowMs { get; private set; }

    public bool IsStopping { get; private set; }

    /// <summary>The thread serves nobody any more. Any thread.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_lock) return _ended;
        }
    }

    /// <summary>Sockets that were given to this loop and are not gone yet. Any thread.</summary>
    public int Assigned => Volatile.Read(ref _assigned);

    /// <summary>Where bytes are received. Made for the first connection.</summary>
    public Span<byte> Window => _window!.Span;

    /// <summary>The largest block that a cut-off message can need.</summary>
    public int MaxCarryBytes => Options.Limits.MaxMessageBytes + Options.WindowBytes;

    /// <summary>So little of the budget is left that a full window might find no place.</summary>
    public bool IsMemoryShort
    {
        get
        {
            ByteBudget budget = Server.LargeBudget;
            if (budget.Limit - budget.Used >= 2L * Options.WindowBytes) return false;
            Pool.Clear();
            return budget.Limit - budget.Used < 2L * Options.WindowBytes;
        }
    }

    public void Start() => _thread.Start();

    /// <summary>Counts a socket that <see cref="Add"/> or <see cref="Take"/> will bring. Any thread.</summary>
    public void Assign() => Interlocked.Increment(ref _assigned);

    /// <summary>Gives the loop an accepted socket. Any thread.</summary>
    public void Take(Socket socket)
    {
        lock (_lock)
        {
            if (_ended) socket.Dispose();
            else
            {
                _taken.Add(socket);
                Poller.Wake();
            }
        }
    }

    /// <summary>Something waits in the connection's mailbox or subscriptions. Any thread.</summary>
    public void Signal(Connection connection)
    {
        if (Interlocked.Exchange(ref connection.Signalled, 1) == 1) return;
        lock (_lock)
        {
            _signals.Add(connection);
            if (!_ended) Poller.Wake();
        }
    }

    /// <summary>The sink has kept more commits. Any thread.</summary>
    public void SignalKept()
    {
        if (Volatile.Read(ref _assigned) == 0) return; // nobody waits: whoever comes will have sent nothing yet
        lock (_lock)
        {
            if (_keptSignal) return;
            _keptSignal = true;
            if (!_ended) Poller.Wake();
        }
    }

    /// <summary>Looks at the clock now. Any thread.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            if (!_ended) Poller.Wake();
        }
    }

    /// <summary>Asks the loop to part with its connections and end. Any thread.</summary>
    public void RequestStop()
    {
        _stopRequested = true;
        Wake();
    }

    /// <summary>Asks the loop to drop what is left and end. Any thread.</summary>
    public void RequestAbort()
    {
        _abortRequested = true;
        Wake();
    }

    /// <summary>False when the loop did not end in time; one that was never started has ended.</summary>
    public bool Join(TimeSpan timeout) =>
        (_thread.ThreadState & ThreadState.Unstarted) != 0 || _thread.Join(timeout);

    /// <summary>Ends a connection without another word. By the loop's thread.</summary>
    public void Drop(Connection connection)
    {
        if (connection.IsClosed) return;
        try
        {
            connection.Close();
        }
        finally
        {
            _connections[connection.Token] = null;
            _droppedTokens.Add(connection.Token);
            Counters.Open = --_open;
            if (connection.IsLate) _late--;
            Interlocked.Decrement(ref _assigned);
            Server.Left();
            if (_open == 0) Pool.Clear(); // no tick comes by while nobody is there
        }
    }

    /// <summary>After the thread has ended.</summary>
    public void Dispose()
    {
        Pool.Dispose();
        _window?.Dispose();
        Poller.Dispose();
    }

    private void Run()
    {
        Listen(true);
        while (!_abortRequested && !HasParted) Turn();
        Listen(false);
        for (int i = 0; i < _connections.Count; i++)
        {
            if (_connections[i] is { } connection) Guard(connection, Drop);
        }
        lock (_lock)
        {
            _ended = true;
            foreach (Socket socket in _taken)
            {
                socket.Dispose();
                Server.Left();
            }
        }
        Server.Loops[0].Wake(); // it may have waited for this one
    }

    /// <summary>While any loop still waits for its peers, the one that listens answers probes: a daemon that hangs in
    /// its stop can be looked at. Who came meanwhile is not waited for.</summary>
    private bool HasParted => IsStopping && _open == _late && (!ServesLate || Server.HaveOthersEnded(this));

    /// <summary>A listener that systemd passed is left alone: who connects now waits for the next daemon.</summary>
    private bool ServesLate => _listener is not null && Options.ListenSocket is null;

    private void Turn()
    {
        int ready = Poller.Wait(WaitMs(), out bool woken);
        NowMs = (long)Clock.GetElapsedTime(_startTimestamp).TotalMilliseconds;
        if (woken) TakePosts();
        for (int i = 0; i < ready; i++)
        {
            Readiness readiness = Poller[i];
            if (readiness.Token == ListenerToken) Accept();
            else if (_connections[readiness.Token] is { } connection) Guard(connection, readiness);
        }
        if (_stopRequested && !IsStopping) Stop();
        if (Held > 0) HeldTick();
        if (NowMs >= _nextTickMs) Tick();
        foreach (int token in _droppedTokens) _freeTokens.Push(token);
        _droppedTokens.Clear();
        Counters.Turns++;
        Counters.AllocatedBytes = GC.GetAllocatedBytesForCurrentThread();
    }

    private int WaitMs()
    {
        if (_open == 0 && _acceptPausedUntilMs < 0) return -1;
        return Held > 0 ? HeldTickMs : (int)Math.Min(Options.TickInterval.TotalMilliseconds, 1_000);
    }

    private void TakePosts()
    {
        bool kept;
        lock (_lock)
        {
            _takenNow.AddRange(_taken);
            _taken.Clear();
            _signalsNow.AddRange(_signals);
            _signals.Clear();
            kept = _keptSignal;
            _keptSignal = false;
        }
        foreach (Socket socket in _takenNow) Add(socket);
        _takenNow.Clear();
        foreach (Connection connection in _signalsNow)
        {
            Volatile.Write(ref connection.Signalled, 0);
            Interlocked.MemoryBarrier(); // before what was posted is read
            Guard(connection, static c => c.OnSignal());
        }
        _signalsNow.Clear();
        if (kept) ForAll(static c => c.OnKept());
    }

    private void Stop()
    {
        IsStopping = true;
        if (!ServesLate) Listen(false);
        ForAll(static c => c.OnStop());
    }

    private void HeldTick() => ForAll(static c =>
    {
        if (c.IsHeld) c.OnHeldTick();
    });

    private void Tick()
    {
        _nextTickMs = NowMs + (long)Options.TickInterval.TotalMilliseconds;
        if (_acceptPausedUntilMs >= 0 && NowMs >= _acceptPausedUntilMs) Listen(true);
        ForAll(static c => c.OnTick());
        Pool.Trim();
    }

    private void ForAll(Action<Connection> action)
    {
        for (int i = 0; i < _connections.Count; i++)
        {
            if (_connections[i] is { } connection) Guard(connection, action);
        }
    }

    private void Guard(Connection connection, in Readiness ready)
    {
        try
        {
            connection.OnReady(ready);
        }
        catch (Exception e) when (e is not BugException)
        {
            Fail(connection, e);
        }
    }

    private void Guard(Connection connection, Action<Connection> action)
    {
        try
        {
            action(connection);
        }
        catch (Exception e) when (e is not BugException)
        {
            Fail(connection, e);
        }
    }

    /// <summary>The world broke under one connection (the sink's disk, say): it ends, the others go on.</summary>
    private void Fail(Connection connection, Exception cause)
    {
        Log.ConnectionFailed(Logger, cause);
        try
        {
            Drop(connection);
        }
        catch (Exception e) when (e is not BugException)
        {
            // What was decoded could not be written either: the first failure is in the log.
        }
    }

    private void Listen(bool on)
    {
        _acceptPausedUntilMs = -1;
        if (_listener is null || on == _isListening || on && IsStopping && !ServesLate) return;
        _isListening = on;
        if (on) Poller.Add(_listener, ListenerToken, read: true, write: false);
        else Poller.Remove(_listener, ListenerToken);
    }

    private void Accept()
    {
        Socket? socket = null;
        try
        {
            socket = _listener!.Accept();
            socket.Blocking = false;
            socket.NoDelay = true;
        }
        catch (SocketException e)
        {
            // The client has gone again, or there are no descriptors: in either case a moment later is soon enough.
            socket?.Dispose();
            if (e.SocketErrorCode == SocketError.WouldBlock) return;
            if (_acceptLog.MayLog(NowMs, 1, out long times)) Log.AcceptFailed(Logger, times, e.SocketErrorCode);
            Listen(false);
            _acceptPausedUntilMs = NowMs + 100;
            return;
        }
        Counters.Accepted++;
        if (Server.Tls is { } tls)
        {
            tls.Take(socket);
            return;
        }
        SocketLoop? loop = Server.Place(socket);
        if (loop == this) Add(socket);
        else loop?.Take(socket);
    }

    private void Add(Socket socket)
    {
        _window ??= NativeBlock.TryAllocate(Server.WindowBudget, Options.WindowBytes);
        Invariant.Check(_window is not null);
        if (!_freeTokens.TryPop(out int token))
        {
            token = _connections.Count;
            _connections.Add(null);
        }
        var connection = new Connection(this, socket, token);
        _connections[token] = connection;
        Counters.Open = ++_open;
        connection.Start();
        if (!IsStopping) return;
        connection.IsLate = true;
        _late++;
        if (!ServesLate) Drop(connection);
    }
}
