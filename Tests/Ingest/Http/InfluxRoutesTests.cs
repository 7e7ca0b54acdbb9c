using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Tests.Native.Os;
using Xunit;
using static Slungd.Tests.Ingest.Http.IntakeFixture;

namespace Slungd.Tests.Ingest.Http;

public sealed class InfluxRoutesTests : IDisposable
{
    private readonly IntakeFixture _door;
    private InfluxRoutes _routes = null!;

    public InfluxRoutesTests() => _door = new IntakeFixture(door =>
    {
        _routes = new InfluxRoutes(door.Sink, door.Intake, door.Bodies, door.CacheBudget, true, TimeProvider.System);
        return [.. _routes.All(), .. InfluxQueryRoutes.All()];
    });

    public void Dispose() => _door.Dispose();

    private HttpResponseMessage Post(string lines, string path = "/write?db=telegraf", string? coding = null)
    {
        byte[] body = Encoding.UTF8.GetBytes(lines);
        if (coding is "gzip") body = Packed(body, to => new GZipStream(to, CompressionLevel.Fastest));
        if (coding is "deflate") body = Packed(body, to => new ZLibStream(to, CompressionLevel.Fastest));
        return _door.Post(body, path, coding);
    }

    private static byte[] Packed(byte[] body, Func<Stream, Stream> pack)
    {
        using MemoryStream packed = new();
        using (Stream into = pack(packed)) into.Write(body);
        return packed.ToArray();
    }

    [Theory]
    [InlineData("/write?db=a&rp=b&consistency=all&precision=s", null)]
    [InlineData("/write?db=a&precision=s&u=x&p=y", "gzip")]
    [InlineData("/api/v2/write?org=a&bucket=b&precision=s", "deflate")]
    [InlineData("/api/v2/write?precision=s", "gzip")]
    public void LinesAreKeptBeforeTheAnswer(string path, string? coding)
    {
        HttpResponseMessage answer = Post("cpu,host=a usage=1.5,n=2i 7\ncpu,host=a usage=2 8\n", path, coding);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("1.8.10", answer.Headers.GetValues("X-Influxdb-Version").Single());
        Assert.Equal(1UL, _door.Sink.Commits);
        Assert.Equal((1, 3, 0), (_routes.Counters.Messages, _routes.Counters.Points, _routes.Counters.Malformed));
    }

    [Fact]
    public void AnEmptyBodyIsFine() => Assert.Equal(HttpStatusCode.NoContent, Post("").StatusCode);

    [Fact]
    public void PartialWritesNameTheLineAndTheReason()
    {
        const string lines = "cpu a=1 1\ncpu a=x 2\n# c\ncpu b=\ncpu a=2 3\n";
        HttpResponseMessage answer = Post(lines);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        const string first = "partial write: line 2: unable to parse 'cpu a=x 2': expected a number, a boolean or a "
            + "text in quotes";
        Assert.Equal(first + "\nline 4: unable to parse 'cpu b=': missing field value dropped=2", ErrorOf(answer));
        Assert.StartsWith(first + " line 4: unable", answer.Headers.GetValues("X-Influxdb-Error").Single(),
            StringComparison.Ordinal);
        Assert.Equal((2, 2), (_routes.Counters.Points, _routes.Counters.Malformed));

        answer = Post(lines, "/api/v2/write");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        JsonElement error = HttpFixture.Json(answer);
        Assert.Equal("invalid", error.GetProperty("code").GetString());
        Assert.Equal(2, error.GetProperty("line").GetInt32());
        Assert.StartsWith("partial write: line 2: unable to parse", error.GetProperty("message").GetString(),
            StringComparison.Ordinal);
        Assert.Equal("invalid", answer.Headers.GetValues("X-Platform-Error-Code").Single());
        Assert.Equal("line 1: unable to parse 'cpu': missing fields dropped=1", ErrorOf(Post("cpu\n")));
        Assert.Equal("line 1: unable to parse '?? ': missing fields dropped=1",
            Post("\u00e9\ufe0f\u0007").Headers.GetValues("X-Influxdb-Error").Single());
    }

    [Fact]
    public void RefusedPointsHaveInfluxNames()
    {
        _door.Sink.OldestAccepted = 100;
        Assert.Equal("partial write: line 2: points beyond retention policy: older than the retention keeps dropped=1",
            ErrorOf(Post("cpu a=1 100000\ncpu a=1 1\n")));
        Assert.Equal(HttpStatusCode.NoContent, Post("mem a=1i 100000").StatusCode);
        string conflict = ErrorOf(Post("mem a=1.5 100000\nmem"));
        Assert.StartsWith("partial write: line 2: unable to parse 'mem': missing fields\nline 1: field type conflict: ",
            conflict, StringComparison.Ordinal);
        Assert.EndsWith(" dropped=2", conflict, StringComparison.Ordinal);
        _door.Sink.MaxSeries = 0;
        Assert.Contains("max-series-per-database limit exceeded", ErrorOf(Post("new a=1 100000")));
    }

    [Fact]
    public void WhileTheStoreIsShortRequestsAreToComeAgain()
    {
        (_door.Sink.State, _door.Sink.StateReason) = (SinkState.MemoryShort, "memory is short");
        HttpResponseMessage answer = Post("cpu a=1 1", "/api/v2/write");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"),
            (answer.StatusCode, answer.Headers.GetValues("Retry-After").Single()));
        Assert.Equal("""{"code":"unavailable","message":"memory is short"}""", HttpFixture.Text(answer));
        _door.Sink.State = SinkState.DiskShort;
        answer = Post("cpu a=1 1");
        Assert.Equal(HttpStatusCode.InsufficientStorage, answer.StatusCode);
        Assert.Equal("""{"error":"memory is short"}""", HttpFixture.Text(answer));
        Assert.Equal(0UL, _door.Sink.Commits);
        Assert.Equal([RefusalCode.Memory, RefusalCode.Disk], _door.Sink.TurnedAway);
    }

    [Fact]
    public async Task TheAnswerWaitsForTheLog()
    {
        _door.Sink.KeepsAtOnce = false;
        Task<HttpResponseMessage> answer = Task.Run(() => Post("cpu a=1 1"));
        while (_door.Sink.Commits == 0) await Task.Delay(5);
        Assert.False(answer.IsCompleted);
        _door.Sink.Keep(1);
        Assert.Equal(HttpStatusCode.NoContent, (await answer).StatusCode);
    }

    [Theory]
    [InlineData("/write", "gzip", 413)]
    [InlineData("/api/v2/write", "gzip", 413)]
    [InlineData("/write", "br", 415)]
    [InlineData("/write?precision=d", null, 400)]
    [InlineData("/api/v2/write?precision=d", null, 400)]
    [InlineData("/write", "GET", 405)]
    [InlineData("/api/v2/write", "GET", 405)]
    public void BadRequestsAreSaidInTheRightShape(string path, string? coding, int status)
    {
        // 10 MB of blanks pack into few bytes: a bomb.
        HttpResponseMessage answer = coding == "GET" ? _door.Http.Get(path)
            : Post(coding == "gzip" ? new string(' ', 10_000_000) : "cpu a=1", path, coding);
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.Equal(path.StartsWith("/api") ? "message" : "error",
            HttpFixture.Json(answer).EnumerateObject().Last().Name);
        Assert.Equal(HttpStatusCode.NoContent, Post("cpu a=1 1").StatusCode);
    }

    /// <summary>Half of a packed body is no body: nothing of it is stored.</summary>
    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public void ACutBodyIsRefused(string coding)
    {
        string text = string.Concat(Enumerable.Range(0, 1_000).Select(static i => $"m a={i} {i}\n"));
        byte[] packed = Packed(Encoding.UTF8.GetBytes(text), to => coding == "gzip"
            ? new GZipStream(to, CompressionLevel.Fastest) : new ZLibStream(to, CompressionLevel.Fastest));
        ByteArrayContent content = new(packed[..^9]);
        content.Headers.ContentEncoding.Add(coding);
        HttpResponseMessage answer = _door.Http.Client.Send(new HttpRequestMessage(HttpMethod.Post, "/write")
        {
            Content = content,
        });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith("the body can't be unpacked: ", ErrorOf(answer));
        Assert.Equal(0UL, _door.Sink.Commits);
    }

    [Fact]
    public void ZstdIsUnpackedWhereTheLibraryIs()
    {
        byte[] line = "cpu a=1 1\n"u8.ToArray();
        byte[] bomb = ZstdDecoderTests.Frame((line, 1), ([(byte)' '], 100_000), ([(byte)' '], 100_000));
        bool isHere = ZstdDecoderTests.Missing is null;
        foreach ((byte[] body, int status) in new[]
        {
            (ZstdDecoderTests.Frame((line, 1), (line, 1)), 204), (bomb, 413), (bomb[..20], 400), ([], 400), (line, 400),
        })
        {
            ByteArrayContent content = new(body);
            content.Headers.ContentEncoding.Add("zstd");
            HttpRequestMessage request = new(HttpMethod.Post, "/write") { Content = content };
            Assert.Equal(isHere ? status : 415, (int)_door.Http.Client.Send(request).StatusCode);
        }
        Assert.Equal(isHere ? 2 : 0, _routes.Counters.Points);
        byte[] wide = Convert.FromHexString("28B52FFD" + "00" + "88" + "010000"); // a window of 128 MiB
        string error = ErrorOf(_door.Post(wide, "/write", "zstd"));
        if (isHere) Assert.Equal("the body can't be unpacked: expected a window of at most 8388608 bytes", error);
    }

    [Theory]
    [InlineData("GET", "/ping", 204, "")]
    [InlineData("HEAD", "/ping", 204, "")]
    [InlineData("GET", "/ping?verbose=true", 200, """{"version":"1.8.10"}""")]
    [InlineData("GET", "/query?q=SHOW+DATABASES", 200, "{\"results\":[{\"statement_id\":0,\"series\":"
        + "[{\"name\":\"databases\",\"columns\":[\"name\"],\"values\":[[\"slungd\"]]}]}]}")]
    [InlineData("POST", "/query?q=CREATE+DATABASE+%22a;b%22", 200, """{"results":[{"statement_id":0}]}""")]
    [InlineData("POST", "/query?q=create%20database%20a%3B+CREATE+RETENTION+POLICY+b+ON+a+DURATION+1d;", 200,
        """{"results":[{"statement_id":0},{"statement_id":1}]}""")]
    [InlineData("GET", "/query", 400, """{"error":"missing required parameter \"q\""}""")]
    public void WhatClientsAskFirstIsAnswered(string method, string path, int status, string expected)
    {
        HttpResponseMessage answer = _door.Http.Send(new HttpMethod(method), path);
        Assert.Equal((HttpStatusCode)status, answer.StatusCode);
        Assert.Equal(expected, HttpFixture.Text(answer));
        Assert.Equal("OSS", answer.Headers.GetValues("X-Influxdb-Build").Single());
    }

    [Theory]
    [InlineData("SELECT+*+FROM+cpu")]
    [InlineData("DROP+DATABASE+a")]
    [InlineData("CREATE+DATABASES+a")]
    [InlineData("CREATE+DATABASE+a;SELECT+1")]
    [InlineData(";")]
    [InlineData("CREATE+DATABASE+%22a")]
    [InlineData("CREATE+DATABASE")]
    [InlineData("CREATE+DATABASE+a;create+retention+policy+")]
    public void InfluxQLIsRefused(string query)
    {
        HttpResponseMessage answer = _door.Http.Get("/query?q=" + query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.StartsWith("error parsing query: expected CREATE DATABASE", ErrorOf(answer), StringComparison.Ordinal);
    }

    [Fact]
    public void AFormMayAsk()
    {
        FormUrlEncodedContent form = new([new("q", "CREATE DATABASE \"telegraf\"")]);
        HttpResponseMessage answer = _door.Http.Client.Send(new HttpRequestMessage(HttpMethod.Post, "/query")
        {
            Content = form,
        });
        Assert.Equal("""{"results":[{"statement_id":0}]}""", HttpFixture.Text(answer));
    }
}
