using System;
using System.IO;
using System.Linq;
using System.Threading;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public sealed class BackgroundPriorityTests
{
    [Fact]
    public void Lowers_the_calling_thread_and_no_other()
    {
        if (!OperatingSystem.IsLinux()) return; // elsewhere it does nothing
        int here = NiceOfThisThread();
        int there = int.MinValue;
        var thread = new Thread(() =>
        {
            Assert.True(BackgroundPriority.Enter());
            there = NiceOfThisThread();
        });
        thread.Start();
        thread.Join();
        Assert.Equal(10, there);
        Assert.Equal(here, NiceOfThisThread());
    }

    /// <summary>Field 19 of the thread's stat, proc(5); counted behind the name, which may hold spaces.</summary>
    private static int NiceOfThisThread()
    {
        string stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ').ElementAt(16));
    }
}
