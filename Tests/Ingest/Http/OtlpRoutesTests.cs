using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.Otlp;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Memory;
using Slungd.Tests.Ingest.Protocols.Otlp;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using Xunit;
using static Slungd.Tests.Ingest.Http.IntakeFixture;

namespace Slungd.Tests.Ingest.Http;

public sealed class OtlpRoutesTests : IDisposable
{
    private readonly IntakeFixture _door;
    private OtlpExport _export = null!;

    public OtlpRoutesTests() => _door = new IntakeFixture(door =>
    {
        DeltaTable deltas = new(1 << 20, HistogramPayload.Add);
        _export = new OtlpExport(door.Sink, door.Intake, door.Metadata, door.Exemplars, deltas,
            new ByteBudget(1 << 20));
        return new OtlpRoutes(_export, door.Bodies).All();
    });

    public void Dispose() => _door.Dispose();

    private static byte[] Gauge(params ulong[] times) => OtlpMessages.Request(OtlpMessages.Metric("g", "", 5, 0, false,
        [.. times.Select(static time => OtlpMessages.Number(time, 1))]));

    private HttpResponseMessage Post(byte[] body, string type = "application/x-protobuf", string? coding = null,
        string path = "/v1/metrics") => _door.Post(body, path, coding, type);

    private static byte[] BytesOf(HttpResponseMessage answer)
    {
        using MemoryStream bytes = new();
        answer.Content.ReadAsStream().CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>`code message` of a google.rpc.Status, or `rejected message` of a partial success.</summary>
    private static string Message(ReadOnlySpan<byte> message)
    {
        ulong number = 0;
        string text = "";
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            if (fields.Field == 1) number = fields.Number;
            else text = Encoding.UTF8.GetString(fields.Bytes);
        }
        return $"{number} {text}";
    }

    [Theory]
    [InlineData("/v1/metrics", "application/x-protobuf")]
    [InlineData("/api/v1/otlp/v1/metrics", "Application/X-Protobuf; charset=utf-8")]
    public void PointsAreKeptBeforeTheAnswer(string path, string type)
    {
        HttpResponseMessage answer = Post(Gauge(1, 2, 3), type, path: path);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/x-protobuf", answer.Content.Headers.ContentType!.MediaType);
        Assert.Empty(BytesOf(answer));
        Assert.Equal(1UL, _door.Sink.Commits);
        Assert.Equal((1, 3), (_export.Counters.Messages, _export.Counters.Points));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public void PackedBodiesAreTaken(string coding)
    {
        using MemoryStream packed = new();
        using (Stream stream = coding == "gzip" ? new GZipStream(packed, CompressionLevel.Fastest)
            : new ZLibStream(packed, CompressionLevel.Fastest)) stream.Write(Gauge(1, 2));
        Assert.Equal(HttpStatusCode.OK, Post(packed.ToArray(), coding: coding).StatusCode);
        Assert.Equal(1UL, _door.Sink.Commits);
    }

    [Fact]
    public void APartialSuccessSaysHowManyPointsWereRejected()
    {
        _door.Sink.OldestAccepted = 2_000;
        HttpResponseMessage answer = Post(Gauge(1, 2, 3));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var response = new ProtoReader(BytesOf(answer));
        Assert.True(response.MoveNext());
        Assert.Equal("1 1 of 3 points refused, the first (point 0): older than the retention keeps",
            Message(response.Bytes));
        Assert.Equal(0, _export.Counters.Malformed);
        Assert.Equal(HttpStatusCode.OK, Post(Gauge(0, 3)).StatusCode); // a point without a time
        Assert.Equal((4, 1), (_export.Counters.Points, _export.Counters.Malformed));
    }

    /// <summary>opentelemetry.io/docs/specs/otlp, "Partial Success": with no point rejected the message is a warning.
    /// </summary>
    [Fact]
    public void AWarningRejectsNoPoint()
    {
        const string warning = "1 attributes of a resource are not in target_info, the first 'a': expected at most 256 "
            + "labels, each with a name, of at most 65535 bytes";
        string text = new('x', 65_536);
        HttpResponseMessage answer = Post(OtlpMessages.Request(new ProtoMessage()
            .Add(1, OtlpMessages.Attribute("service.name", "shop")).Add(1, OtlpMessages.Attribute("a", text))
            .Add(1, OtlpMessages.Attribute("b", "c")), new ProtoMessage().Add(2,
            OtlpMessages.Metric("g", "", OtlpMessages.Gauge, 0, false, OtlpMessages.Number(1, 1)))));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var response = new ProtoReader(BytesOf(answer));
        Assert.True(response.MoveNext());
        Assert.Equal("0 " + warning, Message(response.Bytes));
        byte[] json = Encoding.UTF8.GetBytes($$$"""
            {"resourceMetrics":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},
            {"key":"a","value":{"stringValue":"{{{text}}}"}},{"key":"b","value":{"stringValue":"c"}}]},"scopeMetrics":
            [{"metrics":[{"name":"g","gauge":{"dataPoints":[{"timeUnixNano":"1000000","asInt":"1"}]}}]}]}]}
            """);
        Assert.Equal("{\"partialSuccess\":{\"rejectedDataPoints\":\"0\",\"errorMessage\":\"" + warning + "\"}}",
            HttpFixture.Text(Post(json, "application/json")));
        Assert.Equal(4, _export.Counters.Points);
    }

    [Fact]
    public void WhatCantBeReadIsABadRequest()
    {
        HttpResponseMessage cut = Post(Gauge(1)[..^1]);
        Assert.Equal(HttpStatusCode.BadRequest, cut.StatusCode);
        Assert.Equal("application/x-protobuf", cut.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("3 expected an ExportMetricsServiceRequest", Message(BytesOf(cut)), StringComparison.Ordinal);
        Assert.Equal(1, _export.Counters.Malformed);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, Post(Gauge(1), type: "text/plain").StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, Post(Gauge(1), coding: "br").StatusCode);
        HttpResponseMessage packed = Post([1, 2, 3], coding: "gzip");
        Assert.Equal(HttpStatusCode.BadRequest, packed.StatusCode);
        Assert.StartsWith("3 the body can't be unpacked", Message(BytesOf(packed)), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, Post(new byte[MaxBody + 200_000]).StatusCode);
    }

    [Fact]
    public void JsonIsAnsweredInJson()
    {
        const string json = "application/json";
        byte[] gauge = Encoding.UTF8.GetBytes("""
            {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","gauge":{"dataPoints":[
            {"timeUnixNano":"1000000","asInt":"1"},{"timeUnixNano":3000000,"asDouble":1.5}]}}]}]}]}
            """);
        Assert.Equal("{}", HttpFixture.Text(Post(gauge, json)));
        Assert.Equal(2, _export.Counters.Points);
        _door.Sink.OldestAccepted = 2_000;
        Assert.Equal("{\"partialSuccess\":{\"rejectedDataPoints\":\"1\",\"errorMessage\":\"1 of 2 points refused,"
            + " the first (point 0): older than the retention keeps\"}}", HttpFixture.Text(Post(gauge, json)));
        HttpResponseMessage cut = Post(gauge[..40], json);
        Assert.Equal((HttpStatusCode.BadRequest, 3),
            (cut.StatusCode, HttpFixture.Json(cut).GetProperty("code").GetInt32()));
        Assert.Equal(HttpStatusCode.BadRequest, Post([], json).StatusCode);
        Assert.Equal(2, _export.Counters.Malformed);
    }

    [Theory]
    [InlineData(nameof(SinkState.MemoryShort))]
    [InlineData(nameof(SinkState.DiskShort))] // not 507: senders would drop the points
    [InlineData(nameof(SinkState.Recovering))]
    public void OverloadAsksToTryAgain(string state)
    {
        _door.Sink.State = Enum.Parse<SinkState>(state);
        _door.Sink.StateReason = "because";
        HttpResponseMessage answer = Post(Gauge(1));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "14 because"), (answer.StatusCode, Message(BytesOf(answer))));
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter!.Delta);
    }
}
