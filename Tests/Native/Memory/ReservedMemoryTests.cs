using System;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Native.Memory;

public class ReservedMemoryTests
{
    private static readonly long Step = Math.Max(16 * 1024, Environment.SystemPageSize);

    [Fact]
    public void CommitsZeroedMemoryThatNeverMoves()
    {
        var budget = new ByteBudget(64 << 20);
        using var array = new GrowingArray<ulong>(budget, 4 << 20);
        Assert.Equal(0, budget.Used);
        for (int round = 0; round < 20; round++)
        {
            int more = 1 << round;
            Assert.True(array.TryReserve(more));
            long first = array.Append(more);
            Assert.Equal(more - 1, first);
            Assert.Equal(0UL, array[first]);
            array[first] = (ulong)round + 1;
        }
        for (int round = 0; round < 20; round++) Assert.Equal((ulong)round + 1, array[(1 << round) - 1]);
        Assert.Equal(budget.Used, array.CommittedBytes);
    }

    [Fact]
    public void TheReservationIsABound()
    {
        using var array = new GrowingArray<uint>(new ByteBudget(1 << 20), Step / sizeof(uint));
        Assert.True(array.TryReserve(Step / sizeof(uint)));
        Assert.False(array.TryReserve(Step / sizeof(uint) + 1));
    }

    [Fact]
    public void TheBudgetIsABoundAndIsGivenBack()
    {
        var budget = new ByteBudget(4 * Step);
        var first = new GrowingArray<byte>(budget, 1 << 20);
        using var second = new GrowingArray<byte>(budget, 1 << 20);
        Assert.True(first.TryReserve(3 * Step));
        Assert.False(second.TryReserve(2 * Step));
        Assert.Equal(3 * Step, budget.Used);
        first.Dispose();
        first.Dispose();
        Assert.Equal(0, budget.Used);
        Assert.True(second.TryReserve(4 * Step));
    }

    [Fact]
    public unsafe void ReleasedMemoryReadsAsZero()
    {
        if (OperatingSystem.IsWindows()) return; // there the old content stays, as the type says
        var budget = new ByteBudget(1 << 20);
        using ReservedMemory memory = ReservedMemory.Reserve(budget, 1 << 20);
        Assert.True(memory.TryCommit(5 * Step));
        new Span<byte>(memory.Base, (int)(5 * Step)).Fill(7);
        memory.ReleaseToZeros();
        Assert.Equal(0, budget.Used);
        Assert.False(new Span<byte>(memory.Base, (int)(5 * Step)).ContainsAnyExcept((byte)0));
    }
}
