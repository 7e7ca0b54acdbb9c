using System;
using System.Collections.Generic;
using Slungd.Native.Checks;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Native.Memory;

public sealed class SlabQueueTests : IDisposable
{
    private readonly Arena _arena = new(8 << 20);
    private readonly ByteBudget _budget = new(16 * Arena.SmallSlabBytes);
    private readonly SlabWindow _window = new();

    public void Dispose() => _arena.Dispose();

    [Fact]
    public void ItemsComeOutAsTheyWentIn()
    {
        using SlabQueue queue = New();
        var expected = new List<byte>();
        var random = new Random(1);
        for (int i = 0; i < 300; i++) Add(queue, random.Next(1, 4000), (byte)i, expected);
        Assert.True(queue.Show(_window));
        Assert.Equal(expected, Shown());
        Assert.Equal(expected.Count, queue.Bytes);
        queue.Drop(_window.Count);
        Assert.True(queue.IsEmpty);
        Assert.Equal((0, 0), (_budget.Used, _arena.Used));
    }

    [Fact]
    public void WhatIsNotCommittedIsReservedAgain()
    {
        using SlabQueue queue = New();
        queue.TryReserve(100).Fill(1);
        queue.TryReserve(24).Fill(2);
        queue.Commit(8);
        queue.TryReserve(8).Fill(3);
        queue.Commit(8);
        queue.Show(_window);
        Assert.Equal([2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3], Shown());
    }

    [Fact]
    public void TheLargestItemFillsASlab()
    {
        using SlabQueue queue = New();
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(SlabQueue.MaxItemBytes, queue.TryReserve(SlabQueue.MaxItemBytes).Length);
            queue.Commit(SlabQueue.MaxItemBytes);
        }
        queue.Show(_window);
        Assert.Equal(3, _window.Count);
    }

    [Fact]
    public void QueuesAreJoinedInOrder()
    {
        using SlabQueue one = New(), two = New();
        var expected = new List<byte>();
        Add(one, 8, 1, expected);
        Add(two, 8, 2, expected);
        two.MoveTo(one);
        Assert.True(two.IsEmpty);
        Add(two, 8, 3, expected);
        two.MoveTo(one);
        New().MoveTo(one); // nothing
        one.Show(_window);
        Assert.Equal(expected, Shown());
    }

    [Fact]
    public void TheBudgetIsTheLimit()
    {
        using SlabQueue queue = New();
        int slabs = 0;
        while (!queue.TryReserve(SlabQueue.MaxItemBytes).IsEmpty)
        {
            queue.Commit(SlabQueue.MaxItemBytes);
            slabs++;
        }
        Assert.Equal(16, slabs);
        queue.Drop(1);
        Assert.False(queue.TryReserve(8).IsEmpty);
    }

    [Fact]
    public void AnExhaustedArenaTakesNothingFromTheBudget()
    {
        using var arena = new Arena(2 << 20);
        using var queue = new SlabQueue(arena, new ByteBudget(1L << 40));
        int slabs = 0;
        while (!queue.TryReserve(SlabQueue.MaxItemBytes).IsEmpty)
        {
            queue.Commit(SlabQueue.MaxItemBytes);
            slabs++;
        }
        Assert.Equal(32, slabs);
    }

    [Fact]
    public void AWindowOfManyShowsTheFirst()
    {
        using SlabQueue queue = New();
        for (int i = 0; i < 12; i++)
        {
            queue.TryReserve(SlabQueue.MaxItemBytes);
            queue.Commit(SlabQueue.MaxItemBytes);
        }
        Assert.False(queue.Show(_window));
        Assert.InRange(_window.Count, 8, 9);
        queue.Drop(_window.Count);
        Assert.True(queue.Show(_window));
    }

    [Fact]
    public void DroppingWhatIsNotThereIsABug() => Assert.Throws<BugException>(() => New().Drop(1));

    private SlabQueue New() => new(_arena, _budget);

    private static void Add(SlabQueue queue, int bytes, byte content, List<byte> expected)
    {
        bytes = bytes + 7 & ~7;
        Span<byte> room = queue.TryReserve(bytes);
        Assert.Equal(bytes, room.Length);
        room.Fill(content);
        queue.Commit(bytes);
        for (int i = 0; i < bytes; i++) expected.Add(content);
    }

    private List<byte> Shown()
    {
        var bytes = new List<byte>();
        for (int i = 0; i < _window.Count; i++) bytes.AddRange(_window[i]);
        return bytes;
    }
}
