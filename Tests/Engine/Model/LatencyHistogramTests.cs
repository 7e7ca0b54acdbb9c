using System;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.Engine.Model;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void EachDurationIsInTheFirstBucketThatHoldsIt()
    {
        LatencyHistogram histogram = new();
        histogram.Record(TimeSpan.FromTicks(-1));
        histogram.Record(TimeSpan.FromMicroseconds(10));
        histogram.Record(TimeSpan.FromMicroseconds(10.1));
        histogram.Record(TimeSpan.FromSeconds(10));
        histogram.Record(TimeSpan.FromSeconds(10.1));
        histogram.Record(TimeSpan.MaxValue - TimeSpan.FromDays(10_600_000)); // years are no overflow
        long[] counts = new long[LatencyHistogram.BucketCount];
        histogram.AddTo(counts);
        Assert.Equal(2, counts[0]);
        Assert.Equal(1, counts[1]);
        Assert.Equal(1, counts[^2]);
        Assert.Equal(2, counts[^1]);
        Assert.Equal("0.00001", LatencyHistogram.BoundText(0));
        Assert.Equal("10", LatencyHistogram.BoundText(LatencyHistogram.BucketCount - 2));
        Assert.Equal("+Inf", LatencyHistogram.BoundText(LatencyHistogram.BucketCount - 1));
    }

    [Fact]
    public void RecordingAllocatesNothing()
    {
        LatencyHistogram histogram = new();
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            for (int i = 0; i < 1000; i++) histogram.Record(TimeSpan.FromMicroseconds(i));
        }));
    }
}
