using System;
using Slungd.Engine.Model;
using Slungd.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.Workflows.Supervisor;

public sealed class VirtualClockTests
{
    [Fact]
    public void It_moves_on_and_never_back_and_never_past_the_end()
    {
        VirtualClock clock = new();
        clock.MoveTo(90, Precision.Seconds);
        clock.MoveTo(30, Precision.Seconds);
        clock.MoveBy(TimeSpan.FromSeconds(1));
        Assert.Equal(91_000, Precision.Milliseconds.Now(clock));
        Assert.Equal(TimeSpan.FromSeconds(91), clock.GetElapsedTime(0));
        clock.MoveTo(long.MaxValue, Precision.Seconds);
        clock.MoveBy(TimeSpan.MaxValue);
        Assert.Equal(9999, clock.GetUtcNow().Year);
    }
}
