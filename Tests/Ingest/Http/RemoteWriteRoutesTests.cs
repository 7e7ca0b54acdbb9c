using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Threading.Tasks;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.Snappy;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using Slungd.Tests.Ingest.Protocols.RemoteWrite;
using Xunit;
using static Slungd.Tests.Ingest.Http.IntakeFixture;

namespace Slungd.Tests.Ingest.Http;

public sealed class RemoteWriteRoutesTests : IDisposable
{
    private readonly IntakeFixture _door;
    private RemoteWriteRoutes _routes = null!;

    public RemoteWriteRoutesTests() => _door = new IntakeFixture(door =>
    {
        _routes = new RemoteWriteRoutes(door.Sink, door.Intake, door.Bodies, door.CacheBudget, door.Metadata,
            door.Exemplars);
        return _routes.All();
    });

    public void Dispose() => _door.Dispose();

    internal static byte[] Snappy(byte[] bytes)
    {
        byte[] into = new byte[SnappyBlock.MaxEncodedLength(bytes.Length)];
        return into[..SnappyBlock.Encode(bytes, into)];
    }

    private static ProtoMessage Body(params double[] values)
    {
        ProtoMessage series = RemoteWriteDecoderTests.Series("__name__:up", "job:x");
        for (int i = 0; i < values.Length; i++) series.Add(2, RemoteWriteDecoderTests.Sample(values[i], i));
        return new ProtoMessage().Add(1, series);
    }

    private HttpResponseMessage Post(byte[] body, string? coding = "snappy", string? type = "application/x-protobuf") =>
        _door.Post(body, "/api/v1/write", coding, type);

    private static string Written(HttpResponseMessage answer, string what) =>
        answer.Headers.GetValues($"X-Prometheus-Remote-Write-{what}-Written").Single();

    [Theory]
    [InlineData("snappy", "application/x-protobuf")]
    [InlineData(null, "application/x-protobuf;proto=prometheus.WriteRequest")]
    [InlineData("SNAPPY", null)]
    public void PointsAreKeptBeforeTheAnswer(string? coding, string? type)
    {
        HttpResponseMessage answer = Post(Snappy(Body(1, 2, 3).Bytes), coding, type);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(1UL, _door.Sink.Commits);
        Assert.Equal((1, 3, 0), (_routes.Counters.Messages, _routes.Counters.Points, _routes.Counters.Malformed));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("identity")]
    public void OtherCodingsAreTaken(string coding)
    {
        byte[] body = Body(1, 2).Bytes;
        using MemoryStream packed = new();
        using (Stream stream = coding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new BufferedStream(packed),
        })
        {
            stream.Write(body);
            stream.Flush();
            Assert.Equal(coding is "identity", packed.ToArray().SequenceEqual(body));
            stream.Dispose();
            body = coding is "identity" ? body : packed.ToArray();
        }
        Assert.Equal(HttpStatusCode.NoContent, Post(body, coding).StatusCode);
    }

    [Fact]
    public void WhatCantBeReadIsABadRequest()
    {
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, Post(Snappy(Body(1).Bytes), "br").StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, Post(Snappy(Body(1).Bytes), type: "text/plain").StatusCode);
        const string later = "application/x-protobuf;proto=io.prometheus.write.v3.Request";
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, Post(Snappy(Body(1).Bytes), type: later).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, Post([1, 2, 3]).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, Post([1, 2, 3], "gzip").StatusCode);
        HttpResponseMessage cut = Post(Snappy(Body(1).Bytes[..^1]));
        Assert.Equal(HttpStatusCode.BadRequest, cut.StatusCode);
        Assert.Contains("it is malformed at or behind series", ErrorOf(cut), StringComparison.Ordinal);
        Assert.Equal(1, _routes.Counters.Malformed);
    }

    [Fact]
    public void ABombIsRefusedBeforeItIsUnpacked()
    {
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, Post(Snappy(new byte[MaxBody + 200_000])).StatusCode);
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest)) gzip.Write(new byte[10_000_000]);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, Post(packed.ToArray(), "gzip").StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, Post(Snappy(Body(1).Bytes)).StatusCode);
    }

    [Fact]
    public void OneBadSampleLeavesItsNeighbours()
    {
        _door.Sink.OldestAccepted = 1_000;
        HttpResponseMessage answer = Post(Snappy(Body(7, 8, 9).Bytes));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("1 of 3 points refused, the first (point 0): older than the retention keeps", ErrorOf(answer));
        Assert.Equal(1UL, _door.Sink.Commits);
    }

    [Fact]
    public void Version2SaysWhatItWrote()
    {
        _door.Sink.OldestAccepted = 1_000;
        ProtoMessage series = new ProtoMessage().Packed(1, 1, 2);
        for (int i = 0; i < 3; i++) series.Add(2, RemoteWriteDecoderTests.Sample(i, i));
        ProtoMessage exemplar = new ProtoMessage().Packed(1, 2, 2).Double(2, 5).Number(3, 9);
        series.Add(4, exemplar).Add(5, new ProtoMessage().Number(1, 2).Number(3, 3));
        ProtoMessage body = new ProtoMessage().Add(4, "").Add(4, "__name__").Add(4, "up").Add(4, "Help.")
            .Add(5, series);
        HttpResponseMessage answer =
            Post(Snappy(body.Bytes), type: "application/x-protobuf;proto=io.prometheus.write.v2.Request");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(("2", "0", "1"),
            (Written(answer, "Samples"), Written(answer, "Histograms"), Written(answer, "Exemplars")));
        Exemplar kept = _door.Exemplars.Read(TimeRange.All).Single();
        Assert.Equal([("__name__", "up")], Exemplar.Read(kept.Series));
        Assert.Equal((9_000, 5), (kept.Timestamp, kept.Value));
    }

    [Theory]
    [InlineData(nameof(SinkState.MemoryShort), HttpStatusCode.ServiceUnavailable)]
    [InlineData(nameof(SinkState.DiskShort), HttpStatusCode.InsufficientStorage)]
    [InlineData(nameof(SinkState.Recovering), HttpStatusCode.ServiceUnavailable)]
    [InlineData(nameof(SinkState.Stopping), HttpStatusCode.ServiceUnavailable)]
    public void OverloadAsksToTryAgain(string state, HttpStatusCode status)
    {
        _door.Sink.State = Enum.Parse<SinkState>(state);
        _door.Sink.StateReason = "because";
        HttpResponseMessage answer = Post(Snappy(Body(1).Bytes));
        Assert.Equal((status, "because"), (answer.StatusCode, ErrorOf(answer)));
        Assert.Equal(TimeSpan.FromSeconds(1), answer.Headers.RetryAfter!.Delta);
        Assert.Equal(0UL, _door.Sink.Commits);
    }

    [Fact]
    public async Task TheAnswerWaitsForTheLog()
    {
        _door.Sink.KeepsAtOnce = false;
        Task<HttpResponseMessage> post = Task.Factory.StartNew(() => Post(Snappy(Body(1).Bytes)),
            TaskCreationOptions.LongRunning);
        while (_door.Sink.Commits == 0) await Task.Yield();
        Assert.False(post.IsCompleted);
        _door.Sink.Keep(1);
        Assert.Equal(HttpStatusCode.NoContent, (await post).StatusCode);
    }
}
