using System;
using System.Collections.Generic;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Engine.Memtables;

/// <summary>What a memtable costs, and what happens when there is no more.</summary>
public sealed class MemtableMemoryTests
{
#if DEBUG
    private const long AllowedBytes = 64 * 1024; // the arena's list of slabs, for its leak report
#else
    private const long AllowedBytes = 4 * 1024;
#endif

    [Fact]
    public void AMillionSeriesOfOnePointStaySmall()
    {
        const int Series = 1_000_000;
        using var arena = new Arena(512 << 20);
        var memtable = new Memtable(arena, 16, Series);
        var refusals = new RefusalLog();
        var rows = new EventRow[4_000];
        memtable.TryBeginWrite(1);
        for (int first = 0; first < Series; first += rows.Length)
        {
            for (int i = 0; i < rows.Length; i++)
                rows[i] = new EventRow { Series = new((uint)(first + i)), Timestamp = 5, Family = ValueFamily.Float };
            memtable.AppendRows(rows, default, refusals);
        }
        memtable.EndWrite();
        Assert.Equal((Series, Series), (memtable.Points, memtable.SeriesCount));
        Assert.Equal(0, refusals.Points);
        // 64 bytes of header, 128 of block, and the slack of slabs.
        Assert.InRange(memtable.Bytes / (double)Series, 192, 240);
        memtable.Release();
    }

    [Fact]
    public void KnownButSilentSeriesCostNothing()
    {
        using var arena = new Arena(64 << 20);
        var memtable = new Memtable(arena, 16, 1_000_000);
        Assert.Equal(0, memtable.Bytes);
        var refusals = new RefusalLog();
        memtable.TryBeginWrite(1);
        for (uint i = 0; i < 10; i++) memtable.AppendRegular(new(i * 99_999), 0, 1, [1, 2, 3], refusals);
        memtable.EndWrite();
        Assert.InRange(memtable.Bytes, 1, 10 * Arena.SmallSlabBytes);
        memtable.Release();
        Assert.Equal(0, arena.Used);
    }

    [Fact]
    public void AppendingAllocatesNothing()
    {
        using var arena = new Arena(64 << 20);
        var memtable = new Memtable(arena, 4, 10_000);
        var refusals = new RefusalLog();
        var rows = new EventRow[5_000];
        long[] timestamps = new long[1_000];
        ulong[] values = new ulong[1_000];
        byte[] payload = new byte[100];
        var list = new BlockList();
        long measured = 0;
        for (int round = 0; round < 30; round++)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                bool late = i % 20 == 0, text = i % 10 == 7;
                rows[i] = new EventRow
                {
                    Series = new((uint)(i * 7 % 3_000) * 2 + (text ? 1u : 0)),
                    Timestamp = round * 1_000_000L + i - (late ? 1_500_000 : 0),
                    Family = text ? ValueFamily.String : ValueFamily.Float,
                    Bits = text ? new PayloadRef(3, 40).ToBits() : 1,
                };
            }
            for (int i = 0; i < timestamps.Length; i++) timestamps[i] = round * 700 + i * (i % 3);
            long before = GC.GetAllocatedBytesForCurrentThread();
            memtable.TryBeginWrite(1);
            memtable.AppendRows(rows, payload, refusals);
            memtable.AppendColumn(new(8_000), timestamps, values, refusals);
            memtable.AppendRegular(new(8_001), round * 500, 1, values, refusals);
            memtable.Snapshot(new(8_000), TimeRange.All, list);
            memtable.EndWrite();
            if (round > 2) measured += GC.GetAllocatedBytesForCurrentThread() - before;
        }
        list.Dispose();
        memtable.Release();
        Assert.Equal(0, refusals.Points);
        // The block list grows with its blocks, by doubling; everything else is flat. Over 130,000 points.
        Assert.InRange(measured, 0, AllowedBytes);
    }

    /// <summary>With too little memory points are refused one by one or as the rest of a column, nothing else is lost,
    /// and what was accepted is there.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void WhatFindsNoMemoryIsRefusedAndNothingBreaks(int seed)
    {
        using var arena = new Arena(2 << 20);
        var memtable = new Memtable(arena, 4, 10_000);
        var model = new MemtableModel();
        var random = new Random(seed);
        var refusals = new RefusalLog();
        var taken = new List<(BlockList List, List<(long, ulong)> Points)>();
        long refused = 0;
        memtable.TryBeginWrite(1);
        for (int step = 0; step < 80; step++)
        {
            refusals.Clear();
            uint id = (uint)random.Next(40);
            if (random.Next(2) == 0) AppendRows(memtable, model, random, refusals);
            else AppendColumn(memtable, model, random, refusals, id);
            refused += refusals.Points;
            foreach (Refusal run in refusals.Runs) Assert.Equal(RefusalCode.Memory, run.Code);
            if (random.Next(3) == 0)
            {
                var list = new BlockList();
                memtable.Snapshot(new(id), TimeRange.All, list);
                taken.Add((list, model.Range(id, TimeRange.All)));
            }
        }
        memtable.EndWrite();
        Assert.InRange(refused, 1_000, long.MaxValue);
        Assert.InRange(arena.Available, 0, Arena.SmallSlabBytes * 3);
        foreach ((BlockList list, List<(long, ulong)> points) in taken)
        {
            Assert.Equal(points, MemtableModel.Read(list));
            list.Dispose();
        }
        Assert.Equal(model.Points, memtable.Points);
        using (var list = new BlockList())
        {
            for (uint id = 0; id < 40; id++)
            {
                memtable.Snapshot(new(id), TimeRange.All, list);
                Assert.Equal(model.Range(id, TimeRange.All), MemtableModel.Read(list));
            }
        }
        memtable.Release();
        Assert.Equal(0, arena.Used);
    }

    private static void AppendRows(Memtable memtable, MemtableModel model, Random random, RefusalLog refusals)
    {
        var rows = new EventRow[random.Next(1, 3_000)];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = new EventRow
            {
                Series = new((uint)random.Next(40)), Timestamp = random.Next(30_000), Family = ValueFamily.Int,
                Bits = (ulong)random.NextInt64(),
            };
        }
        memtable.AppendRows(rows, default, refusals);
        bool[] lost = new bool[rows.Length];
        foreach (Refusal run in refusals.Runs) lost.AsSpan(run.First, run.Count).Fill(true);
        for (int i = 0; i < rows.Length; i++)
            if (!lost[i]) model.Put(rows[i].Series.Value, rows[i].Timestamp, rows[i].Bits);
    }

    private static void AppendColumn(Memtable memtable, MemtableModel model, Random random, RefusalLog refusals,
        uint id)
    {
        int count = random.Next(1, 4_000), kind = random.Next(3);
        long start = random.Next(30_000), step = random.Next(-1, 5);
        long[] timestamps = new long[count];
        ulong[] values = new ulong[count];
        for (int i = 0; i < count; i++)
        {
            timestamps[i] = kind == 0 ? random.Next(30_000) : kind == 1 ? start + i : start + i * step;
            values[i] = (ulong)random.NextInt64();
        }
        if (kind == 2) memtable.AppendRegular(new(id), start, step, values, refusals);
        else memtable.AppendColumn(new(id), timestamps, values, refusals);
        int kept = count - (int)refusals.Points;
        if (kept < count) Assert.Equal([new Refusal(kept, count - kept, RefusalCode.Memory)], refusals.Runs.ToArray());
        for (int i = 0; i < kept; i++) model.Put(id, timestamps[i], values[i]);
    }
}
