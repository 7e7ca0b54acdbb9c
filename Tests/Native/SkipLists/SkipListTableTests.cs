using System;
using System.Collections.Generic;
using Slungd.Native.Memory;
using Slungd.Native.SkipLists;
using Xunit;

namespace Slungd.Tests.Native.SkipLists;

public sealed unsafe class SkipListTableTests
{
    [Fact]
    public void TheHeaderIsOneCacheLineAndBlocksAreAligned()
    {
        Assert.Equal(SkipList.Bytes, sizeof(SkipList));
        Assert.Equal(SkipBlock.HeaderBytes, sizeof(SkipBlock));
        byte* memory = stackalloc byte[SkipBlock.BytesOf(SkipBlock.LargestClass) + 64];
        var block = (SkipBlock*)(((nint)memory + 63) & -64);
        for (int sizeClass = 0; sizeClass <= SkipBlock.LargestClass; sizeClass++)
        {
            for (int height = 1; height <= (sizeClass == 0 ? 1 : SkipBlock.MaxHeight); height++)
            {
                SkipBlock.Format(block, sizeClass, height);
                byte* end = (byte*)(SkipBlock.Values(block) + block->Capacity);
                Assert.True(end - (byte*)block <= SkipBlock.BytesOf(sizeClass));
                Assert.True((byte*)SkipBlock.Timestamps(block) >= (byte*)(SkipBlock.Tower(block) + height));
                Assert.True(block->Capacity >= 4);
                int alignment = sizeClass == 0 ? 8 : 64;
                Assert.Equal(0, (nint)SkipBlock.Timestamps(block) % alignment);
                Assert.Equal(0, (nint)SkipBlock.Values(block) % alignment);
                Assert.Equal(block->Capacity, SkipBlock.CapacityOf(sizeClass, height));
            }
        }
        Assert.Equal(SkipBlock.LargestCapacity, SkipBlock.CapacityOf(SkipBlock.LargestClass, 3));
        Assert.Equal(0, SkipBlock.ClassFor(1));
        Assert.Equal(SkipBlock.LargestClass, SkipBlock.ClassFor(513));
        Assert.Equal(SkipBlock.LargestClass, SkipBlock.ClassFor(1_000_000));
    }

    [Theory]
    [InlineData("ascending")]
    [InlineData("descending")]
    [InlineData("random")]
    [InlineData("from the middle outwards")]
    [InlineData("two interleaved halves")]
    public void OnePointAtATimeInAnyOrder(string order)
    {
        const int Count = 20_000;
        using var arena = new Arena(64 << 20);
        using var table = new SkipListTable(arena);
        long[] timestamps = new long[Count];
        for (int i = 0; i < Count; i++) timestamps[i] = TimestampAt(order, i, Count);
        if (order == "random") new Random(9).Shuffle(timestamps);
        for (int i = 0; i < Count; i++)
        {
            Assert.True(table.Insert(70, timestamps[i], (ulong)timestamps[i] * 3));
            if (i % 997 == 0) Assert.Equal(i + 1, table.Verify(70));
        }
        Assert.Equal(Count, table.Verify(70));
        Assert.Equal(0, table.Overwrites);
        Array.Sort(timestamps);
        var snapshot = new SkipSnapshot();
        table.Snapshot(70, long.MinValue, long.MaxValue, snapshot);
        int at = 0;
        for (int i = 0; i < snapshot.Count; i++)
        {
            Assert.True(snapshot.Timestamps(i).SequenceEqual(timestamps.AsSpan(at, snapshot.Timestamps(i).Length)));
            foreach (ulong value in snapshot.Values(i)) Assert.Equal((ulong)timestamps[at++] * 3, value);
        }
        Assert.Equal(Count, at);
        // No order may leave the blocks emptier than splits in halves do.
        Assert.InRange(snapshot.Count, Count / 1024, Count / 300);
        table.End(snapshot);
    }

    private static long TimestampAt(string order, int i, int count) => order switch
    {
        "descending" => count - i,
        "from the middle outwards" => i % 2 == 0 ? count + i : count - i,
        "two interleaved halves" => i % 2 == 0 ? i : count * 2 + i,
        _ => i,
    };

    /// <summary>A backfill of sorted points older than everything fills blocks as an append does.</summary>
    [Fact]
    public void ABackfillIsDense()
    {
        using var arena = new Arena(64 << 20);
        using var table = new SkipListTable(arena);
        table.InsertRegular(0, 1_000_000, 1, new ulong[5_000]);
        long[] column = new long[1_000];
        for (int batch = 0; batch < 100; batch++)
        {
            for (int i = 0; i < column.Length; i++) column[i] = batch * 1_000 + i;
            Assert.Equal(1_000, table.Insert(0, column, new ulong[1_000]));
        }
        Assert.Equal(105_000, table.Verify(0));
        var snapshot = new SkipSnapshot();
        table.Snapshot(0, 0, 99_999, snapshot);
        Assert.InRange(snapshot.Count, 98, 130);
        table.End(snapshot);
    }

    /// <summary>Newest first, into a gap behind a full block.</summary>
    [Fact]
    public void ADescendingBackfillIsDense()
    {
        using var arena = new Arena(64 << 20);
        using var table = new SkipListTable(arena);
        for (int t = 0; t < 100_000; t++) Assert.True(table.Insert(0, t, (ulong)t)); // full blocks
        Assert.True(table.Insert(0, 1_000_000, 7));
        long before = table.SlabBytes;
        const int Count = 20_000;
        for (int i = 0; i < Count; i++) Assert.True(table.Insert(0, 999_999 - i, 1));
        Assert.InRange(table.SlabBytes - before, 0, Count * 3 * 16);
        Assert.Equal(120_001, table.Verify(0));
    }

    [Fact]
    public void DirectoryGrowsAndFindsWhatIsPresent()
    {
        using var arena = new Arena(64 << 20);
        using var table = new SkipListTable(arena);
        uint[] locals = [0, 1, 63, 64, 5_000, 1_000_000, 1_000_063, 3_999_999];
        Assert.Equal(uint.MaxValue, table.NextPresent(0));
        Assert.False(table.Contains(0));
        foreach (uint local in locals) Assert.True(table.Insert(local, 5, local));
        var found = new List<uint>();
        for (uint at = table.NextPresent(0); at != uint.MaxValue; at = table.NextPresent(at + 1)) found.Add(at);
        Assert.Equal(locals, found);
        Assert.Equal(locals.Length, table.SeriesCount);
        Assert.False(table.Contains(2));
        Assert.False(table.Contains(uint.MaxValue));
        Assert.False(table.Insert(uint.MaxValue, 1, 1)); // beyond any directory: refused like missing memory
        foreach (uint local in locals) Assert.Equal(1, table.Verify(local));
    }

    /// <summary>However many snapshots come and go beside a long one, what is retired stays within what the live ones
    /// reference.</summary>
    [Fact]
    public void RetiredMemoryIsBounded()
    {
        using var arena = new Arena(64 << 20);
        using var table = new SkipListTable(arena);
        table.InsertRegular(0, 0, 10, new ulong[10_000]);
        var whole = new SkipSnapshot();
        table.Snapshot(0, long.MinValue, long.MaxValue, whole);
        int blocks = whole.Count;
        var passing = new SkipSnapshot();
        var random = new Random(2);
        for (int round = 0; round < 5_000; round++)
        {
            long from = random.Next(100_000);
            table.Snapshot(0, from, from + 20_000, passing);
            Assert.True(table.Insert(0, random.Next(10_000) * 10, (ulong)round + 1));
            table.End(passing);
            Assert.InRange(table.RetiredBlocks, 0, blocks);
        }
        for (int i = 0; i < whole.Count; i++) Assert.Equal(-1, whole.Values(i).IndexOfAnyExcept(0UL));
        table.End(whole);
        Assert.Equal(0, table.RetiredBlocks);
        Assert.Equal(10_000, table.Verify(0));
    }

    /// <summary>A split leaves the lower half where it is; an older snapshot goes on reading what lay above the cut,
    /// also after a newer snapshot has seen only the lower half.</summary>
    [Fact]
    public void AnOldSnapshotSurvivesASplitAndANewerSnapshot()
    {
        const int Full = SkipBlock.LargestCapacity;
        using var arena = new Arena(64 << 20);
        using var table = new SkipListTable(arena);
        table.InsertRegular(0, 0, 10, new ulong[Full * 2]);
        var old = new SkipSnapshot();
        var young = new SkipSnapshot();
        table.Snapshot(0, 0, long.MaxValue, old);
        long[] before = old.Timestamps(0).ToArray();
        Assert.InRange(before.Length, 1_000, Full); // a tall tower takes the room of eight points
        Assert.True(table.Insert(0, before[^2] + 1, 1)); // full: splits in the middle, the point goes to the upper half
        table.Snapshot(0, 0, before[10], young);
        long[] lower = young.Timestamps(0).ToArray();
        Assert.True(table.Insert(0, before[before.Length / 2] - 5, 2)); // the end of the lower half
        Assert.Equal(before, old.Timestamps(0).ToArray());
        Assert.Equal(-1, old.Values(0).IndexOfAnyExcept(0UL));
        table.End(old);
        Assert.Equal(lower, young.Timestamps(0).ToArray());
        table.End(young);
        Assert.Equal(Full * 2 + 2, table.Verify(0));
        Assert.Equal(0, table.RetiredBlocks);
    }

    /// <summary>Without a live snapshot nothing is copied.</summary>
    [Fact]
    public void OverwritesAreInPlaceWhenNobodyReads()
    {
        using var arena = new Arena(64 << 20);
        using var table = new SkipListTable(arena);
        table.InsertRegular(0, 0, 10, new ulong[10_000]);
        long before = table.SlabBytes;
        var snapshot = new SkipSnapshot();
        table.Snapshot(0, 0, 1_000, snapshot);
        table.End(snapshot);
        for (int i = 0; i < 100_000; i++) Assert.True(table.Insert(0, i % 10_000 * 10, 1));
        Assert.Equal(before, table.SlabBytes);
        Assert.Equal(100_000, table.Overwrites);
    }
}
