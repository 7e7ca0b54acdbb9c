using System;
using System.Net;
using System.Net.Http;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Engine.PromQL;
using Slungd.Ingest.Http;
using Slungd.Ingest.Http.Prometheus;
using Slungd.Native.Memory;
using Slungd.Tests.Engine.Query;
using Slungd.Tests.Engine.Store;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using Slungd.Tests.Ingest.Protocols.RemoteWrite;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

/// <summary>Series that have floats at some times and native histograms at others, as when a target changes what it
/// exposes: written by remote write, one series to everybody who asks.</summary>
public sealed class MixedSeriesTests : IDisposable
{
    private readonly StoreFixture _store = new();
    private readonly MetadataStore _metadata = new(10);
    private readonly ExemplarStore _exemplars = new(10, 10_000);
    private readonly QueryGate _queries = new(maxRunning: 2, maxWaiting: 0);
    private readonly FakeClock _clock = new() { Now = DateTimeOffset.UnixEpoch.AddSeconds(60) };
    private readonly HttpFixture _http;

    public MixedSeriesTests()
    {
        ApiGate gate = new(_store.Store, _queries);
        RequestBodies bodies = new(new ByteBudget(4 << 20), 1 << 20);
        Intake intake = new(_store.Store, new Limits { MaxHoldBackSeconds = 0 }, TimeProvider.System);
        _http = new HttpFixture(routes:
        [
            .. new QueryRoutes(new PromQLEngine(_store.Store, _clock), gate, _clock, new PromQLOptions()).All(),
            .. new CatalogRoutes(_store.Store, gate).All(),
            .. new FederateRoutes(_store.Store, gate, _clock).All(),
            .. new DeleteRoutes(_store.Store, _queries).All(),
            .. new RemoteWriteRoutes(_store.Store, intake, bodies, new ByteBudget(1 << 20), _metadata, _exemplars)
                .All(),
        ]);
        Write(RemoteWriteDecoderTests.Series("__name__:m", "job:x").Add(2, Sample(1, 10)).Add(2, Sample(2, 20))
            .Add(4, Histogram(3, 30)).Add(4, Histogram(4, 40)).Add(2, Sample(5, 50)));
    }

    public void Dispose()
    {
        _http.Dispose();
        _queries.Dispose();
        _metadata.Dispose();
        _exemplars.Dispose();
        _store.Dispose();
    }

    private static ProtoMessage Sample(double value, long seconds) =>
        RemoteWriteDecoderTests.Sample(value, seconds * 1000);

    /// <summary>With so many observations of zero.</summary>
    private static ProtoMessage Histogram(ulong count, long seconds) => new ProtoMessage().Number(1, count).Double(3, 0)
        .Double(5, 0.001).Number(6, count).Number(15, (ulong)seconds * 1000);

    private void Write(ProtoMessage series)
    {
        ByteArrayContent content = new(RemoteWriteRoutesTests.Snappy(new ProtoMessage().Add(1, series).Bytes));
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/v1/write") { Content = content };
        Assert.Equal(HttpStatusCode.NoContent, _http.Client.Send(request).StatusCode);
    }

    private string Ask(string path) => HttpFixture.Json(_http.Get(path)).GetProperty("data").GetRawText();

    [Fact]
    public void ItIsOneSeriesToEveryList()
    {
        Assert.Equal("""[{"__name__":"m","job":"x"}]""", Ask("/api/v1/series?match[]=m"));
        Assert.Equal("""["__name__","job"]""", Ask("/api/v1/labels"));
        Assert.Equal("""["__name__","job"]""", Ask("/api/v1/labels?match[]=m"));
        Assert.Equal("""["x"]""", Ask("/api/v1/label/job/values"));
    }

    [Theory]
    [InlineData(25, "\"value\":[25,\"2\"]")]
    [InlineData(35, "\"histogram\":[35,{\"count\":\"3\"")]
    [InlineData(45, "\"histogram\":[45,{\"count\":\"4\"")]
    [InlineData(55, "\"value\":[55,\"5\"]")]
    public void TheNewestSampleCounts(int time, string expected) =>
        Assert.Contains(expected, Ask($"/api/v1/query?query=m&time={time}"));

    [Fact]
    public void RangesHaveBoth()
    {
        string range = Ask("/api/v1/query_range?query=m&start=10&end=50&step=10");
        Assert.Contains("\"metric\":{\"__name__\":\"m\",\"job\":\"x\"},\"values\":[[10,\"1\"],[20,\"2\"],[50,\"5\"]],"
            + "\"histograms\":[[30,{\"count\":\"3\"", range);
        Assert.Contains("\"value\":[60,\"5\"]", Ask("/api/v1/query?query=count_over_time(m[1m])&time=60"));
        Assert.Contains("\"value\":[35,\"3\"]", Ask("/api/v1/query?query=histogram_count(m)&time=35"));
    }

    [Fact]
    public void AnEndMarkedByAFloatEndsTheHistogramsToo()
    {
        Write(RemoteWriteDecoderTests.Series("__name__:h").Add(4, Histogram(3, 30)));
        Assert.Contains("\"count\":\"3\"", Ask("/api/v1/query?query=h&time=50"));
        Write(RemoteWriteDecoderTests.Series("__name__:h").Add(2,
            Sample(BitConverter.UInt64BitsToDouble(0x7ff0000000000002), 40)));
        Assert.Equal("""{"resultType":"vector","result":[]}""", Ask("/api/v1/query?query=h&time=50"));
        Assert.Contains("\"count\":\"3\"", Ask("/api/v1/query?query=h&time=35"));
    }

    [Fact]
    public void FederationShowsTheNumberUnlessAHistogramIsNewer()
    {
        Assert.Equal("# TYPE m untyped\nm{job=\"x\",instance=\"\"} 5 50000\n",
            HttpFixture.Text(_http.Get("/federate?match[]=m")));
        Write(RemoteWriteDecoderTests.Series("__name__:m", "job:x").Add(4, Histogram(6, 60)));
        Assert.Equal("", HttpFixture.Text(_http.Get("/federate?match[]=m")));
    }

    [Fact]
    public void BothAreDeleted()
    {
        HttpResponseMessage answer =
            _http.Send(HttpMethod.Post, "/api/v1/admin/tsdb/delete_series?match[]=m{job=\"x\"}");
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal("""{"resultType":"matrix","result":[]}""",
            Ask("/api/v1/query_range?query=m&start=10&end=50&step=10"));
    }
}
