using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Http;
using Slungd.Ingest.Http.Prometheus;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Ingest.Http.Prometheus;

/// <summary>Everything of the Prometheus API that evaluates no query, over a real store.</summary>
public sealed class ApiRoutesTests : IDisposable
{
    private readonly StoreFixture _store = new();
    private readonly MetadataStore _metadata = new(10);
    private readonly ExemplarStore _exemplars = new(10, 10_000);
    private readonly QueryGate _queries = new(maxRunning: 1, maxWaiting: 0);
    private readonly HttpFixture _http;

    public ApiRoutesTests()
    {
        ApiGate gate = new(_store.Store, _queries);
        Dictionary<string, string> flags = new() { ["retention"] = "30d", ["data"] = "a \"b\"" };
        _http = new HttpFixture(routes:
        [
            .. new CatalogRoutes(_store.Store, gate).All(),
            .. new NotesRoutes(_store.Store, gate, _metadata, _exemplars).All(),
            .. new StatusRoutes(_store.Store, TimeProvider.System, new ServerFacts("1.2.3", "abc", flags)).All(),
        ]);
        Put("up", ["job=a", "instance=x"], 1_000_000, 2_000_000);
        Put("up", ["job=b", "muted"], 3_000_000);
        Put("http_total", ["job=a", "http.code=200"], 1_000_000);
        _store.Store.Flush(); // in a segment each series' range of time is known
    }

    public void Dispose()
    {
        _http.Dispose();
        _queries.Dispose();
        _metadata.Dispose();
        _exemplars.Dispose();
        _store.Dispose();
    }

    private void Put(string name, string[] tags, params long[] times)
    {
        SeriesId series = _store.Series(name, tags: tags);
        foreach (long time in times) _store.Put(series, time, 1);
    }

    private string Get(string path)
    {
        HttpResponseMessage answer = _http.Get(path);
        JsonElement root = HttpFixture.Json(answer);
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            Assert.Equal("error", root.GetProperty("status").GetString());
            return $"{(int)answer.StatusCode} {root.GetProperty("errorType")} {root.GetProperty("error")}";
        }
        Assert.Equal("success", root.GetProperty("status").GetString());
        string warnings = root.TryGetProperty("warnings", out JsonElement some) ? " " + some.GetRawText() : "";
        return root.GetProperty("data").GetRawText() + warnings;
    }

    private const string UpA = """{"__name__":"up","instance":"x","job":"a"}""";
    private const string UpB = """{"__name__":"up","job":"b","muted":"true"}""";
    private const string Total = """{"__name__":"http_total","http.code":"200","job":"a"}""";

    [Theory]
    [InlineData("match[]=up", $"[{UpA},{UpB}]")]
    [InlineData("match[]=up{job=\"b\"}&match[]=http_total", $"[{UpB},{Total}]")]
    [InlineData("match[]=up&start=2.5", $"[{UpB}]")]
    [InlineData("match[]=up&limit=1", $"[{UpA}] [\"results truncated due to limit\"]")]
    [InlineData("match[]=up&limit=2", $"[{UpA},{UpB}]")]
    [InlineData("match[]=up&limit=0", $"[{UpA},{UpB}]")]
    [InlineData("match[]=none", "[]")]
    [InlineData("", "400 bad_data no match[] parameter provided")]
    [InlineData("match[]=up{", "400 bad_data invalid parameter \"match[]\": 1:4: parse error: "
        + "unexpected end of input inside braces")]
    [InlineData("match[]=up&start=x", "400 bad_data invalid parameter \"start\": cannot parse \"x\" to a valid "
        + "timestamp: expected seconds since 1970, as 1700000000.5, or an RFC 3339 time")]
    [InlineData("match[]=up&limit=-1",
        "400 bad_data invalid parameter \"limit\": expected a whole number of 0 or more, got \"-1\"")]
    public void SeriesAreListed(string query, string expected) =>
        Assert.Equal(expected, Get("/api/v1/series?" + query));

    [Fact]
    public void SeriesThatLookAlikeAreOne()
    {
        Put("twin", ["muted"], 1);
        Put("twin", ["muted=true"], 1);
        Assert.Equal("""[{"__name__":"twin","muted":"true"}]""", Get("/api/v1/series?match[]=twin"));
    }

    [Theory]
    [InlineData("/api/v1/labels", """["__name__","http.code","instance","job","muted"]""")]
    [InlineData("/api/v1/labels?match[]=up{muted=\"true\"}", """["__name__","job","muted"]""")]
    [InlineData("/api/v1/labels?start=2.5", """["__name__","job","muted"]""")]
    [InlineData("/api/v1/labels?limit=2", """["__name__","http.code"] ["results truncated due to limit"]""")]
    [InlineData("/api/v1/label/job/values", """["a","b"]""")]
    [InlineData("/api/v1/label/job/values?match[]=http_total", """["a"]""")]
    [InlineData("/api/v1/label/__name__/values", """["http_total","up"]""")]
    [InlineData("/api/v1/label/http.code/values", """["200"]""")]
    [InlineData("/api/v1/label/U__http_2e_code/values", """["200"]""")]
    [InlineData("/api/v1/label/none/values", "[]")]
    public void LabelsAreListed(string path, string expected) => Assert.Equal(expected, Get(path));

    /// <summary>Kestrel decodes every escape of a path but this one.</summary>
    [Fact]
    public void ALabelsNameMayHaveASlash()
    {
        Put("pod", ["k8s.io/na me=c"], 1_000_000);
        foreach (string name in (string[])["k8s.io%2Fna%20me", "%6b8s.io%2fna me", "U__k8s_2e_io_2f_na_20_me"])
            Assert.Equal("""["c"]""", Get($"/api/v1/label/{name}/values?limit=5"));
        Assert.Equal("""["c"]""", Get("/api/v1/labe%6c/U__k8s_2e_io_2f_na_20_me/values"));
    }

    [Fact]
    public void TextsThatAreNotUtf8AreShownAsFarAsTheyAre()
    {
        WriteBatch batch = new(_store.Store);
        batch.BeginSeries("odd"u8);
        batch.AddLabel("k"u8, [(byte)'a', 0xff, (byte)'"']);
        batch.AddFloat(1, 1);
        batch.Commit();
        Assert.Equal("a\uFFFD\"", JsonDocument.Parse(Get("/api/v1/label/k/values")).RootElement[0].GetString());
    }

    [Fact]
    public void ParametersMayComeAsAForm()
    {
        FormUrlEncodedContent form = new([new("match[]", "up{job=\"a\"}"), new("match[]", "none")]);
        HttpResponseMessage answer =
            _http.Client.Send(new HttpRequestMessage(HttpMethod.Post, "/api/v1/series") { Content = form });
        Assert.Equal("""[{"__name__":"up","instance":"x","job":"a"}]""",
            HttpFixture.Json(answer).GetProperty("data").GetRawText());
    }

    [Theory]
    [InlineData("U__a_2e_b", "a.b")]
    [InlineData("U__a__b", "a_b")]
    [InlineData("U___1f600_", "😀")]
    [InlineData("U__a_2e", "U__a_2e")]
    [InlineData("U__a_zz_", "U__a_zz_")]
    [InlineData("U__a_d800_", "U__a_d800_")]
    [InlineData("job", "job")]
    public void NamesMayBeEscaped(string text, string name) => Assert.Equal(name, EscapedName.Read(text));

    [Fact]
    public void MetadataIsAnswered()
    {
        _metadata.Set("up"u8, MetricType.Gauge, "Whether it is up."u8, default);
        _metadata.Set("http_total"u8, MetricType.Counter, default, "requests"u8);
        Assert.Equal("""{"up":[{"type":"gauge","help":"Whether it is up.","unit":""}]}""",
            Get("/api/v1/metadata?metric=up"));
        Assert.Contains("""http_total":[{"type":"counter","help":"","unit":"requests"}]""", Get("/api/v1/metadata"));
        Assert.Equal("{}", Get("/api/v1/metadata?metric=none"));
        Assert.Equal("400 bad_data limit must be a number", Get("/api/v1/metadata?limit=x"));
        Assert.Equal("{}", Get("/api/v1/metadata?limit=0"));
        Assert.Equal(Get("/api/v1/metadata"), Get("/api/v1/metadata?limit=-1"));
        Assert.Single(JsonDocument.Parse(Get("/api/v1/metadata?limit=1")).RootElement.EnumerateObject());
    }

    [Fact]
    public void ExemplarsAreFoundByTheQuerysSelectors()
    {
        byte[] series = Pairs("__name__", "http_total", "job", "a");
        _exemplars.Add(series, 1_500_000, 6, Pairs("trace_id", "abc"));
        _exemplars.Add(series, 2_500_000, 7, []);
        _exemplars.Add(Pairs("__name__", "other"), 1_500_000, 1, []);
        const string query = "/api/v1/query_exemplars?query=sum(rate(http_total{job=~\"a|b\"}[5m]))%2B1";
        Assert.Equal("""
            [{"seriesLabels":{"__name__":"http_total","job":"a"},"exemplars":[
            {"labels":{"trace_id":"abc"},"value":"6","timestamp":1.500}]}]
            """.ReplaceLineEndings(""), Get(query + "&end=2"));
        Assert.Equal("[]", Get(query + "&start=3"));
        Assert.StartsWith("400 bad_data invalid parameter \"query\": 1:", Get("/api/v1/query_exemplars?query=sum("),
            StringComparison.Ordinal);
    }

    [Fact]
    public void QueriesAreFormatted()
    {
        Assert.Equal("\"foo / bar\"", Get("/api/v1/format_query?query=foo/bar"));
        Assert.StartsWith("400 bad_data", Get("/api/v1/format_query?query=foo/"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-(1.5)", """
        {"type":"unaryExpr","op":"-","expr":{"type":"parenExpr","expr":{"type":"numberLiteral","val":"1.5"}}}
        """)]
    [InlineData("sum without (a) (up{job=~\"x\"} offset 5m @ end())", """
        {"type":"aggregation","op":"sum","expr":{"type":"vectorSelector","name":"up","offset":300000,"timestamp":null,
        "startOrEnd":"end","matchers":[{"name":"job","value":"x","type":"=~"},
        {"name":"__name__","value":"up","type":"="}]},"param":null,"grouping":["a"],"without":true}
        """)]
    [InlineData("a * on (x) group_left (y) b", """
        {"type":"binaryExpr","op":"*","lhs":{"type":"vectorSelector","name":"a","offset":0,"timestamp":null,
        "startOrEnd":null,"matchers":[{"name":"__name__","value":"a","type":"="}]},"rhs":{"type":"vectorSelector",
        "name":"b","offset":0,"timestamp":null,"startOrEnd":null,
        "matchers":[{"name":"__name__","value":"b","type":"="}]},
        "matching":{"card":"many-to-one","labels":["x"],"on":true,"include":["y"]},"bool":false}
        """)]
    [InlineData("max_over_time(up[5m:1m] @ 3)", """
        {"type":"call","func":{"name":"max_over_time","argTypes":["matrix"],"variadic":0,"returnType":"vector"},
        "args":[{"type":"subquery","range":300000,"step":60000,"offset":0,"timestamp":3000,"startOrEnd":null,
        "expr":{"type":"vectorSelector","name":"up","offset":0,"timestamp":null,"startOrEnd":null,
        "matchers":[{"name":"__name__","value":"up","type":"="}]}}]}
        """)]
    [InlineData("up[5m]", """
        {"type":"matrixSelector","range":300000,"name":"up","offset":0,"timestamp":null,"startOrEnd":null,
        "matchers":[{"name":"__name__","value":"up","type":"="}]}
        """)]
    [InlineData("\"text\"", """{"type":"stringLiteral","val":"text"}""")]
    [InlineData("up[", "400 bad_data invalid parameter \"query\": 1:")]
    public void QueriesAreShownAsTrees(string query, string expected) => Assert.StartsWith(
        expected.ReplaceLineEndings(""), Get("/api/v1/parse_query?query=" + Uri.EscapeDataString(query)),
        StringComparison.Ordinal);

    [Fact]
    public void TheStatusPagesAnswer()
    {
        Assert.Contains("\"version\":\"3.5.0\"", Get("/api/v1/status/buildinfo"));
        Assert.Contains("\"storageRetention\":\"30d\"", Get("/api/v1/status/runtimeinfo"));
        Assert.Equal("""{"retention":"30d","data":"a \u0022b\u0022"}""",
            Get("/api/v1/status/flags").Replace("\\\"", "\\u0022"));
        Assert.Contains("retention: \\\"30d\\\"\\n", Get("/api/v1/status/config").Replace("\\u0022", "\\\""));
        Assert.Contains("\"timestampPrecision\":\"", Get("/api/v1/status/runtimeinfo"));
        Assert.Contains("\"serverTime\":\"", Get("/api/v1/status/runtimeinfo"));
        Assert.Equal("""{"min":0,"max":1,"current":1}""", Get("/api/v1/status/walreplay"));
        Assert.Equal("""{"groups":[]}""", Get("/api/v1/rules"));
        Assert.Equal("""{"groups":[]}""", Get("/api/v1/rules?type=Alert"));
        Assert.Equal("400 bad_data invalid parameter \"type\": not supported value \"x\"", Get("/api/v1/rules?type=x"));
        Assert.Equal("""{"scrapePools":[]}""", Get("/api/v1/scrape_pools"));
        Assert.Equal("""{"activeAlertmanagers":[],"droppedAlertmanagers":[]}""", Get("/api/v1/alertmanagers"));
        Assert.Equal("[]", Get("/api/v1/targets/metadata"));
        Assert.Equal("[]", Get("/api/v1/notifications"));
        Assert.Equal("""{"alerts":[]}""", Get("/api/v1/alerts"));
        Assert.Equal("""{"activeTargets":[],"droppedTargets":[]}""", Get("/api/v1/targets"));
    }

    [Fact]
    public void TheLargestCardinalitiesAreNamed()
    {
        for (int i = 0; i < 5; i++) Put("many", ["id=" + i, "=no label"], 4_000_000);
        JsonElement tsdb = JsonDocument.Parse(Get("/api/v1/status/tsdb?limit=2")).RootElement;
        Assert.Equal("""{"numSeries":8,"numLabelPairs":13,"chunkCount":1,"minTime":1000,"maxTime":4000}""",
            tsdb.GetProperty("headStats").GetRawText());
        Assert.Equal("""[{"name":"many","value":5},{"name":"up","value":2}]""",
            tsdb.GetProperty("seriesCountByMetricName").GetRawText());
        Assert.Equal("""[{"name":"id","value":5},{"name":"__name__","value":3}]""",
            tsdb.GetProperty("labelValueCountByLabelName").GetRawText());
        Assert.Equal("""[{"name":"__name__=many","value":5},{"name":"__name__=up","value":2}]""",
            tsdb.GetProperty("seriesCountByLabelValuePair").GetRawText());
    }

    [Fact]
    public void AnEmptyStoreHasPrometheusLimits()
    {
        using StoreFixture empty = new();
        using HttpFixture http = new(routes:
        [
            .. new StatusRoutes(empty.Store, TimeProvider.System,
                new ServerFacts("1", "a", new Dictionary<string, string>())).All(),
        ]);
        JsonElement head = HttpFixture.Json(http.Get("/api/v1/status/tsdb"))
            .GetProperty("data").GetProperty("headStats");
        Assert.Equal((long.MaxValue, long.MinValue),
            (head.GetProperty("minTime").GetInt64(), head.GetProperty("maxTime").GetInt64()));
    }

    [Fact]
    public async Task WhatIsTooMuchAtOnceIsTurnedAway()
    {
        Assert.True(await _queries.TryEnter(default));
        Assert.Equal("429 unavailable too many queries at once", Get("/api/v1/labels"));
        _queries.Leave();
        Assert.StartsWith("[", Get("/api/v1/labels"), StringComparison.Ordinal);
    }

    [Fact]
    public void LongAnswersComeWholeAndPacked()
    {
        for (int i = 0; i < 5_000; i++) Put("wide", ["id=" + i + new string('x', 30)], 1);
        HttpResponseMessage answer = _http.Get("/api/v1/label/id/values", "Accept-Encoding", "gzip");
        Assert.Equal("gzip", string.Join(',', answer.Content.Headers.ContentEncoding));
        using System.IO.Compression.GZipStream unpacked =
            new(answer.Content.ReadAsStream(), System.IO.Compression.CompressionMode.Decompress);
        Assert.Equal(5_000, JsonDocument.Parse(unpacked).RootElement.GetProperty("data").GetArrayLength());
    }

    private static byte[] Pairs(params string[] texts)
    {
        List<byte> pairs = [];
        foreach (string text in texts)
        {
            pairs.AddRange([(byte)text.Length, 0]);
            pairs.AddRange(Encoding.UTF8.GetBytes(text));
        }
        return [.. pairs];
    }
}
