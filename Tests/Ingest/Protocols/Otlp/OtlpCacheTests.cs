using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Tests.Engine.Store;
using Slungd.Tests.Ingest.Net;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using Xunit;
using static Slungd.Tests.Ingest.Protocols.Otlp.OtlpMessages;

namespace Slungd.Tests.Ingest.Protocols.Otlp;

/// <summary>Series that are known by their bytes are those that their labels say.</summary>
public class OtlpCacheTests
{
    /// <summary>The same points in the same order, the same answers, metadata and exemplars, with much room and with
    /// little.</summary>
    [Theory]
    [InlineData(1, 1 << 20)]
    [InlineData(2, 1 << 20)]
    [InlineData(3, 1 << 20)]
    [InlineData(4, 40_000)]
    [InlineData(5, 40_000)]
    public void NobodySeesWhatIsRemembered(int seed, int cacheBytes)
    {
        TextSink plainSink = new(), warmSink = new();
        using OtlpDoor plain = new(plainSink, 0), warm = new(warmSink, cacheBytes);
        OtlpRequests requests = new(new Random(seed));
        int most = 0;
        for (int i = 0; i < 400; i++)
        {
            byte[] request = requests.Next();
            plainSink.Points.Clear();
            warmSink.Points.Clear();
            Assert.Equal(plain.Take(request), warm.Take(request));
            Assert.Equal(plainSink.Points, warmSink.Points);
            most = Math.Max(most, warm.Remembered);
        }
        Assert.Equal(plain.Said(), warm.Said());
        Assert.InRange(most, 100, 10_000);
    }

    /// <summary>Which new series are refused where there is room for few is a matter of their order alone.</summary>
    [Theory]
    [InlineData(21)]
    [InlineData(22)]
    [InlineData(23)]
    public void AtTheLimitTheFirstSeriesOfARequestAreCreated(int seed)
    {
        TextSink plainSink = new(), warmSink = new(), tightSink = new();
        using OtlpDoor plain = new(plainSink, 0), warm = new(warmSink, 1 << 20), tight = new(tightSink, 20_000);
        Random random = new(seed);
        OtlpRequests requests = new(random);
        for (int i = 0; i < 200; i++)
        {
            int limit = plainSink.Names.Count + random.Next(4);
            plainSink.MaxSeries = warmSink.MaxSeries = tightSink.MaxSeries = limit;
            byte[] request = requests.Next();
            string answer = plain.Take(request);
            Assert.Equal((answer, answer), (warm.Take(request), tight.Take(request)));
            Assert.Equal(plainSink.Names, warmSink.Names);
            Assert.Equal(plainSink.Names, tightSink.Names);
            Assert.Equal(plainSink.Points, warmSink.Points);
            Assert.Equal(plainSink.Points, tightSink.Points);
        }
        Assert.InRange(plainSink.Names.Count, 100, 10_000);
    }

    /// <summary>A store holds the same in the end, through flushes, deletes and a restart.</summary>
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void AStoreHoldsTheSame(int seed)
    {
        using StoreFixture cold = new(), warm = new();
        using OtlpDoor warmDoor = new(warm.Store, 1 << 20);
        using OtlpDoor coldDoor = new(cold.Store, 0);
        Random random = new(seed);
        OtlpRequests requests = new(random);
        for (int i = 0; i < 150; i++)
        {
            byte[] request = requests.Next();
            Assert.Equal(coldDoor.Take(request), warmDoor.Take(request));
            if (random.Next(20) == 0) Both(static store => store.Store.Flush());
            SeriesSelector some = SeriesSelector.Of(LabelMatcher.Equal("__name__", "m" + random.Next(3)));
            if (random.Next(20) == 0) Both(store => store.Store.Delete(some, TimeRange.All));
        }
        Same();
        Both(static store => store.Reopen());
        Same();

        void Both(Action<StoreFixture> act)
        {
            act(cold);
            act(warm);
        }

        void Same()
        {
            using SeriesView coldView = cold.Store.OpenView(), warmView = warm.Store.OpenView();
            StorePoints expected = StorePoints.Of(coldView), read = StorePoints.Of(warmView);
            Assert.Equal((null, null), (expected.FirstNotIn(read), read.FirstNotIn(expected)));
            Assert.InRange(read.Count, 500, int.MaxValue);
        }
    }

    [Fact]
    public void AMetricIsAnotherWhereItIsMonotonicOrOfAnotherKindOrUnit()
    {
        TextSink sink = new();
        using OtlpDoor door = new(sink, 1 << 20);
        ProtoMessage[] metrics =
        [
            Metric("a", "1", Sum, Cumulative, true, Number(5, 1)),
            Metric("a", "1", Sum, Cumulative, false, Number(5, 2)),
            Metric("a", "1", Gauge, 0, false, Number(5, 3)), Metric("a", "s", Sum, Cumulative, true, Number(5, 4)),
            Metric("a", "1", Sum, Delta, true, Number(6, 5)),
        ];
        for (int round = 0; round < 3; round++)
        {
            sink.Points.Clear();
            foreach (ProtoMessage metric in metrics) door.Take(Request(metric));
            Assert.Equal(["a_total{job=shop} 5 1", "a{job=shop} 5 2", "a_ratio{job=shop} 5 3",
                "a_seconds_total{job=shop} 5 4", "a_total{job=shop} 6 5"], sink.Points);
        }
    }

    [Fact]
    public void MetadataAreSaidAgainWhenAnybodyChangedThem()
    {
        using OtlpDoor door = new(new TextSink(), 1 << 20);
        byte[] request = Request(Metric("a", "1", Gauge, 0, false, Number(5, 1)));
        for (int i = 0; i < 5; i++) door.Take(request);
        Assert.InRange(door.Notes.Lines.Count, 1, 2);
        door.Notes.Metadata("a_ratio"u8, MetricType.Counter, "Other."u8, default);
        for (int i = 0; i < 5; i++) door.Take(request);
        Assert.Equal("a_ratio gauge help=Help. unit=", door.Notes.Families["a_ratio"]);
        Assert.InRange(door.Notes.Lines.Count, 3, 5);
    }

    /// <summary>Where points are always new the cache is full soon, begins anew, and knows what comes then.</summary>
    [Fact]
    public void AFullCacheBeginsAnew()
    {
        TextSink sink = new();
        using OtlpDoor door = new(sink, 40_000);
        int next = 0;
        List<int> remembered = [];
        for (int request = 0; request < 200; request++)
        {
            ProtoMessage[] points = [.. Enumerable.Range(0, 50).Select(i =>
                Number(5, i, Attribute("id", (request < 150 ? next++ : i).ToString())))];
            sink.Points.Clear();
            door.Take(Request(Metric("g", "", Gauge, 0, false, points)));
            remembered.Add(door.Remembered);
            Assert.Equal(50, sink.Points.Count);
            Assert.Equal($"g{{job=shop,id={(request < 150 ? next - 1 : 49)}}} 5 49", sink.Points[^1]);
        }
        Assert.Contains(Enumerable.Range(1, 199), i => remembered[i] < remembered[i - 1]);
        Assert.InRange(remembered[^1], 54, 10_000);
    }

    [Theory]
    [InlineData(Cumulative)]
    [InlineData(Delta)]
    public void AllocatesNothingPerPoint(ulong temporality)
    {
        ProtoMessage[] numbers = new ProtoMessage[200], histograms = new ProtoMessage[200];
        ProtoMessage code = new ProtoMessage().Number(3, 200); // its text is made anew
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = Number(5, i, Attribute("route", "/" + i), Attribute("code", code));
            histograms[i] = Buckets(5, 1, 2, 3).Add(9, Attribute("route", "/" + i)).Add(9, Attribute("code", code));
        }
        byte[] body = Request(new ProtoMessage().Add(1, Attribute("service.name", "shop"))
            .Add(1, Attribute("service.namespace", "eu")).Add(1, Attribute("cores", new ProtoMessage().Number(3, 8))),
            new ProtoMessage().Add(1, new ProtoMessage().Add(1, "lib"))
                .Add(2, Metric("s", "1", Sum, temporality, true, numbers))
                .Add(2, Metric("g", "1", Gauge, 0, false, numbers))
                .Add(2, Metric("h", "s", Histogram, temporality, false, histograms)));
        using OtlpDoor door = new(new QuietSink(), 1 << 20);
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            door.Batch.Clear();
            door.Decoder.TryDecode(body);
            door.Decoder.Commit();
        }));
        Assert.Equal(200 + 200 + 5 * 200 + 1, door.Batch.Count);
        Assert.Equal(0, door.Decoder.Rejected());
    }
}
