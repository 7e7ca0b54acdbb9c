using System;
using System.IO;
using System.Threading;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public sealed class BackgroundPriorityTests
{
    [Theory]
    [InlineData(false, 10, 0)]
    [InlineData(true, 19, 3)] // SCHED_BATCH
    public void Lowers_the_calling_thread_and_no_other(bool isLowest, int nice, int policy)
    {
        if (!OperatingSystem.IsLinux()) return; // elsewhere it does nothing
        (int, int) here = OfThisThread(), there = default;
        var thread = new Thread(() =>
        {
            Assert.True(isLowest ? BackgroundPriority.EnterLowest() : BackgroundPriority.Enter());
            there = OfThisThread();
        });
        thread.Start();
        thread.Join();
        Assert.Equal((nice, policy), there);
        Assert.Equal(here, OfThisThread());
    }

    /// <summary>Fields 19 and 41 of the thread's stat, proc(5); counted behind the name, which may hold spaces.
    /// </summary>
    private static (int Nice, int Policy) OfThisThread()
    {
        string stat = File.ReadAllText("/proc/thread-self/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (int.Parse(fields[16]), int.Parse(fields[38]));
    }
}
