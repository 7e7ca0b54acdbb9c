using Slungd.Engine.Model;
using Slungd.Ingest.Hosting;
using Slungd.Ingest.Hosting.Options;
using Slungd.Ingest.Http;
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

    /// <summary>All doors full, those above their limits among them, there are descriptors left for everything else.
    /// </summary>
    [Theory]
    [InlineData(64, false)]
    [InlineData(100, false)]
    [InlineData(256, true)]
    [InlineData(1_024, false)]
    [InlineData(1_024, true)]
    [InlineData(4_096, true)]
    public void WhereDescriptorsAreFewConnectionsLeaveSome(long files, bool hasMore)
    {
        ServeOptions options = new() { Threads = 1, Http = new(0, 0) };
        if (hasMore) (options.TlsCertificate, options.OtlpGrpc, options.Graphite) = ("cert.pem", new(0, 0), new(0, 0));
        Limits limits = FittingLimits.Of(options, 8L << 30, files);
        int sockets = limits.MaxConnections + limits.SpareConnections;
        int http = Crowd.MostAccepted(limits);
        int all = hasMore ? 3 * sockets + 2 * http + limits.MaxConnections : sockets + http;
        Assert.InRange(all, 12, files - 45);
        Assert.True(limits is { MaxConnections: > 1, MaxHttpConnections: > 1, SpareConnections: > 1 });
    }

    [Fact]
    public void WhereDescriptorsAreManyTheyAreNoLimit()
    {
        ServeOptions options = new() { Http = new(0, 0) };
        Assert.Equal(options.Limits, FittingLimits.Of(options, 8L << 30, 20_000));
        Assert.Equal(4, FittingLimits.Of(options, 8L << 30, 20).MaxConnections); // it is tried all the same
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
