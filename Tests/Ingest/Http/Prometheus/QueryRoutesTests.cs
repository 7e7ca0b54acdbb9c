using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Hosting.Options;
using Slungd.Ingest.Http;
using Slungd.Ingest.Http.Prometheus;
using Slungd.Tests.Engine.Query;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Ingest.Http.Prometheus;

public sealed class QueryRoutesTests : IDisposable
{
    private readonly StoreFixture _store = new();
    private readonly QueryGate _queries = new(maxRunning: 2, maxWaiting: 0);
    private readonly FakeClock _clock = new() { Now = DateTimeOffset.UnixEpoch.AddSeconds(60) };
    private readonly HttpFixture _http;

    public QueryRoutesTests()
    {
        ApiGate gate = new(_store.Store, _queries);
        PromQLEngine engine = new(_store.Store, _clock);
        _http = new HttpFixture(routes:
        [
            .. new QueryRoutes(engine, gate, _clock, LanguageFeatures.Usual).All(),
            .. new FederateRoutes(_store.Store, gate, _clock).All(),
        ]);
        for (int i = 0; i <= 6; i++)
        {
            Put("up", i * 10_000_000L, i, "job=a");
            Put("up", i * 10_000_000L, i * 0.5, "job=b", "muted");
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _queries.Dispose();
        _store.Dispose();
    }

    private void Put(string name, long time, double value, params string[] tags) =>
        _store.Put(_store.Series(name, tags: tags), time, value);

    private string Get(string path)
    {
        HttpResponseMessage answer = _http.Get(path);
        JsonElement root = HttpFixture.Json(answer);
        if (answer.StatusCode != HttpStatusCode.OK)
            return $"{(int)answer.StatusCode} {root.GetProperty("errorType")} {root.GetProperty("error")}";
        string notes = root.TryGetProperty("warnings", out JsonElement warnings) ? " " + warnings.GetRawText() : "";
        if (root.TryGetProperty("infos", out JsonElement infos)) notes += " infos " + infos.GetRawText();
        return root.GetProperty("data").GetRawText() + notes;
    }

    [Theory]
    [InlineData("query=up{job=\"a\"}&time=30.5",
        """{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[30.500,"3"]}]}""")]
    [InlineData("query=sum(up)&time=1970-01-01T00:00:10Z",
        """{"resultType":"vector","result":[{"metric":{},"value":[10,"1.5"]}]}""")]
    [InlineData("query=sum(up)", """{"resultType":"vector","result":[{"metric":{},"value":[60,"9"]}]}""")]
    [InlineData("query=1/3&time=5", """{"resultType":"scalar","result":[5,"0.3333333333333333"]}""")]
    [InlineData("query=1e21&time=5", """{"resultType":"scalar","result":[5,"1000000000000000000000"]}""")]
    [InlineData("query=-1e-7&time=5", """{"resultType":"scalar","result":[5,"-0.0000001"]}""")]
    [InlineData("query=Inf&time=5", """{"resultType":"scalar","result":[5,"+Inf"]}""")]
    [InlineData("query=vector(1e-7)&time=5",
        """{"resultType":"vector","result":[{"metric":{},"value":[5,"1e-07"]}]}""")]
    [InlineData("query=\"te\\\\xt\"&time=5", """{"resultType":"string","result":[5,"te\\xt"]}""")]
    [InlineData("query=up{job=\"a\"}[15s]&time=20",
        """{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[10,"1"],[20,"2"]]}]}""")]
    [InlineData("query=none&time=5", """{"resultType":"vector","result":[]}""")]
    [InlineData("query=1&time=5.0005", """{"resultType":"scalar","result":[5.001,"1"]}""")]
    [InlineData("query=1&time=5.0004999", """{"resultType":"scalar","result":[5,"1"]}""")]
    [InlineData("query=1&time=-5.0005", """{"resultType":"scalar","result":[-5.001,"1"]}""")]
    [InlineData("query=up&time=9223372036854775807", """{"resultType":"vector","result":[]}""")]
    [InlineData("query=up[1y]&time=-9e30", """{"resultType":"matrix","result":[]}""")]
    [InlineData("query=up&time=400", """{"resultType":"vector","result":[]}""")]
    [InlineData("query=count(up)&time=400&lookback_delta=10m",
        """{"resultType":"vector","result":[{"metric":{},"value":[400,"2"]}]}""")]
    [InlineData("query=up&time=10&limit=1",
        """{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[10,"1"]}]}"""
        + " [\"results truncated due to limit\"]")]
    public void InstantQueriesAreAnswered(string parameters, string expected) =>
        Assert.Equal(expected, Get("/api/v1/query?" + parameters));

    [Theory]
    [InlineData("query=sum(up)&start=0&end=20&step=10",
        """{"resultType":"matrix","result":[{"metric":{},"values":[[0,"0"],[10,"1.5"],[20,"3"]]}]}""")]
    [InlineData("query=vector(1e21)&start=0.25&end=1&step=500ms",
        """{"resultType":"matrix","result":[{"metric":{},"values":[[0.250,"1e+21"],[0.750,"1e+21"]]}]}""")]
    [InlineData("query=up&start=20&end=0&step=10", "400 bad_data invalid parameter \"end\": "
        + "end timestamp must not be before start time")]
    [InlineData("query=up&start=0&end=20&step=0", "400 bad_data invalid parameter \"step\": "
        + "cannot parse \"0\" to a valid duration: expected seconds above 0, as 15 or 0.5, or a duration, as 1m30s")]
    [InlineData("query=up&end=20&step=1", "400 bad_data invalid parameter \"start\": cannot parse \"\" to a "
        + "valid timestamp: expected seconds since 1970, as 1700000000.5, or an RFC 3339 time")]
    [InlineData("query=up&start=0&end=20000&step=1", "400 bad_data exceeded maximum resolution of 11,000 points per "
        + "timeseries: expected a longer step")]
    [InlineData("query=up[5m]&start=0&end=20&step=1", "400 bad_data invalid parameter \"query\": invalid "
        + "expression type \"range vector\" for range query, must be Scalar or instant Vector")]
    public void RangeQueriesAreAnswered(string parameters, string expected) =>
        Assert.Equal(expected, Get("/api/v1/query_range?" + parameters));

    /// <summary>What is easily got wrong: names, literals, texts, anchors, experimental functions.</summary>
    [Theory]
    [InlineData("rate(up{job='a'}[1m])", "{\"job\":\"a\"}", "0.1")]
    [InlineData("last_over_time(up{job=`a`}[1m])", "{\"__name__\":\"up\",\"job\":\"a\"}", "6")]
    [InlineData("sum_over_time(up{job=\"\\x61\"}[1m])", "{\"job\":\"a\"}", "21")]
    [InlineData("vector(1e3 + .5 + 0x10)", "{}", "1016.5")]
    [InlineData("vector(1m30s)", "{}", "90")]
    [InlineData("label_replace(up{job=\"a\"}, \"x\", \"$1\", \"job\", \"(.)\")",
        "{\"__name__\":\"up\",\"job\":\"a\",\"x\":\"a\"}", "6")]
    [InlineData("label_replace(up{job=\"a\"}, \"x\", \"y\", \"__name__\", \"u\")",
        "{\"__name__\":\"up\",\"job\":\"a\"}", "6")]
    [InlineData("label_replace(vector(1), \"ž\", \"späť\", \"\", \"\")", "{\"ž\":\"späť\"}", "1")]
    [InlineData("up{job=\"a\"} > 5", "{\"__name__\":\"up\",\"job\":\"a\"}", "6")]
    [InlineData("up{job=\"a\"} > bool 5", "{\"job\":\"a\"}", "1")]
    [InlineData("-up{job=\"a\"}", "{\"job\":\"a\"}", "-6")]
    [InlineData("sum(vector(1e100) or label_replace(vector(1), \"a\", \"b\", \"\", \"\") or "
        + "label_replace(vector(-1e100), \"a\", \"c\", \"\", \"\"))", "{}", "1")]
    [InlineData("count(limitk(1, up))", "{}", "1")]
    [InlineData("count(limit_ratio(1, up))", "{}", "2")]
    [InlineData("first_over_time(up{job=\"a\"}[1m])", "{\"__name__\":\"up\",\"job\":\"a\"}", "1")]
    [InlineData("mad_over_time(up{job=\"a\"}[1m])", "{\"job\":\"a\"}", "1.5")]
    [InlineData("info(up{job=\"a\"})", "{\"__name__\":\"up\",\"job\":\"a\"}", "6")]
    [InlineData("sum(sort_by_label(up, \"job\"))", "{}", "9")]
    public void TheWholeLanguageIsThere(string query, string metric, string value) => Assert.Equal(
        $"{{\"resultType\":\"vector\",\"result\":[{{\"metric\":{metric},\"value\":[60,\"{value}\"]}}]}}",
        Get("/api/v1/query?query=" + Uri.EscapeDataString(query)).Split(" infos ")[0]);

    [Theory]
    [InlineData("promql-duration-expr", "up[1m + 5s]")]
    [InlineData("promql-extended-range-selectors", "rate(up[1m] anchored)")]
    public void SomePartsOfTheLanguageNeedTheirFlag(string feature, string query)
    {
        string path = "/api/v1/query?query=" + Uri.EscapeDataString(query);
        Assert.StartsWith("400 bad_data", Get(path), StringComparison.Ordinal);
        PromQLOptions options = LanguageFeatures.With(LanguageFeatures.Usual, feature)!.Value;
        ApiGate gate = new(_store.Store, _queries);
        QueryRoutes routes = new(new PromQLEngine(_store.Store, _clock), gate, _clock, options);
        using HttpFixture http = new(routes: [.. routes.All()]);
        Assert.Equal(HttpStatusCode.OK, http.Get(path).StatusCode);
    }

    [Fact]
    public void MistakesHaveTheStatusThatClientsKnow()
    {
        Assert.StartsWith("400 bad_data invalid parameter \"query\": 1:", Get("/api/v1/query?query=sum("),
            StringComparison.Ordinal);
        Assert.StartsWith("400 bad_data", Get("/api/v1/query"), StringComparison.Ordinal);
        Assert.StartsWith("422 execution", Get("/api/v1/query?query=up%2Bon()up&time=10"), StringComparison.Ordinal);
        Assert.StartsWith("400 bad_data invalid parameter \"timeout\"", Get("/api/v1/query?query=up&timeout=x"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheTimeLimitCountsTheWaitForATurn()
    {
        Assert.True(await _queries.TryEnter(default) && await _queries.TryEnter(default));
        using QueryGate patient = new(maxRunning: 1, maxWaiting: 1);
        Assert.True(await patient.TryEnter(default));
        QueryRoutes routes = new(new PromQLEngine(_store.Store, _clock), new ApiGate(_store.Store, patient), _clock,
            new PromQLOptions());
        using HttpFixture http = new(routes: [.. routes.All()]);
        HttpResponseMessage answer = http.Get("/api/v1/query?query=up&timeout=20ms");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("1", answer.Headers.GetValues("Retry-After").Single());
        JsonElement root = HttpFixture.Json(answer);
        Assert.Equal("timeout", root.GetProperty("errorType").GetString());
        Assert.Equal("query timed out in query queue: others ran for the 0.02 s that it had",
            root.GetProperty("error").GetString());
        Assert.Equal("429 unavailable too many queries at once", Get("/api/v1/query?query=up"));
        patient.Leave();
        Assert.Equal(HttpStatusCode.OK, http.Get("/api/v1/query?query=up&timeout=20s").StatusCode);
        _queries.Leave();
        _queries.Leave();
    }

    [Fact]
    public void NotesAndStatisticsComeWithTheAnswer()
    {
        string rate = Get("/api/v1/query?query=rate(up{job=\"a\"}[1m])&time=60");
        Assert.Contains(" infos [\"PromQL info: metric might not be a counter", rate);
        Assert.DoesNotContain("stats", Get("/api/v1/query?query=up&time=60"));
        string stats = Get("/api/v1/query?query=up&stats=true&time=60");
        Assert.Contains("\"stats\":{\"timings\":{\"evalTotalTime\":", stats);
        string[] timings =
            ["resultSortTime", "queryPreparationTime", "innerEvalTime", "execQueueTime", "execTotalTime"];
        foreach (string timing in timings) Assert.Matches($"\"{timing}\":[-.0-9E]+", stats);
        Assert.Contains("""},"samples":{"totalQueryableSamples":2,"peakSamples":""", stats);
        Assert.DoesNotContain("PerStep", stats);
        stats = Get("/api/v1/query_range?query=sum(up)&stats=all&start=60.5&end=61.5&step=1");
        Assert.Contains(""""totalQueryableSamplesPerStep":[[60.5,2],[61.5,2]],"totalQueryableSamples":4,"""", stats);
    }

    [Fact]
    public void HistogramsAreWrittenOut()
    {
        FloatHistogram histogram = new() { Schema = 0, Count = 6, Sum = 7.5, ZeroCount = 1, ZeroThreshold = 0.001 };
        histogram.Positive.Append(1, 3);
        histogram.Negative.Append(0, 2);
        WriteBatch batch = new(_store.Store);
        batch.BeginSeries("latency"u8);
        batch.AddPayload(ValueFamily.Histogram, 10_000_000, HistogramCodec.Encode(histogram));
        batch.Commit();
        const string shown = """{"count":"6","sum":"7.5","buckets":[[1,"-1","-0.5","2"],"""
            + """[3,"-0.001","0.001","1"],[0,"1","2","3"]]}""";
        Assert.Contains($"\"histogram\":[12,{shown}]", Get("/api/v1/query?query=latency&time=12"));
        Assert.Contains($"\"histograms\":[[10,{shown}]]",
            Get("/api/v1/query_range?query=latency&start=5&end=10&step=5"));
    }

    [Fact]
    public void FederationShowsTheNewestSamples()
    {
        Put("odd name", 50_000_000, double.PositiveInfinity, "a=x\"y\\z");
        string text = HttpFixture.Text(_http.Get("/federate?match[]=up{job=\"a\"}&match[]={\"odd name\"}"));
        Assert.Equal("""
            # TYPE "odd name" untyped
            {"odd name",a="x\"y\\z",instance=""} +Inf 50000
            # TYPE up untyped
            up{job="a",instance=""} 6 60000

            """.ReplaceLineEndings("\n"), text);
        Assert.Equal(HttpStatusCode.BadRequest, _http.Get("/federate").StatusCode);
    }

    [Fact]
    public void FederationShowsSeriesThatLookAlikeOnceAndNoneThatEnded()
    {
        Put("twin", 40_000_000, 1, "instance=i", "muted");
        Put("twin", 50_000_000, 2, "instance=i", "muted=true");
        Put("ended", 50_000_000, BitConverter.UInt64BitsToDouble(0x7ff0000000000002), "instance=i");
        HttpResponseMessage answer = _http.Get("/federate?match[]={instance=\"i\"}", "Accept-Encoding", "gzip");
        Assert.Equal("gzip", string.Join(',', answer.Content.Headers.ContentEncoding));
        using StreamReader text = new(new GZipStream(answer.Content.ReadAsStream(), CompressionMode.Decompress));
        Assert.Equal("# TYPE twin untyped\ntwin{instance=\"i\",muted=\"true\"} 2 50000\n", text.ReadToEnd());
    }

    [Theory]
    [InlineData("gzip", 200)]
    [InlineData("x-gzip", 200)]
    [InlineData("deflate", 200)]
    [InlineData("identity", 200)]
    [InlineData("br", 415)]
    public void FormsMayBePacked(string coding, int status)
    {
        byte[] form = Encoding.UTF8.GetBytes("query=1%2B1&time=4");
        HttpResponseMessage answer = Post(coding.Contains("gzip", StringComparison.Ordinal) ? Gzip(form)
            : coding == "deflate" ? Zlib(form) : form, coding);
        Assert.Equal(status, (int)answer.StatusCode);
        JsonElement root = HttpFixture.Json(answer);
        if (status == 200)
            Assert.Equal("""{"resultType":"scalar","result":[4,"2"]}""", root.GetProperty("data").GetRawText());
        else Assert.Equal("bad_data", root.GetProperty("errorType").GetString());
    }

    [Theory]
    [InlineData("gzip", "no gzip", 400)]
    [InlineData(null, "=&", 400)] // no query in it
    public void FormsThatCannotBeReadAreNamed(string? coding, string text, int status) =>
        AssertError(status, Post(Encoding.UTF8.GetBytes(text), coding));

    [Fact]
    public void PackedFormsMayBeNoBombs()
    {
        byte[] bomb = Gzip(new byte[8 << 20]);
        Assert.True(bomb.Length < 100_000);
        AssertError(413, Post(bomb, "gzip"));
    }

    [Fact]
    public void BodiesThatAreNoFormsAndTooLongOnesHavePrometheusErrors()
    {
        ByteArrayContent json = new("{}"u8.ToArray());
        json.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        AssertError(415, _http.Client.Send(new HttpRequestMessage(HttpMethod.Post, "/api/v1/query")
        {
            Content = json,
        }));
        AssertError(404, _http.Get("/api/v1/none"));
        AssertError(405, _http.Send(HttpMethod.Delete, "/api/v1/query"));
        QueryRoutes routes = new(new PromQLEngine(_store.Store, _clock), new ApiGate(_store.Store, _queries), _clock,
            new PromQLOptions());
        using HttpFixture small = new(null, new Limits { MaxBodyBytes = 100 }, routes: [.. routes.All()]);
        AssertError(413, small.Client.Send(new HttpRequestMessage(HttpMethod.Post, "/api/v1/query")
        {
            Content = new FormUrlEncodedContent([new("query", new string('1', 200))]),
        }));
    }

    [Theory]
    [InlineData("application/json", "abcde")]
    [InlineData("application/x-www-form-urlencoded", "query=2")]
    public void TheBodyOfAGetIsPassedOver(string type, string text)
    {
        HttpRequestMessage Asking(string method) => new(new HttpMethod(method), "/api/v1/query?query=1&time=4")
        {
            Content = new StringContent(text, new MediaTypeHeaderValue(type)),
        };
        HttpResponseMessage answer = _http.Client.Send(Asking("GET"));
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal("""{"resultType":"scalar","result":[4,"1"]}""",
            HttpFixture.Json(answer).GetProperty("data").GetRawText());
        Assert.Equal(200, (int)_http.Client.Send(Asking("HEAD")).StatusCode);
    }

    [Fact]
    public void OfParametersGivenTwiceTheFirstCounts() => Assert.Equal(
        """{"resultType":"scalar","result":[5,"1"]}""", Get("/api/v1/query?query=1&query=2&time=5&time=6"));

    private static void AssertError(int status, HttpResponseMessage answer)
    {
        Assert.Equal(status, (int)answer.StatusCode);
        JsonElement root = HttpFixture.Json(answer);
        Assert.Equal("error", root.GetProperty("status").GetString());
        Assert.Equal(status == 404 ? "not_found" : "bad_data", root.GetProperty("errorType").GetString());
        Assert.NotEmpty(root.GetProperty("error").GetString()!);
    }

    private HttpResponseMessage Post(byte[] body, string? coding)
    {
        ByteArrayContent content = new(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/x-www-form-urlencoded");
        if (coding is not null) content.Headers.ContentEncoding.Add(coding);
        return _http.Client.Send(new HttpRequestMessage(HttpMethod.Post, "/api/v1/query") { Content = content });
    }

    private static byte[] Gzip(byte[] bytes) => Pack(bytes, static to => new GZipStream(to, CompressionLevel.Fastest));

    private static byte[] Zlib(byte[] bytes) => Pack(bytes, static to => new ZLibStream(to, CompressionLevel.Fastest));

    private static byte[] Pack(byte[] bytes, Func<Stream, Stream> pack)
    {
        MemoryStream packed = new();
        using (Stream packing = pack(packed)) packing.Write(bytes);
        return packed.ToArray();
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(1.5, "1.5")]
    [InlineData(1e-6, "0.000001")]
    [InlineData(9.99e-7, "9.99e-07")]
    [InlineData(-1e-10, "-1e-10")]
    [InlineData(1e20, "100000000000000000000")]
    [InlineData(1e21, "1e+21")]
    [InlineData(1.7976931348623157e308, "1.7976931348623157e+308")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void ValuesAreShort(double value, string expected)
    {
        byte[] text = new byte[SampleText.MaxBytes];
        Assert.Equal(expected, Encoding.ASCII.GetString(text, 0, SampleText.WriteValue(value, text)));
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "0.001")]
    [InlineData(1_500, "1.500")]
    [InlineData(-1_050, "-1.050")]
    [InlineData(-1, "-0.001")]
    [InlineData(long.MinValue, "-9223372036854775.808")]
    public void TimesAreSeconds(long milliseconds, string expected)
    {
        byte[] text = new byte[32];
        Assert.Equal(expected, Encoding.ASCII.GetString(text, 0, SampleText.WriteTime(milliseconds, text)));
    }
}
