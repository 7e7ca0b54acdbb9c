using System;
using System.Buffers.Binary;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Ingest.Security;
using Slungd.Native.Memory;
using Slungd.Native.Os;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Ingest.Protocols.Otlp;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class OtlpGrpcTests : IDisposable
{
    private const int MaxBody = 100_000;
    private const string Method = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    private readonly FakeEventSink _sink = new(new FakeSeriesReader(Precision.Microseconds));
    private readonly MetadataStore _metadata = new(100);
    private readonly ExemplarStore _exemplars = new(100, 1 << 20);
    private readonly CollectedLog _log = new();
    private readonly HttpRoute _route;
    private readonly HttpServer _server;
    private readonly HttpClient _client;

    public OtlpGrpcTests()
    {
        Limits limits = new() { MaxHoldBackSeconds = 0, MaxBodyBytes = MaxBody };
        Intake intake = new(_sink, limits, TimeProvider.System);
        DeltaTable deltas = new(1 << 20, HistogramPayload.Add);
        OtlpExport export = new(_sink, intake, _metadata, _exemplars, deltas, new ByteBudget(1 << 20));
        OtlpGrpcRoutes routes = new(export, new RequestBodies(new ByteBudget(4 << 20), MaxBody));
        _route = routes.All().Single();
        HttpDoor door = new([_route], new OriginPolicy([], []),
            new Admission(null, _sink, TimeProvider.System, NullLogger.Instance, NullLogger.Instance), true, _log,
            TimeProvider.System, limits, new HttpRoute("other grpc") { Error = GrpcAnswer.Error });
        _server = HttpServer.Start(new IPEndPoint(IPAddress.Loopback, 0), door, limits, _log, isGrpc: true);
        _client = new HttpClient { BaseAddress = new Uri($"http://{_server.Address}") };
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Stop(TimeSpan.Zero);
        _server.Dispose();
        _metadata.Dispose();
        _exemplars.Dispose();
    }

    private static byte[] Gauge(params ulong[] times) => OtlpMessages.Request(OtlpMessages.Metric("g", "", 5, 0, false,
        [.. times.Select(static time => OtlpMessages.Number(time, 1))]));

    private static byte[] Frame(byte[] message, byte flag = 0)
    {
        byte[] frame = [flag, 0, 0, 0, 0, .. message];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), message.Length);
        return frame;
    }

    private HttpResponseMessage Send(byte[] body, string path = Method, string? coding = null,
        string type = "application/grpc")
    {
        HttpRequestMessage request = new(HttpMethod.Post, path)
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(body),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (coding is not null) request.Headers.Add("grpc-encoding", coding);
        return _client.SendAsync(request).GetAwaiter().GetResult();
    }

    /// <summary>`status message bytes-of-the-answer`.</summary>
    private string Call(byte[] body, string path = Method, string? coding = null)
    {
        HttpResponseMessage answer = Send(body, path, coding);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/grpc", answer.Content.Headers.ContentType!.MediaType);
        using MemoryStream bytes = new();
        answer.Content.CopyTo(bytes, null, default);
        string Said(string name) => answer.TrailingHeaders.TryGetValues(name, out var values)
            || answer.Headers.TryGetValues(name, out values) ? values.Single() : "";
        return $"{Said("grpc-status")} {Said("grpc-message")} {Convert.ToHexString(bytes.ToArray())}";
    }

    [Fact]
    public void PointsAreKeptBeforeTheAnswer()
    {
        Assert.Equal("0  0000000000", Call(Frame(Gauge(1, 2, 3))));
        Assert.Equal(1UL, _sink.Commits);
        Assert.Equal("0  0000000000", Call(Frame([])));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public void CompressedMessagesAreTaken(string coding)
    {
        using MemoryStream packed = new();
        using (Stream stream = coding == "gzip" ? new GZipStream(packed, CompressionLevel.Fastest)
            : new ZLibStream(packed, CompressionLevel.Fastest)) stream.Write(Gauge(1, 2));
        Assert.Equal("0  0000000000", Call(Frame(packed.ToArray(), flag: 1), coding: coding));
        Assert.Equal("0  0000000000", Call(Frame(Gauge(1)), coding: coding)); // not compressed, as the flag says
        Assert.Equal(2UL, _sink.Commits);
    }

    /// <summary>Some bytes, and then nothing.</summary>
    private sealed class Unfinished : HttpContent
    {
        protected override bool TryComputeLength(out long length)
        {
            length = 1_000;
            return true;
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context,
            CancellationToken cancellationToken)
        {
            await stream.WriteAsync(Frame(new byte[995]).AsMemory(0, 20), cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }
    }

    [Fact]
    public async Task WhoTakesACallBackIsNoFailureOfOurs()
    {
        const int Times = 10;
        for (int i = 0; i < Times; i++)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, Method)
            {
                Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = new Unfinished(),
            };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
            using CancellationTokenSource enough = new();
            Task call = _client.SendAsync(request, enough.Token);
            await Task.Delay(20); // most often in the midst of the call
            await enough.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        }
        Call(Frame([]));
        Assert.True(SpinWait.SpinUntil(() => _route.Answers(4) >= 1, Patience.Limit));
        Assert.Equal((1, 0), (_route.Answers(2), _route.Answers(5)));
        Assert.Empty(_log.Lines);
    }

    [Fact]
    public void APartialSuccessIsNoError()
    {
        _sink.OldestAccepted = 2_000;
        Assert.StartsWith("0  00000000", Call(Frame(Gauge(1, 2))), StringComparison.Ordinal);
        Assert.EndsWith(Convert.ToHexString("than the retention keeps"u8), Call(Frame(Gauge(1, 2))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void EachMistakeHasItsCode()
    {
        Assert.StartsWith("3 expected an ExportMetricsServiceRequest", Call(Frame(Gauge(1)[..^1])),
            StringComparison.Ordinal);
        Assert.Equal("3 expected one whole gRPC message ", Call(Frame(Gauge(1))[..^1]));
        Assert.Equal("3 expected one whole gRPC message ", Call([.. Frame(Gauge(1)), 0]));
        Assert.Equal("3 expected one whole gRPC message ", Call([0, 0]));
        Assert.Equal("3 expected one whole gRPC message ", Call(Frame(Gauge(1), flag: 2)));
        Assert.StartsWith("3 expected grpc-encoding", Call(Frame(Gauge(1), flag: 1)), StringComparison.Ordinal);
        Assert.StartsWith("3 the body can't be unpacked", Call(Frame(Gauge(1), flag: 1), coding: "gzip"),
            StringComparison.Ordinal);
        Assert.StartsWith("12 ", Call(Frame(Gauge(1), flag: 1), coding: "br"), StringComparison.Ordinal);
        foreach (int length in (int[])[MaxBody + 1, MaxBody + 200_000, 20 * MaxBody])
        {
            Assert.StartsWith("8 expected a body of at most", Call(Frame(new byte[length])), StringComparison.Ordinal);
        }
        Assert.StartsWith("3 expected an ExportMetricsServiceRequest", Call(Frame(new byte[MaxBody])),
            StringComparison.Ordinal);
        const string other = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
        Assert.Equal("12 no such path ", Call(Frame([]), other));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, Send(Gauge(1), type: "application/json").StatusCode);
        Assert.Equal("0  0000000000", Call(Frame(Gauge(1))));
    }

    [Fact]
    public void WhoPacksInAnotherWayIsToldWhichAreTaken() => Assert.Equal(
        "identity,gzip,deflate" + (ZstdDecoder.IsAvailable ? ",zstd" : ""),
        Send(Frame(Gauge(1), flag: 1), Method, "br").Headers.GetValues("grpc-accept-encoding").Single());

    [Theory]
    [InlineData(nameof(SinkState.MemoryShort))]
    [InlineData(nameof(SinkState.DiskShort))]
    public void OverloadAsksToTryAgain(string state)
    {
        _sink.State = Enum.Parse<SinkState>(state);
        _sink.StateReason = "100 % full: ü";
        Assert.Equal("14 100 %25 full: %C3%BC ", Call(Frame(Gauge(1))));
        string details = Send(Frame(Gauge(1))).Headers.GetValues("grpc-status-details-bin").Single();
        Assert.Contains(Convert.ToHexString([.. "google.rpc.RetryInfo"u8, 0x12, 4, 0x0a, 2, 8, 1]),
            Convert.ToHexString(Convert.FromBase64String(details.PadRight((details.Length + 3) / 4 * 4, '='))),
            StringComparison.Ordinal);
    }
}
