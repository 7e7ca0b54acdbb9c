using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Http;
using System.Text.Json;
using System.Threading;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class DslRoutesTests
{
    [Theory]
    [InlineData("AVG:cpu:[host=a]", """{"status":"success","data":{"value":2,"count":3}}""")]
    [InlineData("sum:cpu:[]:[1,20]", """{"status":"success","data":{"value":13,"count":3}}""")]
    [InlineData("COUNT:none:[]", """{"status":"success","data":{"value":0,"count":0}}""")]
    [InlineData("MAX:none:[]", """{"status":"success","data":{"value":null,"count":0}}""")]
    [InlineData("MAX:cpu:[]:[0,100]:[20us]", """{"status":"success","data":{"windows":[[0,10,2],[20,3,2]]}}""")]
    [InlineData("LAST:cpu:[] BY host",
        """{"status":"success","data":{"groups":[{"by":{"host":"a"},"value":3,"count":3},"""
        + """{"by":{"host":"b"},"value":10,"count":1}]}}""")]
    public void AnswersHaveTheShapeOfTheDesign(string query, string expected)
    {
        using HttpFixture http = Filled();
        Assert.Equal(expected, HttpFixture.Text(http.Get("/api/v1/dsl?q=" + Uri.EscapeDataString(query))));
        using FormUrlEncodedContent form = new([new("q", query)]);
        using HttpRequestMessage post = new(HttpMethod.Post, "/api/v1/dsl") { Content = form };
        Assert.Equal(expected, HttpFixture.Text(http.Client.Send(post)));
    }

    /// <summary>Whatever the letters: the URL and the form are read alike, and the error says where it is.</summary>
    [Theory]
    [InlineData("AVG\0:cpu:[]")]
    [InlineData("AVG:cpu:[a=\0] \0")]
    [InlineData("AVG:cpu:[é😀 +&=%] )")]
    public void FormsAreReadAsUrlsAre(string query)
    {
        using HttpFixture http = Filled();
        string wanted = HttpFixture.Text(http.Get("/api/v1/dsl?q=" + Uri.EscapeDataString(query)));
        Assert.Contains("\"at\":", wanted, StringComparison.Ordinal);
        using FormUrlEncodedContent form = new([new("x", "y"), new("q", query), new("z", "")]);
        using HttpRequestMessage post = new(HttpMethod.Post, "/api/v1/dsl") { Content = form };
        Assert.Equal(wanted, HttpFixture.Text(http.Client.Send(post)));
    }

    [Fact]
    public void RawIsPagedByItsCursor()
    {
        using HttpFixture http = Filled();
        List<long> times = [];
        string next = "";
        do
        {
            HttpResponseMessage answer = http.Get("/api/v1/dsl?q=RAW:cpu:[host=a]&limit=2" + next);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            JsonElement data = HttpFixture.Json(answer).GetProperty("data");
            foreach (JsonElement point in data.GetProperty("points").EnumerateArray())
            {
                Assert.Equal("cpu", point.GetProperty("series").GetString());
                times.Add(point.GetProperty("timestamp").GetInt64());
            }
            string? cursor = data.GetProperty("next").GetString();
            next = cursor is null ? "" : "&next=" + Uri.EscapeDataString(cursor);
        }
        while (next.Length > 0);
        Assert.Equal([10, 20, 30], times);
    }

    [Theory]
    [InlineData("", 400, null)]
    [InlineData("?q=AVG", 400, 3)]
    [InlineData("?q=MED:cpu:[]", 400, 0)]
    [InlineData("?q=RAW:cpu:[]&limit=x", 400, null)]
    [InlineData("?q=RAW:cpu:[]&limit=0", 400, null)]
    [InlineData("?q=RAW:cpu:[]&next=forged", 400, null)]
    [InlineData("?q=AVG:cpu:[]&limit=5", 400, null)]
    [InlineData("?q=AVG:cpu:[]:[0,100]:[1us]", 422, null)]
    public void MistakesSayWhatAndWhere(string parameters, int status, int? at)
    {
        using HttpFixture http = Filled(new Limits { MaxWindows = 3 });
        HttpResponseMessage answer = http.Get("/api/v1/dsl" + parameters);
        Assert.Equal(status, (int)answer.StatusCode);
        JsonElement json = HttpFixture.Json(answer);
        Assert.Equal("error", json.GetProperty("status").GetString());
        Assert.NotEmpty(json.GetProperty("error").GetString()!);
        Assert.Equal(at is not null, json.TryGetProperty("at", out JsonElement place));
        if (at is { } expected) Assert.Equal(expected, place.GetInt32());
    }

    [Fact]
    public void ABodyThatIsNoFormIs415()
    {
        using HttpFixture http = Filled();
        using StringContent body = new("AVG:cpu:[]");
        using HttpRequestMessage post = new(HttpMethod.Post, "/api/v1/dsl") { Content = body };
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, http.Client.Send(post).StatusCode);
    }

    [Theory]
    [InlineData("gzip", 400)]
    [InlineData("br", 415)]
    [InlineData("identity", 200)]
    public void ABodyThatCannotBeUnpackedIsNamed(string coding, int status)
    {
        using HttpFixture http = Filled();
        using FormUrlEncodedContent form = new([new("q", "AVG:cpu:[]")]);
        form.Headers.ContentEncoding.Add(coding);
        using HttpRequestMessage post = new(HttpMethod.Post, "/api/v1/dsl") { Content = form };
        Assert.Equal(status, (int)http.Client.Send(post).StatusCode);
    }

    [Fact]
    public void ErrorsReadAsOnTheWebSocket()
    {
        using HttpFixture http = Filled();
        string body = HttpFixture.Text(http.Get("/api/v1/dsl?q=AVG:x:[a%20b]"));
        Assert.Equal("""
            {"status":"error","errorType":"bad_data","error":"expected AND, OR, NOT or ']'","at":9}
            """, body);
    }

    [Fact]
    public void DuringRecoveryIs503()
    {
        using HttpFixture http = Filled();
        http.Sink.State = SinkState.Recovering;
        HttpResponseMessage answer = http.Get("/api/v1/dsl?q=AVG:cpu:[]");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
    }

    [Fact]
    public void TooManyAtOnceIs429()
    {
        using HttpFixture http = Filled();
        Assert.True(http.Gate.TryEnter(CancellationToken.None).AsTask().IsCompletedSuccessfully);
        HttpResponseMessage answer = http.Get("/api/v1/dsl?q=AVG:cpu:[]");
        Assert.Equal(HttpStatusCode.TooManyRequests, answer.StatusCode);
        Assert.NotNull(answer.Headers.RetryAfter);
        http.Gate.Leave();
        Assert.Equal(HttpStatusCode.OK, http.Get("/api/v1/dsl?q=AVG:cpu:[]").StatusCode);
    }

    private static HttpFixture Filled(Limits? limits = null)
    {
        HttpFixture http = new(limits: limits);
        SeriesId a = http.Store.Series("cpu", "host=a");
        http.Store.Put(a, 10, 1);
        http.Store.Put(a, 20, 2);
        http.Store.Put(a, 30, 3);
        http.Store.Put(http.Store.Series("cpu", "host=b"), 15, 10);
        return http;
    }
}
