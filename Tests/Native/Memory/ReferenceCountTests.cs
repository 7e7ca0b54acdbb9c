using System;
using System.Threading;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Native.Memory;

public class ReferenceCountTests
{
    private sealed class Held
    {
        public ReferenceCount References = new();
    }

    [Fact]
    public void TheLastOneKnowsAndNobodyComesAfter()
    {
        var held = new Held();
        Assert.True(held.References.TryAcquire());
        Assert.False(held.References.Release());
        Assert.True(held.References.IsHeld);
        Assert.True(held.References.Release());
        Assert.False(held.References.IsHeld);
        Assert.False(held.References.TryAcquire());
    }

    [Fact]
    public void OfManyThreadsOneIsTheLast()
    {
        const int each = 10_000;
        var held = new Held();
        int last = 0;
        var threads = new Thread[4];
        for (int i = 0; i < threads.Length; i++)
        {
            Assert.True(held.References.TryAcquire());
            threads[i] = new Thread(() =>
            {
                for (int n = 0; n < each; n++)
                    if (!held.References.TryAcquire() || held.References.Release()) Interlocked.Add(ref last, each);
                if (held.References.Release()) Interlocked.Increment(ref last);
            });
        }
        Array.ForEach(threads, static thread => thread.Start());
        if (held.References.Release()) Interlocked.Increment(ref last);
        Array.ForEach(threads, static thread => thread.Join());
        Assert.Equal(1, last);
        Assert.False(held.References.IsHeld);
    }
}
