using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Http.Prometheus;
using Slungd.Ingest.Protocols.MetricLines;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class ExportRoutesTests : IDisposable
{
    private readonly StoreFixture _store = new();
    private readonly QueryGate _queries = new(maxRunning: 2, maxWaiting: 8);
    private readonly HttpFixture _http;

    public ExportRoutesTests() =>
        _http = new HttpFixture(routes: [.. new ExportRoutes(_store.Store, new ApiGate(_store.Store, _queries)).All()]);

    public void Dispose()
    {
        _http.Dispose();
        _queries.Dispose();
        _store.Dispose();
    }

    [Fact]
    public void LinesAreShown()
    {
        SeriesId up = _store.Series("up", tags: ["job=x", "muted"]);
        double[] values = [1, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e300, -0.5,
            Math.ScaleB(1, -25)];
        for (int i = 0; i < values.Length; i++) _store.Put(up, i * 1_000_000L, values[i]);
        Assert.Equal("""
            {"metric":{"__name__":"up","job":"x","muted":"true"},
            "values":[1,null,"Infinity","-Infinity",1e+300,-0.5,2.9802322387695312e-08],
            "timestamps":[0,1000,2000,3000,4000,5000,6000]}
            """.ReplaceLineEndings("") + "\n", HttpFixture.Text(_http.Get("/api/v1/export?match[]=up")));
        Assert.Equal("""
            {"metric":{"__name__":"up","job":"x","muted":"true"},"values":[1e+300],"timestamps":[4000]}

            """.ReplaceLineEndings("\n"), HttpFixture.Text(_http.Get("/api/v1/export?match[]=up&start=3.5&end=4.5")));
        Assert.Equal("", HttpFixture.Text(_http.Get("/api/v1/export?match[]=none")));
        Assert.Equal(HttpStatusCode.BadRequest, _http.Get("/api/v1/export").StatusCode);
    }

    [Fact]
    public void LinesWithRoundedTimesSaySo()
    {
        SeriesId fine = _store.Series("fine"), whole = _store.Series("whole");
        for (int i = 0; i < 10_000; i++) _store.Put(fine, i * 1_000L, i);
        _store.Put(fine, 10_000_001L, 1);
        _store.Put(fine, 10_000_002L, 2);
        _store.Put(whole, -1_000L, 1);
        string[] lines = HttpFixture.Text(_http.Get("/api/v1/export?match[]=fine")).Split('\n');
        Assert.EndsWith(",9998,9999]}", lines[0]);
        Assert.Equal("""
            {"metric":{"__name__":"fine"},"values":[2],"timestamps":[10000],"rounded":true}
            """, lines[1]);
        Assert.EndsWith("[-1]}\n", HttpFixture.Text(_http.Get("/api/v1/export?match[]=whole")));
    }

    /// <summary>Times that the store has and milliseconds have, too.</summary>
    [Theory]
    [InlineData("ms", 1, long.MaxValue)]
    [InlineData("us", 1_000, long.MaxValue / 1_000)]
    [InlineData("s", 1, long.MaxValue / 1_000 * 1_000)]
    public void TheFirstAndTheLastTimeAreShown(string unit, long unitsPerMillisecond, long last)
    {
        Precisions.TryParse(unit, out Precision precision);
        using StoreFixture store = new(options => options with { Precision = precision });
        long most = unit == "s" ? last / 1_000 : long.MaxValue;
        long least = -(most / unitsPerMillisecond) * unitsPerMillisecond;
        SeriesId series = store.Series("ends");
        store.Put(series, least, 1);
        store.Put(series, most, 2);
        if (unit == "s") store.Put(series, most + 1, 3); // no millisecond is so late
        ExportRoutes routes = new(store.Store, new ApiGate(store.Store, _queries));
        using HttpFixture http = new(routes: [.. routes.All()]);
        string rounded = unit == "us" ? ",\"rounded\":true" : "";
        string times = $"\"timestamps\":[{-last},{last}]{rounded}";
        Assert.Equal($$"""{"metric":{"__name__":"ends"},"values":[1,2],{{times}}}""" + "\n",
            HttpFixture.Text(http.Get("/api/v1/export?match[]=ends")));
    }

    [Theory]
    [InlineData("up", 1_000)]
    [InlineData("none", 0)]
    public void LinesArePackedForWhoTakesThat(string selector, int lines)
    {
        for (int i = 0; i < 1_000; i++) _store.Put(_store.Series("up", tags: ["i=" + i]), 0, i);
        string path = "/api/v1/export?match[]=" + selector;
        using HttpResponseMessage answer = _http.Get(path, "Accept-Encoding", "gzip");
        Assert.Equal(["gzip"], answer.Content.Headers.ContentEncoding);
        Assert.Equal(["Accept-Encoding"], answer.Headers.Vary);
        using GZipStream unpacked = new(answer.Content.ReadAsStream(), CompressionMode.Decompress);
        using StreamReader reader = new(unpacked);
        Assert.Equal(lines, reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    /// <summary>More than there are turns.</summary>
    [Fact]
    public void ThoseWhoReadNothingStopNoOthers()
    {
        SeriesId series = _store.Series("big");
        for (int i = 0; i < 300_000; i++) _store.Put(series, i * 1_000_000L, i * 1.1);
        List<Socket> stalled = [];
        try
        {
            for (int i = 0; i < 5; i++)
            {
                Socket client = new(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
                client.ReceiveTimeout = 60_000;
                stalled.Add(client);
                client.Connect(_http.Address);
                client.Send(Encoding.ASCII.GetBytes(
                    "GET /api/v1/export?match[]=big HTTP/1.1\r\nHost: localhost\r\n\r\n"));
                byte[] first = new byte[15];
                Assert.Equal(first.Length, client.Receive(first));
                Assert.Equal("HTTP/1.1 200 OK", Encoding.ASCII.GetString(first));
            }
            Assert.Contains("[1000]", HttpFixture.Text(_http.Get("/api/v1/export?match[]=big&start=1&end=1")));
        }
        finally { stalled.ForEach(client => client.Dispose()); }
        while (_queries.Paused > 0) Thread.Yield();
        Assert.Contains("[1000]", HttpFixture.Text(_http.Get("/api/v1/export?match[]=big&start=1&end=1")));
    }

    [Fact]
    public void WhatIsExportedCanBeImported()
    {
        for (int s = 0; s < 3; s++)
        {
            SeriesId series = _store.Series("m" + s, tags: ["k=" + s]);
            for (int i = 0; i < 12_345; i++) _store.Put(series, i * 1_000_000L, i * 0.1 * s);
        }
        string text = HttpFixture.Text(_http.Get("/api/v1/export?match[]={__name__=~\"m.*\"}"));
        using var other = new StoreFixture();
        WriteBatch batch = new(other.Store);
        MetricLineDecoder decoder = new(other.Store.Precision, batch);
        decoder.Decode(Encoding.UTF8.GetBytes(text));
        batch.Commit();
        Assert.Null(decoder.Problem);
        for (int s = 0; s < 3; s++)
            Assert.Equal(_store.Read(_store.Series("m" + s, tags: ["k=" + s])),
                other.Read(other.Series("m" + s, tags: ["k=" + s])));
    }
}
