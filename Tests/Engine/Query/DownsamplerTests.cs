using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Tests.Engine.Fakes;
using Xunit;

namespace Slungd.Tests.Engine.Query;

public sealed class DownsamplerTests
{
    private static readonly double s_stale = BitConverter.UInt64BitsToDouble(Bucket.StaleMarker);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void BucketsAreThoseOfThePlainWay(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 60; round++)
        {
            var store = new FakeSeriesReader(blockLength: 1 + random.Next(40));
            SeriesId series = store.Series("m");
            ValueFamily family = (ValueFamily)random.Next(1, 8);
            var points = new SortedDictionary<long, double>();
            int spread = 1 + random.Next(2000);
            for (int i = random.Next(400); i > 0; i--)
            {
                long at = random.Next(50) == 0 ? random.Next(2) == 0 ? long.MinValue : long.MaxValue
                    : random.Next(-spread, spread);
                double value = random.Next(30) == 0 ? random.Next(2) == 0 ? s_stale : double.NaN
                    : random.Next(family == ValueFamily.Bool ? 2 : 100);
                if (family != ValueFamily.Float && double.IsNaN(value)) value = 1;
                ulong bits = family == ValueFamily.Float ? BitConverter.DoubleToUInt64Bits(value) : (ulong)value;
                store.Put(series, at, family, bits, [1, 2]);
                points[at] = value;
            }
            using SeriesView view = store.OpenView();
            using var downsampler = new Downsampler(view);
            for (int query = 0; query < 8; query++)
            {
                long start = random.Next(-spread, spread), end = start + random.Next(-1, spread);
                TimeRange range = random.Next(3) == 0 ? TimeRange.All : new TimeRange(start, end);
                long width = random.Next(10) == 0 ? long.MaxValue : 1 + random.Next(1 + random.Next(spread));
                var got = new List<DownsampledBucket>();
                int most = random.Next(4) == 0 ? random.Next(5) : int.MaxValue;
                bool isAll = downsampler.Run(series, range, width, got, most);
                List<DownsampledBucket> expected = Expected(points, family, range, width);
                Assert.Equal(expected.Count <= most, isAll);
                if (!isAll) expected.RemoveRange(most, expected.Count - most);
                Assert.Equal(expected.Count, got.Count);
                for (int i = 0; i < got.Count; i++) AssertSame(family, expected[i], got[i]);
            }
        }
    }

    private static List<DownsampledBucket> Expected(SortedDictionary<long, double> points, ValueFamily family,
        TimeRange range, long width) =>
        [.. points.Where(p => range.Contains(p.Key) &&
                (family != ValueFamily.Float || BitConverter.DoubleToUInt64Bits(p.Value) != Bucket.StaleMarker))
            .GroupBy(p => Start(p.Key, width))
            .Select(static bucket =>
            {
                double[] values = [.. bucket.Select(static p => p.Value)];
                double[] real = [.. values.Where(static v => !double.IsNaN(v)), double.NaN];
                return new DownsampledBucket(bucket.Key, new BlockSummary
                {
                    Count = values.Length, FirstTimestamp = bucket.First().Key, LastTimestamp = bucket.Last().Key,
                    Min = real.Length > 1 ? real[..^1].Min() : double.NaN,
                    Max = real.Length > 1 ? real[..^1].Max() : double.NaN,
                    Sum = values.Sum(), First = values[0], Last = values[^1],
                });
            })];

    private static long Start(long timestamp, long width)
    {
        Int128 start = timestamp - ((Int128)timestamp % width + width) % width;
        return (long)Int128.Max(start, long.MinValue);
    }

    private static void AssertSame(ValueFamily family, DownsampledBucket expected, DownsampledBucket got)
    {
        BlockSummary a = expected.Points, b = got.Points;
        Assert.Equal((expected.Start, a.Count, a.FirstTimestamp, a.LastTimestamp),
            (got.Start, b.Count, b.FirstTimestamp, b.LastTimestamp));
        if (family.HasPayload()) return;
        Assert.Equal((a.Min, a.Max, a.First, a.Last), (b.Min, b.Max, b.First, b.Last));
        Assert.Equal(a.Sum, b.Total, 1e-9);
        Assert.Equal(a.Sum / a.Count, got.Average, 1e-9);
    }

    [Fact]
    public void BlocksInsideABucketAreNotRead()
    {
        var store = new FakeSeriesReader(blockLength: 10);
        SeriesId series = store.Series("m");
        for (int i = 0; i < 1000; i++) store.Put(series, i, i);
        using SeriesView view = store.OpenView();
        using var downsampler = new Downsampler(view);
        var buckets = new List<DownsampledBucket>();
        Assert.True(downsampler.Run(series, TimeRange.All, 100, buckets, 10));
        Assert.Equal((10, 100, 0), (buckets.Count, store.SummariesGiven, store.BlocksGiven));
    }
}
