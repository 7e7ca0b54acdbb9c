using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Ingest.Security;
using Slungd.Tests.Engine.Store;
using Slungd.Tests.Ingest.Protocols.Protobuf;
using Xunit;
using static Slungd.Tests.Ingest.Protocols.Otlp.OtlpMessages;

namespace Slungd.Tests.Ingest.Protocols.Otlp;

public class OtlpDeltaTests
{
    private static List<string> Take(OtlpDoor door, TextSink sink, ProtoMessage metric, string answer = "True 1 0 0 ")
    {
        sink.Points.Clear();
        Assert.Equal(answer, door.Take(Request(metric)));
        return sink.Points;
    }

    private static ProtoMessage Exponents(ulong time, ulong count) => new ProtoMessage().Fixed64(3, time * 1_000_000)
        .Fixed64(4, count).Double(5, 0).Fixed64(7, count);

    /// <summary>Neither its value nor its time: it may be the first one, or lie in the future.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public void WhatTheStoreRefusesAddsNothing(int cacheBytes)
    {
        TextSink sink = new();
        using OtlpDoor door = new(sink, cacheBytes);
        sink.TooOld.AddRange([1, 9]);
        ProtoMessage Number(ulong time) =>
            Metric("d", "", Sum, Delta, true, OtlpMessages.Number(time, 2));
        ProtoMessage Buckets(ulong time) =>
            Metric("h", "", Histogram, Delta, false, OtlpMessages.Buckets(time, 1, 2, 3));
        ProtoMessage Native(ulong time) => Metric("e", "", Exponential, Delta, false, Exponents(time, time));
        foreach (ulong refused in (ulong[])[1, 9])
        {
            Assert.Empty(Take(door, sink, Number(refused), "True 1 1 1 "));
            Assert.Empty(Take(door, sink, Buckets(refused), "True 1 1 5 "));
            Assert.Empty(Take(door, sink, Native(refused), "True 1 1 1 "));
        }
        Assert.Equal(["d_total{job=shop} 5 2"], Take(door, sink, Number(5)));
        Assert.Equal(["h_count{job=shop} 5 6", "h_sum{job=shop} 5 9", "h_bucket{job=shop,le=0.5} 5 1",
            "h_bucket{job=shop,le=10} 5 3", "h_bucket{job=shop,le=+Inf} 5 6"], Take(door, sink, Buckets(5)));
        string first = Assert.Single(Take(door, sink, Native(5)));
        Assert.Empty(Take(door, sink, Number(9), "True 1 1 1 "));
        Assert.Empty(Take(door, sink, Native(9), "True 1 1 1 "));
        Assert.Equal(["d_total{job=shop} 6 4"], Take(door, sink, Number(6)));
        Take(door, sink, Metric("e", "", Exponential, Delta, false, Exponents(6, 0)));
        Assert.Equal(first.Replace(" 5 ", " 6 ", StringComparison.Ordinal), Assert.Single(sink.Points));
    }

    /// <summary>As the Collector's deltatocumulative has it: what was counted within other bounds can't be told apart.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public void WhereBoundsChangeAllOfAHistogramBeginsAgain(int cacheBytes)
    {
        TextSink sink = new();
        using OtlpDoor door = new(sink, cacheBytes);
        ProtoMessage Within(ulong time, double bound) => Metric("h", "", Histogram, Delta, false,
            new ProtoMessage().Fixed64(3, time * 1_000_000).Fixed64(4, 10).Double(5, 3).Add(6, Packed(4, 6))
                .Add(7, Packed(BitConverter.DoubleToUInt64Bits(bound))));
        string[] Stored(ulong time, int bound, int times) => [$"h_count{{job=shop}} {time} {10 * times}",
            $"h_sum{{job=shop}} {time} {3 * times}", $"h_bucket{{job=shop,le={bound}}} {time} {4 * times}",
            $"h_bucket{{job=shop,le=+Inf}} {time} {10 * times}"];
        const string late = "True 1 1 0 data point 1, of h: the delta is older than the last one of its series, or of "
            + "its time with other bounds";
        Assert.Equal(Stored(5, 1, times: 1), Take(door, sink, Within(5, 1)));
        Assert.Equal(Stored(6, 1, times: 2), Take(door, sink, Within(6, 1)));
        Assert.Empty(Take(door, sink, Within(6, 5), late));
        Assert.Empty(Take(door, sink, Within(5, 5), late));
        Assert.Equal(Stored(7, 5, times: 1), Take(door, sink, Within(7, 5)));
        Assert.Equal(Stored(7, 5, times: 1), Take(door, sink, Within(7, 5))); // sent again
        Assert.Equal(Stored(8, 5, times: 2), Take(door, sink, Within(8, 5)));
        Assert.Equal(Stored(9, 1, times: 1), Take(door, sink, Within(9, 1))); // not what was before
        Assert.Equal(Stored(10, 1, times: 2), Take(door, sink, Within(10, 1)));
        Assert.Empty(Take(door, sink, Within(8, 1), late));
    }

    /// <summary>Nobody could know before, as where memory or disk is short: it adds nothing unless it is sent again.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public void WhatTheStoreRefusesAfterAllIsTakenBack(int cacheBytes)
    {
        TextSink sink = new();
        using OtlpDoor door = new(sink, cacheBytes);
        ProtoMessage At(ulong time) => Metric("d", "", Sum, Delta, true, Number(time, time),
            Number(time, 1, Attribute("k", "v")));
        string[] Stored(ulong time, double sum, int others) =>
            [$"d_total{{job=shop}} {time} {sum}", $"d_total{{job=shop,k=v}} {time} {others}"];
        sink.NoRoom.UnionWith(["d_total{job=shop} 5 5", "d_total{job=shop} 7 13", "d_total{job=shop} 8 14"]);
        Assert.Equal(Stored(5, 0, 1)[1..], Take(door, sink, At(5), "True 2 1 1 ")); // the first of its series
        Assert.Equal(Stored(6, 6, 2), Take(door, sink, At(6), "True 2 0 0 "));
        for (int i = 0; i < 2; i++) Assert.Equal(Stored(7, 0, 3)[1..], Take(door, sink, At(7), "True 2 1 1 "));
        Assert.Equal(Stored(8, 0, 4)[1..], Take(door, sink, At(8), "True 2 1 1 "));
        sink.NoRoom.Clear();
        for (int i = 0; i < 2; i++) Assert.Equal(Stored(8, 14, 4), Take(door, sink, At(8), "True 2 0 0 "));

        List<string> Native(OtlpDoor into, ulong time, ulong count, string answer = "True 1 0 0 ") =>
            [.. Take(into, sink, Metric("e", "", Exponential, Delta, false, Exponents(time, count)), answer)];
        using OtlpDoor other = new(sink, cacheBytes);
        string five = Native(other, 5, count: 5)[0], both = Native(other, 6, count: 6)[0];
        using OtlpDoor third = new(sink, cacheBytes);
        string six = Native(third, 6, count: 6)[0];
        sink.NoRoom.UnionWith([five, both]);
        Assert.Empty(Native(door, 5, count: 5, "True 1 1 1 "));
        Assert.Equal([six], Native(door, 6, count: 6));
        sink.NoRoom.Remove(five);
        using OtlpDoor last = new(sink, cacheBytes);
        Assert.Equal([five], Native(last, 5, count: 5));
        Assert.Empty(Native(last, 6, count: 6, "True 1 1 1 "));
        Assert.Equal([five.Replace(" 5 ", " 7 ", StringComparison.Ordinal)], Native(last, 7, count: 0));
    }

    /// <summary>Several of one series in one request, more than are handed over together, the last ones refused.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public void SumsAreThoseOfWhatWasStoredLast(int cacheBytes)
    {
        TextSink sink = new();
        using OtlpDoor door = new(sink, cacheBytes);
        ProtoMessage[] points = new ProtoMessage[10_000];
        for (int i = 0; i < points.Length; i++) points[i] = Number((ulong)i + 1, 1);
        foreach (int refused in (int[])[1, 8_190, 9_999, 10_000])
            sink.NoRoom.Add($"d_total{{job=shop}} {refused} {refused}");
        Take(door, sink, Metric("d", "", Sum, Delta, true, points), "True 10000 4 4 ");
        Assert.Equal("d_total{job=shop} 9998 9998", sink.Points[^1]); // what is kept has those before it
        sink.NoRoom.Clear();
        Assert.Equal(["d_total{job=shop} 9999 9999"],
            Take(door, sink, Metric("d", "", Sum, Delta, true, points[9_998])));
    }

    /// <summary>Keys of others before it fill a batch, so that they are handed over when its series begins.</summary>
    [Fact]
    public void ADeltaWhoseAnswerComesLaterThanThoseBeforeItIsTakenBackToo()
    {
        TextSink sink = new();
        using OtlpDoor door = new(sink, 0);
        ProtoMessage At(ulong time) => Metric("d", "", Sum, Delta, true, Number(time, time));
        ProtoMessage[] gauges = new ProtoMessage[18]; // a little more than 1 MiB
        for (int i = 0; i < gauges.Length; i++) gauges[i] = Number(1, 1, Attribute("k", i + new string('x', 60_000)));
        ProtoMessage metrics = new ProtoMessage().Add(2, At(1)).Add(2, Metric("g", "", Gauge, 0, false, gauges))
            .Add(2, At(2)).Add(2, Metric("e", "", Sum, Delta, true, Number(1, 1)));
        sink.NoRoom.UnionWith(["d_total{job=shop} 1 1", "d_total{job=shop} 2 3"]);
        Assert.Equal("True 21 2 2 ",
            door.Take(Request(new ProtoMessage().Add(1, Attribute("service.name", "shop")), metrics)));
        Assert.Equal(2, sink.Calls);
        Assert.Equal(["d_total{job=shop} 4 4"], Take(door, sink, At(4)));
    }

    /// <summary>Whatever is refused: a sum is that of the last point that was stored, and goes on from there.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 1 << 20)]
    [InlineData(3, 4_096)]
    public void SumsGoOnFromWhatWasStored(int seed, int cacheBytes)
    {
        TextSink sink = new();
        using OtlpDoor door = new(sink, cacheBytes);
        Random random = new(seed);
        double[] stored = new double[4];
        ulong time = 1;
        for (int request = 0; request < 200; request++)
        {
            double[] sums = [.. stored];
            List<ProtoMessage> points = [];
            List<string> kept = [];
            for (int i = random.Next(8); i >= 0; i--)
            {
                int series = random.Next(4), delta = random.Next(9);
                points.Add(Number(++time, delta, Attribute("s", "" + series)));
                string point = $"d_total{{job=shop,s={series}}} {time} {sums[series] += delta}";
                if (random.Next(3) == 0) sink.NoRoom.Add(point);
                else
                {
                    kept.Add(point);
                    stored[series] = sums[series];
                }
            }
            int refused = points.Count - kept.Count;
            Assert.Equal(kept, Take(door, sink, Metric("d", "", Sum, Delta, true, [.. points]),
                $"True {points.Count} {refused} {refused} "));
        }
    }

    /// <summary>Where the bounds change, what was taken back is the sum within the former ones.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public void BoundsOfWhatIsRefusedDoNotHold(int cacheBytes)
    {
        TextSink sink = new();
        using OtlpDoor door = new(sink, cacheBytes);
        ProtoMessage Within(ulong time, double bound) => Metric("h", "", Histogram, Delta, false, new ProtoMessage()
            .Fixed64(3, time * 1_000_000).Fixed64(4, 10).Add(6, Packed(4, 6))
            .Add(7, Packed(BitConverter.DoubleToUInt64Bits(bound))));
        string[] Stored(ulong time, int bound, int times) => [$"h_count{{job=shop}} {time} {10 * times}",
            $"h_bucket{{job=shop,le={bound}}} {time} {4 * times}",
            $"h_bucket{{job=shop,le=+Inf}} {time} {10 * times}"];
        Assert.Equal(Stored(5, 1, times: 1), Take(door, sink, Within(5, 1)));
        sink.NoRoom.UnionWith(Stored(6, 2, times: 1));
        Assert.Empty(Take(door, sink, Within(6, 2), "True 1 1 3 "));
        Assert.Equal(Stored(7, 1, times: 2), Take(door, sink, Within(7, 1)));
        Assert.Equal(Stored(8, 2, times: 1), Take(door, sink, Within(8, 2)));
    }

    /// <summary>A histogram one of whose buckets can't be a series is refused as a whole.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1 << 20)]
    public void AtTheLimitOfSeriesAHistogramIsTakenWhollyOrNotAtAll(int cacheBytes)
    {
        TextSink sink = new() { MaxSeries = 4 };
        using OtlpDoor door = new(sink, cacheBytes);
        ProtoMessage At(ulong time) => Metric("h", "", Histogram, Delta, false, Buckets(time, 1, 2, 3));
        for (int i = 0; i < 2; i++) Assert.Empty(Take(door, sink, At(5), "True 1 1 5 "));
        sink.MaxSeries = 5;
        Assert.Equal(["h_count{job=shop} 6 6", "h_sum{job=shop} 6 9", "h_bucket{job=shop,le=0.5} 6 1",
            "h_bucket{job=shop,le=10} 6 3", "h_bucket{job=shop,le=+Inf} 6 6"], Take(door, sink, At(6)));
    }

    [Fact]
    public void ThoseWhoWrapTheStoreKnowItsBounds()
    {
        using StoreFixture fixture = new(static options => options with
        {
            Retention = TimeSpan.FromSeconds(60), FutureLimit = TimeSpan.FromSeconds(10),
        });
        long now = fixture.Store.Precision.Now(fixture.Clock);
        TokenSink sink = new(new LiveHub(fixture.Store, fixture.Store.Registry.KeyOf, fixture.Clock, new Limits()));
        Assert.Equal(RefusalCode.None, sink.CheckTime(now - 61_000_000)); // the store is empty
        fixture.Put(fixture.Series("a"), now, 1);
        Assert.Equal(RefusalCode.TooOld, sink.CheckTime(now - 60_000_001));
        Assert.Equal(RefusalCode.None, sink.CheckTime(now - 60_000_000));
        Assert.Equal(RefusalCode.None, sink.CheckTime(now + 10_000_000));
        Assert.Equal(RefusalCode.TooNew, sink.CheckTime(now + 10_000_001));
    }
}
