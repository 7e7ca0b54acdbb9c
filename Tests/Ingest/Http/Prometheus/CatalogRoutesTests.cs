using System;
using System.Net;
using System.Net.Http;
using System.Text.Json;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Http.Prometheus;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Ingest.Http.Prometheus;

/// <summary>Lists that do not fit the managed heap; the rest is in ApiRoutesTests.</summary>
public sealed class CatalogRoutesTests : IDisposable
{
    private readonly StoreFixture _store = new();
    private readonly QueryGate _queries = new(maxRunning: 1, maxWaiting: 0);
    private readonly HttpFixture _http;

    public CatalogRoutesTests()
    {
        ApiGate gate = new(_store.Store, _queries);
        HttpRoute full = new("/full") { Get = static _ => throw new InsufficientMemoryException() };
        _http = new HttpFixture(routes: [.. new CatalogRoutes(new FullReader(), gate).All(), full]);
    }

    public void Dispose()
    {
        _http.Dispose();
        _queries.Dispose();
        _store.Dispose();
    }

    [Theory]
    [InlineData("/api/v1/series?match[]=up", HttpStatusCode.UnprocessableEntity, "execution")]
    [InlineData("/api/v1/labels", HttpStatusCode.UnprocessableEntity, "execution")]
    [InlineData("/api/v1/label/job/values", HttpStatusCode.UnprocessableEntity, "execution")]
    [InlineData("/full", HttpStatusCode.ServiceUnavailable, "unavailable")] // whatever has no answer of its own
    public void NoMemoryIsNoMistakeOfOurs(string path, HttpStatusCode status, string type)
    {
        for (int i = 0; i < 2; i++) // the turn is given back
        {
            HttpResponseMessage answer = _http.Get(path, "Accept-Encoding", "gzip");
            Assert.Equal(status, answer.StatusCode);
            Assert.Empty(answer.Content.Headers.ContentEncoding);
            JsonElement root = HttpFixture.Json(answer);
            Assert.Equal(type, root.GetProperty("errorType").GetString());
            Assert.Contains("ask for less", root.GetProperty("error").GetString());
        }
    }

    private sealed class FullReader : ISeriesReader
    {
        public Precision Precision => Precision.Microseconds;

        public SeriesView OpenView() => throw new InsufficientMemoryException();
    }
}
