using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Model;
using Slungd.Ingest.Framing;
using Slungd.Native.Memory;
using Slungd.Native.Os;

namespace Slungd.Ingest.Net;

/// <summary>Port 2077. <see cref="Start"/> answers at once: while the sink is recovering, probes work and upgrades get
/// 503. <see cref="Stop"/> before the sink is closed. See docs/adr/0001-socket-loops.md for why it is built
/// so.</summary>
internal sealed class SocketServer : IDisposable
{
    /// <summary>Connections that wait to be accepted.</summary>
    public const int Backlog = 512;

    /// <summary>For the last bytes of the loops to get through TLS.</summary>
    private static readonly TimeSpan s_lastWords = TimeSpan.FromMilliseconds(200);

    private readonly ConcurrentDictionary<ulong, Registered> _producers = new();
    private readonly List<SocketLoop> _loops = [];
    private readonly uint _seed = (uint)SystemRandom.NextUInt64();
    private Socket? _listener;
    private int _sockets;
    private int _webSockets;
    private ulong _lastProducer;
    private uint _seeds;
    private volatile bool _isStopping;

    private readonly record struct Registered(SocketLoop Loop, Connection Connection);

    /// <param name="options">Bounds and times.</param>
    /// <param name="sink">Where points go: the live hub in front of the store. Asked for its state all the
    /// time.</param>
    /// <param name="services">Queries and subscriptions; first used when the sink is no longer recovering.</param>
    /// <param name="probes">What `/health`, `/ready` and `/metrics` answer.</param>
    /// <param name="clock">For time-outs.</param>
    /// <param name="logger">For what people should know.</param>
    public SocketServer(SocketServerOptions options, IEventSink sink, SocketServices services, ProbeAnswers probes,
        TimeProvider clock, ILogger logger)
    {
        Options = options;
        Address = options.Listen;
        Sink = sink;
        Services = services;
        Probes = probes;
        Clock = clock;
        Logger = logger;
        IsLoopback = IPAddress.IsLoopback(options.Listen.Address);
        if (options.Certificate is { } certificate) Tls = new TlsDoor(certificate, this);
        SmallBudget = new ByteBudget(4L * MaxSockets * BufferPool.SmallBytes);
        LargeBudget = new ByteBudget(options.BufferBudgetBytes);
        WindowBudget = new ByteBudget((long)options.Threads * options.WindowBytes);
        Desk = new QueryDesk(services.Queries, this, logger, options.QueryThreads);
    }

    public SocketServerOptions Options { get; }

    public IEventSink Sink { get; }

    public SocketServices Services { get; }

    public ProbeAnswers Probes { get; }

    public TimeProvider Clock { get; }

    public ILogger Logger { get; }

    public QueryDesk Desk { get; }

    public bool IsLoopback { get; }

    /// <summary>Pays for the 4 KiB blocks of connections.</summary>
    public ByteBudget SmallBudget { get; }

    /// <summary>Pays for everything larger; see <see cref="SocketServerOptions.BufferBudgetBytes"/>.</summary>
    public ByteBudget LargeBudget { get; }

    /// <summary>Pays for the loops' windows.</summary>
    public ByteBudget WindowBudget { get; }

    public LogLimiter MalformedLog { get; } = new(intervalMs: 10_000);

    public LogLimiter DeniedLog { get; } = new(intervalMs: 10_000);

    /// <summary>Where it listens; with port 0 asked for, the port that was given.</summary>
    public IPEndPoint Address { get; private set; }

    /// <summary>Null: in clear.</summary>
    public TlsDoor? Tls { get; }

    /// <summary>Sockets that are served at once.</summary>
    public int MaxSockets => Options.Limits.MaxConnections + Options.Limits.SpareConnections;

    /// <summary>Counters of each loop, to be added up.</summary>
    public IReadOnlyList<SocketLoop> Loops => _loops;

    /// <summary>Listens and serves.</summary>
    /// <exception cref="SocketException">The address can't be had.</exception>
    public void Start()
    {
        _listener = (Options.ListenSocket ?? Options.OpenSocket) is { } open
            ? new Socket(new SafeSocketHandle(open, ownsHandle: true)) : Bind();
        _listener.Blocking = false;
        Address = (IPEndPoint)_listener.LocalEndPoint!;
        for (int i = 0; i < Options.Threads; i++) _loops.Add(new SocketLoop(this, i == 0 ? _listener : null, i));
        Sink.OnKept(SignalKept);
        foreach (SocketLoop loop in _loops) loop.Start();
    }

    /// <summary>Sends every WebSocket its last ACK and Close 1001, and ends; as long as that takes, probes are answered
    /// and upgrades refused.</summary>
    /// <param name="deadline">What has not ended then is dropped.</param>
    /// <returns>True when every connection parted in time.</returns>
    public bool Stop(TimeSpan deadline)
    {
        if (_listener is null) return true;
        long start = Clock.GetTimestamp();
        _isStopping = true;
        foreach (SocketLoop loop in _loops) loop.RequestStop();
        Desk.Stop();
        bool inTime = true;
        foreach (SocketLoop loop in _loops)
        {
            TimeSpan left = deadline - Clock.GetElapsedTime(start);
            if (loop.Join(left > TimeSpan.Zero ? left : TimeSpan.Zero)) continue;
            inTime = false;
            loop.RequestAbort();
        }
        foreach (SocketLoop loop in _loops) loop.Join(Timeout.InfiniteTimeSpan);
        _listener.Dispose();
        TimeSpan rest = deadline - Clock.GetElapsedTime(start);
        if (Tls is { } tls) inTime &= tls.Stop(rest > s_lastWords ? rest : s_lastWords);
        return inTime;
    }

    public void Dispose()
    {
        Stop(TimeSpan.Zero);
        foreach (SocketLoop loop in _loops) loop.Dispose(); // and stay listed: the sink may still call back
    }

    /// <summary>Sends a text message to the connection of a producer. Any thread.</summary>
    /// <returns>False when it is gone, has too much unread, or memory is short.</returns>
    public bool TrySendText(ulong producer, ReadOnlySpan<byte> utf8)
    {
        if (!_producers.TryGetValue(producer, out Registered found)) return false;
        if (!JsonFrames.TryText(LargeBudget, utf8, out PostedFrames frames)) return false;
        if (!found.Connection.Mailbox.TryPost(frames, Options.OutboundPauseBytes))
        {
            frames.Block.Dispose();
            return false;
        }
        found.Loop.Signal(found.Connection);
        return true;
    }

    /// <summary>Makes every loop look at the clock: after a clock of a test has been moved.</summary>
    public void Wake()
    {
        foreach (SocketLoop loop in _loops) loop.Wake();
    }

    /// <summary>The loop that shall have a new socket; null, with the socket turned away, when there are too many.
    /// </summary>
    public SocketLoop? Place(Socket socket)
    {
        if (Interlocked.Increment(ref _sockets) > MaxSockets)
        {
            _loops[0].Counters.Refused++;
            Left();
            socket.Send(Encoding.ASCII.GetBytes("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\n"
                + "Content-Length: 0\r\nConnection: close\r\n" + HttpAnswer.SecurityFields + "\r\n"),
                SocketFlags.None, out _);
            socket.Dispose();
            return null;
        }
        SocketLoop best = _loops[0];
        foreach (SocketLoop loop in _loops)
        {
            if (_isStopping) break; // the first one listens, and ends last
            if (loop.Assigned < best.Assigned) best = loop;
        }
        best.Assign();
        return best;
    }

    /// <summary>No loop but this one serves anybody.</summary>
    public bool HaveOthersEnded(SocketLoop loop)
    {
        foreach (SocketLoop other in _loops)
        {
            if (other != loop && !other.HasEnded) return false;
        }
        return true;
    }

    /// <summary>A socket that was placed is gone.</summary>
    public void Left() => Interlocked.Decrement(ref _sockets);

    /// <summary>Counts a WebSocket in and numbers it; false when there are too many.</summary>
    public bool TryEnter(out ulong producer)
    {
        producer = 0;
        if (Interlocked.Increment(ref _webSockets) > Options.Limits.MaxConnections)
        {
            Interlocked.Decrement(ref _webSockets);
            return false;
        }
        producer = Interlocked.Increment(ref _lastProducer);
        return true;
    }

    public void Register(ulong producer, SocketLoop loop, Connection connection) =>
        _producers[producer] = new Registered(loop, connection);

    /// <summary>Counts a WebSocket out.</summary>
    public void Leave(ulong producer)
    {
        _producers.TryRemove(producer, out _);
        Interlocked.Decrement(ref _webSockets);
    }

    /// <summary>A number that clients can't guess.</summary>
    public uint NextSeed() => (_seed + Interlocked.Increment(ref _seeds)) * 0x9E3779B1;

    private Socket Bind()
    {
        Socket socket = new(Options.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        // No ReuseAddress: on Unix the runtime turns it into SO_REUSEPORT, and a second daemon would share the port. An
        // address in TIME_WAIT can be bound anyway, since the runtime's bind sets SO_REUSEADDR.
        if (Options.Listen.Address.Equals(IPAddress.IPv6Any)) socket.DualMode = true; // [::] means everywhere
        socket.Bind(Options.Listen);
        socket.Listen(Backlog);
        return socket;
    }

    private void SignalKept()
    {
        foreach (SocketLoop loop in _loops) loop.SignalKept();
    }
}
