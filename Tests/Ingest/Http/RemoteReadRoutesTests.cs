using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Http;
using Slungd.Ingest.Http.Prometheus;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Ingest.Protocols.RemoteRead;
using Slungd.Ingest.Protocols.RemoteWrite;
using Slungd.Ingest.Protocols.Snappy;
using Slungd.Native.Bits;
using Slungd.Native.Memory;
using Slungd.Tests.Engine.Store;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using Slungd.Tests.Ingest.Protocols.RemoteRead;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class RemoteReadRoutesTests : IDisposable
{
    private readonly StoreFixture _store = new();
    private readonly QueryGate _queries = new(maxRunning: 2, maxWaiting: 0);
    private readonly HttpFixture _http;

    public RemoteReadRoutesTests()
    {
        ApiGate gate = new(_store.Store, _queries);
        RequestBodies bodies = new(new ByteBudget(4 << 20), 1 << 20);
        RemoteReadRoutes routes = new(_store.Store, gate, bodies, new Limits());
        _http = new HttpFixture(routes: [.. routes.All()]);
        for (int i = 0; i < 300; i++)
        {
            _store.Put(_store.Series("up", tags: ["job=b"]), i * 1_000_000L, i);
            _store.Put(_store.Series("up", tags: ["job=a"]), i * 1_000_000L, -i);
        }
        _store.Put(_store.Series("up", tags: ["job=a"]), 5_000_001, 77); // inside the same millisecond, later
    }

    public void Dispose()
    {
        _http.Dispose();
        _queries.Dispose();
        _store.Dispose();
    }

    internal static ProtoMessage Matcher(int type, string name, string value) =>
        new ProtoMessage().Number(1, (ulong)type).Add(2, name).Add(3, value);

    internal static ProtoMessage Query(long start, long end, params ProtoMessage[] matchers)
    {
        ProtoMessage query = new ProtoMessage().Number(1, (ulong)start).Number(2, (ulong)end);
        foreach (ProtoMessage matcher in matchers) query.Add(3, matcher);
        return new ProtoMessage().Add(1, query);
    }

    private HttpResponseMessage Post(ProtoMessage request)
    {
        ByteArrayContent content = new(RemoteWriteRoutesTests.Snappy(request.Bytes));
        content.Headers.ContentEncoding.Add("snappy");
        return _http.Client.Send(new HttpRequestMessage(HttpMethod.Post, "/api/v1/read") { Content = content });
    }

    private static byte[] BytesOf(HttpResponseMessage answer)
    {
        using MemoryStream bytes = new();
        answer.Content.ReadAsStream().CopyTo(bytes);
        return bytes.ToArray();
    }

    internal static List<string> Samples(HttpResponseMessage answer)
    {
        byte[] packed = BytesOf(answer);
        Assert.True(SnappyBlock.TryReadLength(packed, out int length));
        byte[] body = new byte[length];
        Assert.True(SnappyBlock.TryDecode(packed, body));
        List<string> lines = [];
        var response = new ProtoReader(body);
        while (response.MoveNext())
        {
            var result = new ProtoReader(response.Bytes);
            while (result.MoveNext()) lines.Add(ShowSeries(result.Bytes));
        }
        return lines;
    }

    private static string ShowSeries(ReadOnlySpan<byte> series)
    {
        StringBuilder line = new();
        var fields = new ProtoReader(series);
        while (fields.MoveNext())
        {
            var inner = new ProtoReader(fields.Bytes);
            if (fields.Field == 1)
            {
                while (inner.MoveNext())
                    line.Append(Encoding.UTF8.GetString(inner.Bytes)).Append(inner.Field == 1 ? '=' : ' ');
            }
            else if (fields.Field == 2)
            {
                inner.MoveNext();
                double value = inner.Double;
                inner.MoveNext();
                line.Append(CultureInfo.InvariantCulture, $"{value}@{inner.Int64} ");
            }
            else
            {
                HistogramMessage message = new();
                Assert.True(message.TryRead(fields.Bytes, out bool isConsistent) && isConsistent);
                Assert.True(HistogramCodec.TryDecode(HistogramPayload.Encode(message), out FloatHistogram histogram));
                line.Append(CultureInfo.InvariantCulture, $"{histogram}@{message.Timestamp} ");
            }
        }
        return line.ToString().TrimEnd();
    }

    [Fact]
    public void SamplesComeInOneBlock()
    {
        HttpResponseMessage answer = Post(Query(4_000, 6_000, Matcher(0, "__name__", "up"), Matcher(2, "job", "a|b")));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/x-protobuf", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(["__name__=up job=a -4@4000 77@5000 -6@6000", "__name__=up job=b 4@4000 5@5000 6@6000"],
            Samples(answer));
        Assert.Equal(["__name__=up job=b 0@0"], Samples(Post(Query(-9, 999, Matcher(1, "job", "a")))));
        Assert.Empty(Samples(Post(Query(4_000, 6_000, Matcher(3, "job", ".+")))));
    }

    [Fact]
    public void HistogramsComeAsSamples()
    {
        FloatHistogram histogram = new() { Schema = 1, Count = 6.5, Sum = 7.5, ZeroCount = 1, ZeroThreshold = 0.001 };
        foreach (int index in (int[])[-3, -2, 4]) histogram.Positive.Append(index, index + 10);
        histogram.Negative.Append(2, 2);
        WriteBatch batch = new(_store.Store);
        batch.BeginSeries("latency"u8);
        batch.AddPayload(ValueFamily.Histogram, 10_000_000, HistogramCodec.Encode(histogram));
        batch.Commit();
        Assert.Equal([$"__name__=latency {histogram}@10000"],
            Samples(Post(Query(0, 20_000, Matcher(0, "__name__", "latency")))));
    }

    /// <summary>Floats and histograms of the same labels are one series, in the order of time.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void MixedSeriesComeAsOne(bool takesChunks)
    {
        WriteBatch batch = new(_store.Store);
        batch.BeginSeries("mixed"u8);
        for (int i = 0; i < 10; i++) batch.AddFloat(i * 1_000_000, i);
        for (int i = 20; i < 25; i++) batch.AddFloat(i * 1_000_000, i);
        batch.BeginSeries("mixed"u8);
        batch.AddTag(SeriesLabels.HistogramTag);
        for (int i = 10; i < 20; i++)
        {
            FloatHistogram histogram = new() { Count = i == 15 ? 1 : i, ZeroCount = i == 15 ? 1 : i };
            batch.AddPayload(ValueFamily.Histogram, i * 1_000_000, HistogramCodec.Encode(histogram));
        }
        batch.Commit();
        ProtoMessage request = Query(0, 100_000, Matcher(0, "__name__", "mixed"));
        if (takesChunks)
        {
            Assert.Equal(["mixed float 0..9000 histogram 10000..14000 histogram 15000..19000 "
                + "float 20000..24000 sum 286"], Frames(Post(request.Packed(2, 1))));
            return;
        }
        string series = Assert.Single(Samples(Post(request)));
        Assert.StartsWith("__name__=mixed 0@0 1@1000 ", series, StringComparison.Ordinal);
        Assert.Contains(" {count:19, sum:0, [-0,0]:19}@19000 20@20000 ", series);
    }

    [Fact]
    public void ChunksAreStreamedInFrames()
    {
        HttpResponseMessage answer = Post(Query(0, 1_000_000, Matcher(0, "__name__", "up")).Packed(2, 1, 0));
        Assert.StartsWith("application/x-streamed-protobuf", answer.Content.Headers.ContentType!.ToString(),
            StringComparison.Ordinal);
        Assert.Equal(["up a float 0..119000 float 120000..239000 float 240000..299000 sum -44768",
            "up b float 0..119000 float 120000..239000 float 240000..299000 sum 44850"], Frames(answer));
    }

    private static List<string> Frames(HttpResponseMessage answer)
    {
        byte[] stream = BytesOf(answer);
        List<string> shown = [];
        for (int at = 0; at < stream.Length;)
        {
            Assert.True(Varint.TryRead(stream, ref at, out ulong length));
            ReadOnlySpan<byte> frame = stream.AsSpan(at + 4, (int)length);
            Assert.Equal(Crc32C.Of(frame), BinaryPrimitives.ReadUInt32BigEndian(stream.AsSpan(at)));
            at += 4 + (int)length;
            shown.Add(ShowFrame(frame));
        }
        return shown;
    }

    private static string ShowFrame(ReadOnlySpan<byte> frame)
    {
        string labels = "", chunks = "";
        double sum = 0;
        var response = new ProtoReader(frame);
        Assert.True(response.MoveNext());
        var series = new ProtoReader(response.Bytes);
        while (series.MoveNext())
        {
            var inner = new ProtoReader(series.Bytes);
            long min = 0, max = 0, type = 0;
            while (inner.MoveNext())
            {
                if (series.Field == 1 && inner.Field == 2) labels += Encoding.UTF8.GetString(inner.Bytes) + " ";
                if (series.Field != 2) continue;
                if (inner.Field == 1) min = inner.Int64;
                if (inner.Field == 2) max = inner.Int64;
                if (inner.Field == 3) type = inner.Int64;
                if (inner.Field != 4) continue;
                List<(long Time, double Value)> samples = type == 1
                    ? XorChunkTests.Decode(inner.Bytes).ConvertAll(static sample =>
                        (sample.Time, BitConverter.UInt64BitsToDouble(sample.Bits)))
                    : HistogramChunkReader.Read(inner.Bytes.ToArray()).ConvertAll(static sample =>
                        (sample.Time, sample.Histogram.Count));
                Assert.Equal((min, max), (samples[0].Time, samples[^1].Time));
                foreach ((_, double value) in samples) sum += value;
                chunks += $"{(type == 1 ? "float" : "histogram")} {min}..{max} ";
            }
        }
        return string.Create(CultureInfo.InvariantCulture, $"{labels}{chunks}sum {sum}");
    }

    [Fact]
    public void WhatIsNoRequestIsABadOne()
    {
        Assert.Equal(HttpStatusCode.BadRequest, Post(new ProtoMessage().Number(1, 1)).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, Post(Query(0, 1, Matcher(4, "a", "b"))).StatusCode);
        byte[] large = Query(0, 1, Matcher(0, "a", new string('x', ReadRequest.MaxBytes))).Bytes;
        Assert.Null(ReadRequest.TryRead(large, out string error));
        Assert.Equal("expected a remote read message of at most 1048576 bytes", error);
        HttpResponseMessage answer = Post(Query(0, 1, Matcher(2, "a", "(")));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith("the matcher of a: ", HttpFixture.Json(answer).GetProperty("error").GetString(),
            StringComparison.Ordinal);
    }
}
