using Slungd.Ingest.Hosting;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting;

public class HeapTrimTests
{
    private const long Large = HeapTrim.LargeBytes, Quiet = HeapTrim.QuietBytes;

    [Fact]
    public void ALargeHeapIsTrimmedOnceWhenWorkIsOver()
    {
        HeapTrim trim = new();
        Assert.False(trim.IsDue(allocated: 10 * Quiet, Large)); // work
        Assert.True(trim.IsDue(allocated: 10 * Quiet + 1, Large));
        Assert.False(trim.IsDue(allocated: 10 * Quiet + 2, Large)); // what stays is in use
        Assert.False(trim.IsDue(allocated: 11 * Quiet + 2, Large)); // work again
        Assert.True(trim.IsDue(allocated: 11 * Quiet + 3, Large));
    }

    [Fact]
    public void ASmallHeapIsLeftAlone()
    {
        HeapTrim trim = new();
        Assert.False(trim.IsDue(allocated: 0, Large - 1));
        Assert.False(trim.IsDue(allocated: 0, Large - 1));
        Assert.True(trim.IsDue(allocated: 0, Large));
    }
}
