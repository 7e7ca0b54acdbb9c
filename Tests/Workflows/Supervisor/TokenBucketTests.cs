using System;
using Slungd.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.Workflows.Supervisor;

public sealed class TokenBucketTests
{
    private readonly MovingClock _clock = new();

    [Fact]
    public void So_many_a_second_pass()
    {
        TokenBucket bucket = new(10, _clock, most: 2);
        Assert.True(bucket.TryTake() && bucket.TryTake());
        Assert.False(bucket.TryTake());
        _clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.True(bucket.TryTake());
        Assert.False(bucket.TryTake());
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.True(bucket.TryTake() && bucket.TryTake());
        Assert.False(bucket.TryTake());
    }

    [Fact]
    public void Who_takes_more_waits()
    {
        TokenBucket bucket = new(100, _clock);
        Assert.Equal(TimeSpan.Zero, bucket.Take(100));
        Assert.Equal(TimeSpan.FromSeconds(2), bucket.Take(200));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.FromSeconds(0.5), bucket.Take(50));
    }
}
