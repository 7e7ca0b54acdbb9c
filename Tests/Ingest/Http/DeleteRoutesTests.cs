using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Http;
using System.Text.Json;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Ingest.Http;
using Slungd.Native.Os;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class DeleteRoutesTests : IDisposable
{
    private const string Path = "/api/v1/admin/tsdb/delete_series";

    private readonly FaultyDisk _disk = new();
    private readonly StoreFixture _store;
    private readonly QueryGate _gate = new(1, 1);
    private readonly HttpFixture _http;
    private readonly Dictionary<string, SeriesId> _series = [];

    public DeleteRoutesTests()
    {
        _store = new StoreFixture(static o => o with { Limits = o.Limits with { MaxTombstones = 5 } }, _disk);
        foreach (string key in new[] { "up job=a", "up job=b", "down job=a" })
        {
            string[] parts = key.Split(' ');
            _series[key] = _store.Series(parts[0], ValueFamily.Float, parts[1]);
            for (int i = 0; i < 10; i++) _store.Put(_series[key], i * 1_000_000, i);
        }
        _http = new HttpFixture(routes:
            [.. new DeleteRoutes(_store.Store, _gate).All(), .. new AdminRoutes(_store.Store).All()]);
    }

    public void Dispose()
    {
        _http.Dispose();
        _gate.Dispose();
        _store.Dispose();
    }

    [Theory]
    [InlineData("match[]=up", 0, 0, 10)]
    [InlineData("match[]=up{job=\"a\"}", 0, 10, 10)]
    [InlineData("match[]={job=\"a\"}&match[]={job=~\"x|b\"}", 0, 0, 0)]
    [InlineData("match[]=up{job!=\"a\"}&match[]=nothing", 10, 0, 10)]
    [InlineData("match[]=up&start=3&end=5", 7, 7, 10)]
    [InlineData("match[]=up&start=2.5", 3, 3, 10)]
    [InlineData("match[]=up&end=1970-01-01T00:00:02.999Z", 7, 7, 10)]
    [InlineData("match[]=up&start=100", 10, 10, 10)]
    public void PointsOfTheSelectorsAreDeleted(string query, int upA, int upB, int downA)
    {
        HttpResponseMessage answer = Send(HttpMethod.Post, query);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("", HttpFixture.Text(answer));
        Assert.Equal((upA, upB, downA), Counts());
    }

    [Fact]
    public void AFormAndPutWillDo()
    {
        var form = new FormUrlEncodedContent([new("match[]", "up"), new("match[]", "down"), new("end", "4")]);
        HttpRequestMessage request = new(HttpMethod.Put, Path) { Content = form };
        Assert.Equal(HttpStatusCode.NoContent, _http.Client.Send(request).StatusCode);
        Assert.Equal((5, 5, 5), Counts());
        Assert.Equal(3, _store.Store.Statistics().Tombstones);
        foreach (HttpMethod method in new[] { HttpMethod.Post, HttpMethod.Put })
        {
            HttpResponseMessage cleaned = _http.Send(method, "/api/v1/admin/tsdb/clean_tombstones");
            Assert.Equal(HttpStatusCode.NoContent, cleaned.StatusCode);
            Assert.Equal(0, _store.Store.Statistics().Tombstones);
        }
        Assert.Equal(15, _store.Store.Statistics().SegmentPoints);
    }

    [Theory]
    [InlineData("", "match[]")]
    [InlineData("match[]=", "parse error")]
    [InlineData("match[]={}", "at least one non-empty matcher")]
    [InlineData("match[]={job=~\".*\"}", "at least one non-empty matcher")]
    [InlineData("match[]=up&match[]=up{", "\"match[]\": 1:")]
    [InlineData("match[]=rate(up[5m])", "selector")]
    [InlineData("match[]=up offset 5m", "selector")]
    [InlineData("match[]=up&start=x", "\"start\": cannot parse \"x\"")]
    [InlineData("match[]=up&end=tomorrow", "\"end\": cannot parse \"tomorrow\"")]
    [InlineData("match[]=up&start=5&end=3", "before")]
    public void MistakesAreNamed(string query, string expected)
    {
        HttpResponseMessage answer = Send(HttpMethod.Post, query);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        JsonElement error = HttpFixture.Json(answer);
        Assert.Contains(expected, error.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal("bad_data", error.GetProperty("errorType").GetString());
        Assert.Equal((10, 10, 10), Counts());
    }

    [Fact]
    public void TroubleIsAnswered()
    {
        for (int i = 0; i < 5; i++) Send(HttpMethod.Post, $"match[]=down&start={i * 2}&end={i * 2}");
        HttpResponseMessage answer = Send(HttpMethod.Post, "match[]=up");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("clean_tombstones", HttpFixture.Text(answer), StringComparison.Ordinal);
        _http.Send(HttpMethod.Post, "/api/v1/admin/tsdb/clean_tombstones");
        _disk.Fault = static (_, _) => DiskFault.NoSpace;
        Assert.Equal(HttpStatusCode.InsufficientStorage, Send(HttpMethod.Post, "match[]=up").StatusCode);
        _disk.Fault = static (_, _) => DiskFault.Failed;
        Assert.Equal(HttpStatusCode.InternalServerError, Send(HttpMethod.Post, "match[]=up").StatusCode);
        _disk.Fault = null;
        Assert.Equal((10, 10, 5), Counts());
        Assert.Equal(HttpStatusCode.NoContent, Send(HttpMethod.Post, "match[]=up").StatusCode);
        Assert.Equal((0, 0, 5), Counts());
        using var fresh = new TimeSeriesStore(_store.Options, _disk, _store.Clock);
        using HttpFixture http = new(routes: [.. new DeleteRoutes(fresh, _gate).All()]);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, http.Send(HttpMethod.Post, Path + "?match[]=up").StatusCode);
    }

    private HttpResponseMessage Send(HttpMethod method, string query) =>
        _http.Send(method, Path + "?" + query.Replace("+", "%2B", StringComparison.Ordinal));

    private (int, int, int) Counts() => ((int)_store.Count(_series["up job=a"]), (int)_store.Count(_series["up job=b"]),
        (int)_store.Count(_series["down job=a"]));
}
