using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Ingest.Hosting;
using Slungd.Ingest.Hosting.Metrics;
using Slungd.Ingest.Http;
using Slungd.Ingest.Security;
using Slungd.Ingest.Web;
using Slungd.Tests.Engine.Fakes;

namespace Slungd.Tests.Ingest.Http;

/// <summary>Port 2078 on an ephemeral port over a store in memory.</summary>
internal sealed class HttpFixture : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly HttpServer _server;

    public HttpFixture(IReadOnlyList<string>? origins = null, Limits? limits = null, ILoggerFactory? loggers = null,
        TimeProvider? clock = null, params HttpRoute[] routes)
    {
        limits ??= new Limits();
        loggers ??= NullLoggerFactory.Instance;
        Store = new FakeSeriesReader(Precision.Microseconds);
        Sink = new FakeEventSink(Store);
        Probes = new Probes(Sink);
        Probes.Listening();
        Hub = new LiveHub(Sink, Store.KeyOf, TimeProvider.System, limits);
        Gate = new QueryGate(maxRunning: 1, maxWaiting: 0);
        MetricsPage metrics = new();
        List<HttpRoute> all =
        [
            .. new PageRoutes().All(),
            .. new ProbeRoutes(Probes, metrics).All(),
            .. new DslRoutes(new QueryExecutor(Store, TimeProvider.System, limits), Hub, Gate, limits).All(),
            .. new LiveRoutes(Hub, limits, null, _stopping.Token).All(),
            .. routes,
        ];
        Admission anybody = new(null, Sink, TimeProvider.System, NullLogger.Instance, NullLogger.Instance);
        HttpDoor door = new(all, new OriginPolicy(origins ?? [], []), anybody, true, loggers.CreateLogger("http"),
            clock ?? TimeProvider.System, limits);
        metrics.Add(door.WriteMetrics);
        IPEndPoint any = new(IPAddress.Loopback, 0);
        _server = HttpServer.Start(any, door, limits, loggers);
        Client = new HttpClient { BaseAddress = new Uri($"http://{_server.Address}") };
    }

    public FakeSeriesReader Store { get; }

    public FakeEventSink Sink { get; }

    public LiveHub Hub { get; }

    public QueryGate Gate { get; }

    public Probes Probes { get; }

    public HttpClient Client { get; }

    public IPEndPoint Address => _server.Address;

    public HttpResponseMessage Send(HttpMethod method, string path, string? header = null, string? value = null)
    {
        HttpRequestMessage request = new(method, path);
        if (header is not null) request.Headers.TryAddWithoutValidation(header, value);
        return Client.Send(request);
    }

    public HttpResponseMessage Get(string path, string? header = null, string? value = null) =>
        Send(HttpMethod.Get, path, header, value);

    public static string Text(HttpResponseMessage answer)
    {
        using var body = answer.Content.ReadAsStream();
        byte[] bytes = new byte[1 << 20];
        int length = 0, got;
        while ((got = body.Read(bytes, length, bytes.Length - length)) > 0) length += got;
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    public static JsonElement Json(HttpResponseMessage answer) => JsonDocument.Parse(Text(answer)).RootElement;

    /// <summary>As the daemon does when it stops.</summary>
    public void EndStreams() => _stopping.Cancel();

    public void Dispose()
    {
        Client.Dispose();
        EndStreams();
        _server.Stop(TimeSpan.Zero);
        _server.Dispose();
    }
}
