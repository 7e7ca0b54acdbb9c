using System.Threading.Tasks;
using Slungd.Engine.Model;
using Slungd.Tests.Engine.Fakes;
using Xunit;

namespace Slungd.Tests.Engine.Model;

public class KeptWatchTests
{
    [Fact]
    public async Task CommitsAreWaitedForInAnyOrder()
    {
        var sink = new FakeEventSink(new FakeSeriesReader()) { KeepsAtOnce = false };
        var watch = new KeptWatch(sink);
        Task seven = watch.WhenKept(7), three = watch.WhenKept(3), eight = watch.WhenKept(8);
        Assert.True(watch.WhenKept(0).IsCompleted);
        Assert.False(three.IsCompleted);
        sink.Keep(3);
        await three;
        Assert.False(seven.IsCompleted);
        Assert.True(watch.WhenKept(2).IsCompleted);
        sink.Keep(8);
        await Task.WhenAll(seven, eight);
    }
}
