using System;
using System.Linq;
using System.Net.Http;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Ingest.Http;
using Slungd.Ingest.Http.Prometheus;
using Slungd.Native.Memory;
using Slungd.Tests.Engine.Query;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

/// <summary>Stored series that have the same labels: one series to every reader, with the same points.</summary>
public sealed class AlikeSeriesTests : IDisposable
{
    private readonly StoreFixture _store = new();
    private readonly QueryGate _queries = new(maxRunning: 2, maxWaiting: 0);
    private readonly FakeClock _clock = new() { Now = DateTimeOffset.UnixEpoch.AddSeconds(35) };
    private readonly HttpFixture _http;

    public AlikeSeriesTests()
    {
        ApiGate gate = new(_store.Store, _queries);
        RequestBodies bodies = new(new ByteBudget(4 << 20), 1 << 20);
        _http = new HttpFixture(routes:
        [
            .. new QueryRoutes(new PromQLEngine(_store.Store, _clock), gate, _clock, new PromQLOptions()).All(),
            .. new ExportRoutes(_store.Store, gate).All(),
            .. new FederateRoutes(_store.Store, gate, _clock).All(),
            .. new RemoteReadRoutes(_store.Store, gate, bodies, new Limits()).All(),
        ]);
    }

    public void Dispose()
    {
        _http.Dispose();
        _queries.Dispose();
        _store.Dispose();
    }

    private void Put(string tag, params (long Time, double Value)[] points)
    {
        WriteBatch batch = new(_store.Store);
        batch.BeginSeries("v"u8);
        batch.AddTag(Encoding.UTF8.GetBytes(tag));
        foreach ((long time, double value) in points) batch.AddFloat(time, value);
        batch.Commit();
    }

    private void PutHistograms(params long[] times)
    {
        WriteBatch batch = new(_store.Store);
        batch.BeginSeries("v"u8);
        batch.AddTag("muted"u8);
        batch.AddTag(SeriesLabels.HistogramTag);
        byte[] histogram = HistogramCodec.Encode(new FloatHistogram { Count = 1, ZeroCount = 1 });
        foreach (long time in times) batch.AddPayload(ValueFamily.Histogram, time, histogram);
        batch.Commit();
    }

    private string Ask(string path) =>
        HttpFixture.Json(_http.Get(path)).GetProperty("data").GetProperty("result").GetRawText();

    /// <summary>The store knows no order of writes between them.</summary>
    [Theory]
    [InlineData("bare", "pair", "histograms")]
    [InlineData("histograms", "bare", "pair")]
    [InlineData("pair", "histograms", "bare")]
    public void AtOneTimeTheSamePointCountsForEveryReaderWhicheverWasWrittenLast(params string[] order)
    {
        foreach (string series in order)
        {
            if (series == "bare") Put("muted", (10_000_000, 5), (20_000_000, 6), (30_000_500, 7));
            else if (series == "pair") Put("muted=true", (10_000_000, 10), (30_000_200, 8));
            else PutHistograms(5_000_000, 10_000_000, 20_000_000, 30_000_100);
        }
        Put("a=b", (10_000_000, 1));
        const string metric = """{"__name__":"v","muted":"true"}""", selector = "v{muted=\"true\"}";
        Assert.Contains($"{{\"metric\":{metric},\"values\":[[10,\"10\"],[20,\"6\"],[30,\"7\"]]}}",
            Ask($"/api/v1/query_range?query={selector}&start=10&end=30&step=10"));
        string samples = Ask($"/api/v1/query?query={selector}[1m]&time=40");
        Assert.Contains("\"values\":[[10,\"10\"],[20,\"6\"],[30,\"8\"],[30,\"7\"]]", samples);
        Assert.Contains("\"value\":[40,\"6\"]", Ask($"/api/v1/query?query=count_over_time({selector}[1m])&time=40"));

        string[] lines = HttpFixture.Text(_http.Get("/api/v1/export?match[]=v")).TrimEnd().Split('\n');
        Assert.Equal(["""{"metric":{"__name__":"v","a":"b"},"values":[1],"timestamps":[10000]}""",
            $$"""{"metric":{{metric}},"values":[10,6,7],"timestamps":[10000,20000,30000],"rounded":true}"""],
            lines.Order(StringComparer.Ordinal));
        Assert.Equal("# TYPE v untyped\nv{muted=\"true\",instance=\"\"} 7 30000\n",
            HttpFixture.Text(_http.Get($"/federate?match[]={selector}")));

        ByteArrayContent query = new(RemoteWriteRoutesTests.Snappy(RemoteReadRoutesTests.Query(6_000, 40_000,
            RemoteReadRoutesTests.Matcher(0, "muted", "true")).Bytes));
        query.Headers.ContentEncoding.Add("snappy");
        Assert.Equal(["__name__=v muted=true 10@10000 6@20000 7@30000"], RemoteReadRoutesTests.Samples(
            _http.Client.Send(new HttpRequestMessage(HttpMethod.Post, "/api/v1/read") { Content = query })));
    }
}
