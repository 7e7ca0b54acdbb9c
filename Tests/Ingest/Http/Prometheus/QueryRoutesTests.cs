using System;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Histograms;
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
            .. new QueryRoutes(engine, gate, _clock).All(), .. new FederateRoutes(_store.Store, gate, _clock).All(),
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
        """{"resultType":"vector","result":[{"metric":{"__name__":"up","job":"a"},"value":[30.5,"3"]}]}""")]
    [InlineData("query=sum(up)&time=1970-01-01T00:00:10Z",
        """{"resultType":"vector","result":[{"metric":{},"value":[10,"1.5"]}]}""")]
    [InlineData("query=sum(up)", """{"resultType":"vector","result":[{"metric":{},"value":[60,"9"]}]}""")]
    [InlineData("query=1/3&time=5", """{"resultType":"scalar","result":[5,"0.3333333333333333"]}""")]
    [InlineData("query=\"te\\\\xt\"&time=5", """{"resultType":"string","result":[5,"te\\xt"]}""")]
    [InlineData("query=up{job=\"a\"}[15s]&time=20",
        """{"resultType":"matrix","result":[{"metric":{"__name__":"up","job":"a"},"values":[[10,"1"],[20,"2"]]}]}""")]
    [InlineData("query=none&time=5", """{"resultType":"vector","result":[]}""")]
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
        """{"resultType":"matrix","result":[{"metric":{},"values":[[0.25,"1e+21"],[0.75,"1e+21"]]}]}""")]
    [InlineData("query=up&start=20&end=0&step=10", "400 bad_data end timestamp must not be before start time")]
    [InlineData("query=up&start=0&end=20&step=0", "400 bad_data invalid parameter \"step\": "
        + "expected seconds above 0, as 15 or 0.5, or a duration, as 1m30s, got 0")]
    [InlineData("query=up&end=20&step=1", "400 bad_data invalid parameter \"start\": "
        + "expected seconds since 1970, as 1700000000.5, or an RFC 3339 time, got nothing")]
    [InlineData("query=up&start=0&end=20000&step=1", "400 bad_data exceeded maximum resolution of 11000 points per "
        + "timeseries: expected a longer step")]
    [InlineData("query=up[5m]&start=0&end=20&step=1", "400 bad_data invalid expression type \"range vector\" for range "
        + "query, must be Scalar or instant Vector")]
    public void RangeQueriesAreAnswered(string parameters, string expected) =>
        Assert.Equal(expected, Get("/api/v1/query_range?" + parameters));

    [Fact]
    public void MistakesHaveTheStatusThatClientsKnow()
    {
        Assert.StartsWith("400 bad_data 1:", Get("/api/v1/query?query=sum("), StringComparison.Ordinal);
        Assert.StartsWith("400 bad_data", Get("/api/v1/query"), StringComparison.Ordinal);
        Assert.StartsWith("422 execution", Get("/api/v1/query?query=up%2Bon()up&time=10"), StringComparison.Ordinal);
        Assert.StartsWith("400 bad_data invalid parameter \"timeout\"", Get("/api/v1/query?query=up&timeout=x"),
            StringComparison.Ordinal);
    }

    [Fact]
    public void NotesAndStatisticsComeWithTheAnswer()
    {
        string rate = Get("/api/v1/query?query=rate(up{job=\"a\"}[1m])&time=60");
        Assert.Contains(" infos [\"PromQL info: metric might not be a counter", rate);
        Assert.Contains("""stats":{"samples":{"totalQueryableSamples":""", Get("/api/v1/query?query=up&stats=all"));
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
            {"odd name",a="x\"y\\z"} +Inf 50000
            # TYPE up untyped
            up{job="a"} 6 60000

            """.ReplaceLineEndings("\n"), text);
        Assert.Equal(HttpStatusCode.BadRequest, _http.Get("/federate").StatusCode);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(1.5, "1.5")]
    [InlineData(1e-6, "0.000001")]
    [InlineData(9.99e-7, "9.99e-7")]
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
    [InlineData(1_500, "1.5")]
    [InlineData(-1_050, "-1.05")]
    [InlineData(-1, "-0.001")]
    [InlineData(long.MinValue, "-9223372036854775.808")]
    public void TimesAreSeconds(long milliseconds, string expected)
    {
        byte[] text = new byte[32];
        Assert.Equal(expected, Encoding.ASCII.GetString(text, 0, SampleText.WriteTime(milliseconds, text)));
    }
}
