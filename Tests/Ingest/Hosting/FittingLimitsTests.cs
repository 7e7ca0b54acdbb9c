using Slungd.Engine.Model;
using Slungd.Ingest.Hosting;
using Slungd.Ingest.Hosting.Options;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting;

public class FittingLimitsTests
{
    [Fact]
    public void WhereMemoryIsLargeTheLimitsAreThoseOfTheOptions()
    {
        ServeOptions options = new();
        Limits fitting = FittingLimits.Of(options, 8L << 30);
        Assert.Equal(options.Limits, fitting);
        options.Limits = new Limits { MaxConnections = 7, MaxLiveQueries = 8, MaxQuerySamples = 9 };
        fitting = FittingLimits.Of(options, 8L << 30);
        Assert.Equal((7, 7, 8, 9L), (fitting.MaxConnections, fitting.MaxHttpConnections, fitting.MaxLiveQueries,
            fitting.MaxQuerySamples));
    }

    /// <summary>All at their limits together, the heap still has a quarter for everything else.</summary>
    [Theory]
    [InlineData(12L << 20, false)]
    [InlineData(51L << 20, false)]
    [InlineData(51L << 20, true)]
    [InlineData(400L << 20, true)]
    public void WhereItIsSmallTheyFit(long heap, bool hasMore)
    {
        ServeOptions options = new();
        if (hasMore) (options.TlsCertificate, options.OtlpGrpc) = ("cert.pem", new(0, 0));
        Limits limits = FittingLimits.Of(options, heap);
        long http = (long)limits.MaxHttpConnections * (limits.MaxHttpBufferBytes + (96 << 10)) * (hasMore ? 2 : 1);
        long live = (long)limits.MaxLiveQueries * limits.MaxQueuedEventsPerSubscription * Limits.LiveMessageBytes;
        Assert.InRange(http, 1 << 20, heap / 2);
        Assert.InRange(live, 1 << 20, heap / 4 + (4 << 20));
        Assert.True(limits.MaxHttpBufferBytes >= limits.MaxHeadBytes);
        Assert.Equal(hasMore && heap < 200L << 20, limits.MaxConnections < 1024);
    }
}
