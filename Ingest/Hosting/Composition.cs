using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Microsoft.Extensions.Logging;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.Query;
using Slungd.Engine.Segments;
using Slungd.Engine.Store;
using Slungd.Ingest.Hosting.Metrics;
using Slungd.Ingest.Hosting.Options;
using Slungd.Ingest.Http;
using Slungd.Ingest.Http.Prometheus;
using Slungd.Ingest.Net;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Ingest.Security;
using Slungd.Ingest.Web;
using Slungd.Native.Memory;
using Slungd.Native.Os;
using Slungd.Workflows.Supervisor;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasmtime;

namespace Slungd.Ingest.Hosting;

/// <summary>Puts the daemon together, in the order of the data: memory, store, live queries, port 2077, workflows, port
/// 2078. The ports answer at once; the store opens on a thread of its own.</summary>
internal sealed class Composition : IDisposable
{
    // Together with the flush these stay below the ten seconds that a shutdown may take.
    private static readonly TimeSpan SocketPatience = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan HttpPatience = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan WorkflowPatience = TimeSpan.FromSeconds(1);

    /// <summary>Connections wait in a socket that was passed: with a quick start they never hear of it.</summary>
    private static readonly TimeSpan PassedPatience = TimeSpan.FromSeconds(1);

    /// <summary>Some 300,000 series with deltas.</summary>
    private const long MaxDeltaBytes = 32 * 1024 * 1024;

    private static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(250);

    private readonly ServeOptions _options;
    private readonly ILoggerFactory _loggers;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Limits _limits;
    private readonly OriginPolicy _policy;
    private readonly AccessPolicy? _access;
    private readonly ServerCertificate? _certificate;
    private readonly TimeSeriesStore _store;
    private readonly LiveHub _hub;
    private readonly Probes _probes;
    private readonly MetricsPage _metrics = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly QueryGate _queries = new(Environment.ProcessorCount, maxWaiting: 64);
    private readonly QueryGate _deletes = new(maxRunning: 1, maxWaiting: 64);
    private readonly QueryExecutor _executor;
    private readonly PromQLEngine _promQL;
    private readonly SocketServer _sockets;
    private readonly Thread _opener;
    private readonly Thread _ticker;
    private readonly ProtocolMetrics _protocols;
    private readonly MetricNotes _notes;
    private readonly HeapTrim _heap = new();
    private readonly ByteBudget _bodyBudget;
    private readonly ByteBudget _lineBudget;
    private readonly OtlpExport _otlp;
    private readonly HttpRoute[] _otlpGrpc;
    private readonly ByteBudget _statsdBudget;
    private readonly WorkflowSupervisor _workflows;
    private IWasmEngine? _wasmEngine;
    private HttpServer? _http;
    private HttpDoor? _httpDoor;
    private HttpServer? _grpc;
    private GraphiteServer? _graphite;
    private StatsdServer? _statsd;

    /// <param name="options">What was asked for.</param>
    /// <param name="loggers">For what people should know.</param>
    /// <param name="clock">The one clock of everything.</param>
    /// <param name="openSocket">Descriptor of port 2077 when it listens already.</param>
    public Composition(ServeOptions options, ILoggerFactory loggers, TimeProvider clock, int? openSocket = null)
    {
        _options = options;
        _loggers = loggers;
        _clock = clock;
        _log = loggers.CreateLogger("daemon");
        MemoryLimits memory = MemoryLimits.Detect(options.MemoryBytes);
        Log.MemoryShares(_log, memory.Limit >> 20, memory.Source, memory.Arena >> 20, memory.GcHeap >> 20);
        _limits = FitLimits(memory);
        _policy = new OriginPolicy(options.AllowedOrigins, options.AllowedHosts);
        if (options.TlsCertificate is { } certificate)
        {
            _certificate = new ServerCertificate(certificate, options.TlsKey!, clock, loggers.CreateLogger("security"));
            _metrics.Add(_certificate.WriteMetrics);
        }
        if (options.TokenFile is { } tokens)
        {
            _access = new AccessPolicy(tokens, clock, loggers.CreateLogger("security"));
            _metrics.Add(_access.WriteMetrics);
        }
        _store = new TimeSeriesStore(StoreSetup.For(options, memory, _limits), new PosixDisk(), clock,
            loggers.CreateLogger("store"));
        _hub = new LiveHub(_store, _store.Registry.KeyOf, clock, _limits);
        _probes = new Probes(_hub);
        _metrics.Add(new ProcessMetrics(clock).Write);
        _metrics.Add(new StoreMetrics(_store).Write);
        _executor = new QueryExecutor(_store, clock, _limits);
        _promQL = new PromQLEngine(_store, clock);
        _metrics.Add(new QueryMetrics(_executor, _promQL, _hub).Write);
        _sockets = BuildSockets(memory, openSocket);
        Loops = new LoopWatch(_sockets);
        _metrics.Add(new SocketMetrics(_sockets).Write);
        _protocols = new ProtocolMetrics(_sockets);
        _metrics.Add(_protocols.Write);
        _notes = new MetricNotes(loggers.CreateLogger("notes"), memory.GcHeap);
        _bodyBudget = new ByteBudget(memory.Limit / 10);
        _lineBudget = new ByteBudget(memory.Limit / 50);
        _otlp = BuildOtlp(memory);
        RequestBodies messages = new(_bodyBudget, _limits.MaxBodyBytes);
        _otlpGrpc = [.. new OtlpGrpcRoutes(_otlp, messages).All()];
        _statsdBudget = new ByteBudget(memory.Limit / 20);
        _workflows = BuildWorkflows(memory);
        _metrics.Add(new WorkflowMetrics(_workflows).Write);
        _opener = new Thread(Open) { Name = "open", IsBackground = true };
        _ticker = new Thread(Tick) { Name = "live windows", IsBackground = true };
    }

    /// <summary>Why the daemon can't go on, once <see cref="Ended"/> is set by itself.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Set when the daemon is to stop.</summary>
    public ManualResetEventSlim Ended { get; } = new();

    /// <summary>Set when points are taken.</summary>
    public ManualResetEventSlim Opened { get; } = new();

    /// <summary>Finds out whether a part of port 2077 hangs.</summary>
    public LoopWatch Loops { get; }

    /// <summary>Where port 2077 listens.</summary>
    public IPEndPoint SocketAddress => _sockets.Address;

    /// <summary>Where port 2078 listens; null without one.</summary>
    public IPEndPoint? HttpAddress => _http?.Address;

    /// <summary>Opens the doors, then the store.</summary>
    /// <exception cref="SocketException">Port 2077 can't be bound.</exception>
    /// <exception cref="System.IO.IOException">Port 2078, or another door's, can't be bound.</exception>
    public void Start()
    {
        if (_options.ListenSocket is not null)
        {
            _opener.Start();
            WaitHandle.WaitAny([Opened.WaitHandle, Ended.WaitHandle], PassedPatience);
        }
        _sockets.Start();
        Log.WebSocketListening(_log, _sockets.Address.ToString());
        if (_options.ListenSocket is null) _opener.Start();
        if (_options.Http is { } address) StartHttp(address);
        if (_options.OtlpGrpc is { } grpc) StartGrpc(grpc);
        if (_options.Graphite is { } graphite) StartGraphite(graphite);
        if (_options.StatsdPlaces.Count > 0) StartStatsd();
        _probes.Listening();
    }

    /// <summary>Stops accepting, lets what is in flight finish, writes everything to disk.</summary>
    /// <returns>False when points were lost.</returns>
    public bool Stop()
    {
        _probes.Stopping();
        _stopping.Cancel();
        Step("workflows", () => _workflows.Stop(WorkflowPatience));
        Step("port 2077", () => _sockets.Stop(SocketPatience));
        Step("port 2078", () => _http?.Stop(HttpPatience));
        Step("OTLP over gRPC", () => _grpc?.Stop(HttpPatience));
        Step("Graphite", () => _graphite?.Stop());
        Step("StatsD", () => _statsd?.Stop());
        if (_opener.IsAlive) _opener.Join();
        if (_ticker.IsAlive) _ticker.Join();
        _notes.Dispose();
        return _store.Stop();
    }

    /// <summary>Gives all memory back; nobody may use the store any more.</summary>
    public void Dispose()
    {
        _http?.Dispose();
        _grpc?.Dispose();
        _graphite?.Dispose();
        _statsd?.Dispose();
        _workflows.Dispose();
        (_wasmEngine as IDisposable)?.Dispose();
        _sockets.Dispose();
        _store.Dispose();
        _stopping.Dispose();
        _queries.Dispose();
        _deletes.Dispose();
        Ended.Dispose();
        Opened.Dispose();
    }

    private Limits FitLimits(MemoryLimits memory)
    {
        long? files = FileLimit.Raise();
        Limits carried = FittingLimits.Of(_options, memory.GcHeap);
        Limits fitting = FittingLimits.Of(_options, memory.GcHeap, files);
        if (carried.MaxHttpConnections < _options.Limits.MaxConnections)
            Log.MemoryLimits(_log, carried.MaxConnections, carried.MaxHttpConnections, carried.MaxLiveQueries,
                carried.MaxQuerySamples);
        if (fitting != carried)
            Log.FileLimits(_log, files!.Value, fitting.MaxConnections, fitting.MaxHttpConnections);
        return fitting;
    }

    private SocketServer BuildSockets(MemoryLimits memory, int? openSocket)
    {
        SocketServerOptions options = new()
        {
            Listen = _options.Listen,
            ListenSocket = _options.ListenSocket,
            OpenSocket = openSocket,
            Limits = _limits,
            Origins = _policy,
            Access = _access,
            Certificate = _certificate,
            Threads = _options.Threads ?? Environment.ProcessorCount,
        };
        options = options with { BufferBudgetBytes = Math.Min(options.BufferBudgetBytes, memory.Limit / 10) };
        ProbeAnswers probes = new(_probes.Health, _probes.Ready, _metrics.Write);
        return new SocketServer(options, _hub, new SocketServices(_executor, _hub), probes, _clock,
            _loggers.CreateLogger("net"));
    }

    private OtlpExport BuildOtlp(MemoryLimits memory)
    {
        DeltaTable deltas = new(Math.Min(memory.GcHeap / 10, MaxDeltaBytes), HistogramPayload.Add);
        Intake intake = new(_hub, _limits, _clock);
        OtlpExport export = new(_hub, intake, _notes.Metadata, _notes.Exemplars, deltas, _lineBudget);
        _protocols.Add("otlp", export.Counters);
        return export;
    }

    private WorkflowSupervisor BuildWorkflows(MemoryLimits memory)
    {
        ByteBudget guests = new(memory.Guests);
        ILogger log = _loggers.CreateLogger("workflows");
        _wasmEngine = EngineChoice.Create(_options.WasmEngine, _options.WasmtimeLibrary, guests, log);
        WorkflowServices services = new(_hub, _executor, new WorkflowOutbound(_sockets), _clock, _limits, log);
        WorkflowLimits limits = new()
        {
            MaxLiveQueries = _limits.MaxLiveQueriesPerWorkflow,
            StackFrames = _limits.MaxGuestFrames,
            StackSlots = _limits.MaxGuestSlots,
        };
        WorkflowFolder folder = new(new PosixDisk(), $"{_options.DataDirectory}/{WorkflowFiles.Folder}");
        return new WorkflowSupervisor(_wasmEngine, services, limits, guests, folder);
    }

    /// <summary>Closes the windows of live queries, and tidies up. The windows need the store's precision, so it starts
    /// after the store.</summary>
    private void Tick()
    {
        while (!_stopping.Token.WaitHandle.WaitOne(TickInterval))
        {
            if (_hub.Subscriptions > 0) _hub.Tick(_store.Precision.Now(_clock));
            _notes.Tick(_clock);
            _heap.Tick(_clock);
        }
    }

    private void Open()
    {
        try
        {
            if (_options.DataDirectory is { } existing && FormatFile.Find(new PosixDisk(), existing) is { } precision
                && OptionChecks.StatsdFlush(_options, precision) is { } mistake) throw new StoreOpenException(mistake);
            _store.Open();
            if (_options.DataDirectory is { } directory) _notes.Open(new PosixDisk(), directory);
            _ticker.Start();
            _workflows.Open(_options.WorkflowFile);
            Opened.Set();
        }
        catch (Exception e) when (e is StoreOpenException or SegmentVersionException or DiskException)
        {
            Failure = e;
            _probes.Failed(e.Message);
            Ended.Set();
        }
    }

    private void StartHttp(IPEndPoint address)
    {
        Intake intake = new(_hub, _limits, _clock);
        RequestBodies bodies = new(_bodyBudget, _limits.MaxBodyBytes);
        RemoteWriteRoutes remoteWrite =
            new(_hub, intake, bodies, _lineBudget, _notes.Metadata, _notes.Exemplars);
        _protocols.Add("remote_write", remoteWrite.Counters);
        ImportRoutes import = new(_hub, intake, bodies, _notes.Metadata, _notes.Exemplars, _clock);
        _protocols.Add("exposition", import.Exposition);
        _protocols.Add("json_lines", import.Lines);
        InfluxRoutes influx = new(_hub, intake, bodies, _lineBudget, _options.IsInfluxTextKept, _clock);
        _protocols.Add("influx", influx.Counters);
        OtlpRoutes otlp = new(_otlp, bodies);
        HttpRoute[] routes =
        [
            .. new PageRoutes().All(),
            .. new ProbeRoutes(_probes, _metrics).All(),
            .. Needing(TokenScope.Read, new DslRoutes(_executor, _hub, _queries, _limits).All()),
            .. Needing(TokenScope.Read, new LiveRoutes(_hub, _limits, _access, _stopping.Token).All()),
            .. Needing(TokenScope.Write, remoteWrite.All()),
            .. Needing(TokenScope.Write, import.All()),
            .. Needing(TokenScope.Write, influx.All()),
            .. Needing(TokenScope.Write, otlp.All()),
            .. _certificate is null ? [] : _otlpGrpc, // HTTP/2 is for those who speak TLS
            .. Needing(TokenScope.Write, InfluxQueryRoutes.All()), // of it only what clients that write ask
            .. Needing(TokenScope.Read, Prometheus(bodies)),
            .. Needing(TokenScope.Admin, new AdminRoutes(_store).All()),
            .. Needing(TokenScope.Admin, new DeleteRoutes(_store, _deletes) { TimeLimit = _limits.QueryTimeout }.All()),
            .. Needing(TokenScope.Admin, new WorkflowRoutes(_workflows, bodies).All()),
        ];
        bool isLoopback = ListenAddress.IsLoopback(address);
        Admission admission = new(_access, _hub, _clock, _loggers.CreateLogger("security"),
            _loggers.CreateLogger("audit"));
        HttpDoor door = new(routes, _policy, admission, isLoopback, _loggers.CreateLogger("http"), _clock,
            _limits);
        _metrics.Add(door.WriteMetrics);
        _httpDoor = door;
        _http = Bind("http", () =>
            HttpServer.Start(address, door, _limits, _loggers, _certificate, _options.HttpSocket));
        Log.HttpListening(_log, _http.Address.ToString(), _certificate is null ? "http" : "https");
    }

    private void StartGrpc(IPEndPoint address)
    {
        Admission admission = new(_access, _hub, _clock, _loggers.CreateLogger("security"),
            _loggers.CreateLogger("audit"));
        HttpDoor door = new(_otlpGrpc, _policy, admission, ListenAddress.IsLoopback(address),
            _loggers.CreateLogger("grpc"), _clock, _limits, new HttpRoute("other grpc") { Error = GrpcAnswer.Error });
        if (_httpDoor is null) _metrics.Add(door.WriteMetrics);
        else _httpDoor.Also = door;
        _grpc = Bind("otlp-grpc", () =>
            HttpServer.Start(address, door, _limits, _loggers, passed: _options.OtlpGrpcSocket, isGrpc: true));
        Log.GrpcListening(_log, _grpc.Address.ToString());
    }

    /// <summary>Opens a door; when that fails the message names the option.</summary>
    private T Bind<T>(string option, Func<T> open)
    {
        try { return open(); }
        catch (Exception e) when (e is SocketException or System.IO.IOException)
        {
            string reason = e.GetBaseException() is SocketException fault ? fault.Message : e.Message;
            throw new System.IO.IOException($"--{option} {_options.Texts[option]}: {reason}", e);
        }
    }

    private static IEnumerable<HttpRoute> Needing(TokenScope scope, IEnumerable<HttpRoute> routes)
    {
        foreach (HttpRoute route in routes)
        {
            route.Needs ??= scope; // a route knows better
            yield return route;
        }
    }

    private void StartGraphite(IPEndPoint address)
    {
        _graphite = Bind("graphite", () =>
            new GraphiteServer(address, _hub, _options.GraphiteTemplates, _lineBudget, _limits, _clock,
                _loggers.CreateLogger("graphite"), _options.GraphiteSocket, _options.GraphiteDatagrams));
        _protocols.Add("graphite", _graphite.Counters);
        _metrics.Add(new GraphiteMetrics(_graphite).Write);
        _graphite.Start();
        Log.GraphiteListening(_log, _graphite.Address.ToString());
    }

    private void StartStatsd()
    {
        _statsd = Bind("statsd", () =>
            new StatsdServer(_options.StatsdPlaces, _hub, _options.Statsd, _statsdBudget, _clock,
                _loggers.CreateLogger("statsd")));
        _protocols.Add("statsd", _statsd.Counters);
        _metrics.Add(new StatsdMetrics(_statsd).Write);
        _statsd.Start();
        foreach (DatagramSocket socket in _statsd.Sockets) Log.StatsdListening(_log, socket.Name);
    }

    private HttpRoute[] Prometheus(RequestBodies bodies)
    {
        ApiGate gate = new(_hub, _queries) { TimeLimit = _limits.QueryTimeout };
        PromQLOptions promQL = _options.PromQL with
        {
            MaxSamples = _limits.MaxQuerySamples,
            MaxSeries = _limits.MaxQuerySeries,
            TimeLimit = _limits.QueryTimeout,
        };
        ServerFacts facts = new(BuildInfo.Version, BuildInfo.Commit, _options.Texts);
        return
        [
            .. new QueryRoutes(_promQL, gate, _clock, promQL).All(),
            .. new ExportRoutes(_store, gate).All(),
            .. new RemoteReadRoutes(_store, gate, bodies, _limits).All(),
            .. new FederateRoutes(_store, gate, _clock).All(),
            .. new CatalogRoutes(_store, gate).All(),
            .. new NotesRoutes(_store, gate, _notes.Metadata, _notes.Exemplars).All(),
            .. new StatusRoutes(_store, _clock, facts).All(),
        ];
    }

    private void Step(string name, Action step)
    {
        try { step(); }
        catch (Exception e)
        {
            Log.ShutdownStepFailed(_log, name, e); // the steps after it, above all the flush, must still be taken
        }
    }
}
