using Slungd.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

public class LogLimiterTests
{
    [Fact]
    public void One_line_per_interval_tells_of_all()
    {
        var limiter = new LogLimiter(intervalMs: 100);
        Assert.True(limiter.MayLog(5, 3, out long total));
        Assert.Equal(3, total);
        Assert.False(limiter.MayLog(50, 4, out _));
        Assert.False(limiter.MayLog(104, 1, out _));
        Assert.True(limiter.MayLog(105, 1, out total));
        Assert.Equal(6, total);
    }
}
