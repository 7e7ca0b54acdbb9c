using System;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Native.Memory;

public sealed unsafe class NativeHeapTests
{
    [Fact]
    public void Blocks_are_zero_and_aligned_and_apart()
    {
        using NativeHeap heap = new(new ByteBudget(1 << 20));
        byte* before = null;
        for (int length = 0; length < 200; length++)
        {
            byte* block = heap.TryAllocate(length);
            Assert.Equal(0, (nint)block % 16);
            Assert.False(new Span<byte>(block, length).ContainsAnyExcept((byte)0));
            new Span<byte>(block, length).Fill(0xFF);
            if (before != null) Assert.False(new Span<byte>(before, length - 1).ContainsAnyExcept((byte)0xFF));
            before = block;
        }
    }

    [Fact]
    public void The_budget_is_a_limit_and_gets_everything_back()
    {
        ByteBudget budget = new(1_000);
        NativeHeap heap = new(budget);
        Assert.True(heap.TryAllocate(900) != null);
        Assert.True(heap.TryAllocate(100) == null);
        Assert.InRange(budget.Used, 900, 1_000);
        heap.Dispose();
        heap.Dispose();
        Assert.Equal(0, budget.Used);
    }
}
