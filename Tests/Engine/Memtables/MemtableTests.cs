using System;
using System.Collections.Generic;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Engine.Memtables;

public sealed class MemtableTests
{
    private const int MaxSeries = 10_000;

    /// <summary>Random mixes of every kind of write, with snapshots taken in between that must stay as they
    /// were.</summary>
    [Theory]
    [InlineData(1, 1, 60, 30)]
    [InlineData(4, 3, 100, 3_000)]
    [InlineData(16, 200, 150, 200_000)]
    [InlineData(2, 1, 80, 1_000_000)]
    public void AgreesWithTheModel(int shards, int series, int steps, int spread)
    {
        for (int seed = 0; seed < 3; seed++) RunAgainstModel(seed, shards, series, steps, spread);
    }

    [Fact]
    public void AgreesWithTheModelForAnySeed() =>
        Prop.ForAll<int, byte>((seed, spread) =>
            RunAgainstModel(seed, shards: 2, series: 2, steps: 10, 10 + spread * 20)).QuickCheckThrowOnFailure();

    private static void RunAgainstModel(int seed, int shards, int series, int steps, int spread)
    {
        using var arena = new Arena(64 << 20);
        var memtable = new Memtable(arena, shards, MaxSeries);
        var model = new MemtableModel();
        var random = new Random(seed);
        var refusals = new RefusalLog();
        var writer = new RandomWriter(random, series, spread);
        var taken = new List<(BlockList List, List<(long, ulong)> Points)>();
        Assert.True(memtable.TryBeginWrite(1));
        for (int step = 0; step < steps; step++)
        {
            writer.Write(memtable, model, refusals);
            if (random.Next(4) == 0)
            {
                uint id = writer.AnySeries();
                var range = writer.AnyRange();
                var list = new BlockList();
                memtable.Snapshot(new SeriesId(id), range, list);
                List<(long, ulong)> points = MemtableModel.Read(list);
                Assert.Equal(model.Range(id, range), points);
                taken.Add((list, points));
            }
            if (taken.Count > 0 && random.Next(5) == 0)
            {
                int index = random.Next(taken.Count);
                Assert.Equal(taken[index].Points, MemtableModel.Read(taken[index].List));
                taken[index].List.Dispose();
                taken.RemoveAt(index);
            }
        }
        memtable.EndWrite();
        foreach ((BlockList list, List<(long, ulong)> points) in taken)
        {
            Assert.Equal(points, MemtableModel.Read(list));
            list.Dispose();
        }
        CheckWhole(memtable, model);
        Assert.Equal(0, refusals.Points);
        Assert.Equal(0, memtable.RetiredBlocks);
        memtable.Release();
        Assert.Equal(0, arena.Used);
    }

    private static void CheckWhole(Memtable memtable, MemtableModel model)
    {
        Assert.True(memtable.SealAndSwap(null));
        Assert.Equal(model.Points, memtable.Points);
        var ids = new List<SeriesId>();
        memtable.CopySeriesIds(ids);
        Assert.Equal(model.Series, ids.ConvertAll(id => id.Value));
        Assert.Equal(ids.Count, memtable.SeriesCount);
        long stored = 0, min = long.MaxValue, max = long.MinValue;
        using var list = new BlockList();
        foreach (SeriesId id in ids)
        {
            Assert.True(memtable.Contains(id));
            memtable.Snapshot(id, TimeRange.All, list);
            List<(long Timestamp, ulong)> points = MemtableModel.Read(list);
            Assert.Equal(model.Range(id.Value, TimeRange.All), points);
            stored += points.Count;
            min = Math.Min(min, points[0].Timestamp);
            max = Math.Max(max, points[^1].Timestamp);
        }
        Assert.Equal(stored, memtable.Points - memtable.Overwrites);
        Assert.Equal((min, max), (memtable.MinTimestamp, memtable.MaxTimestamp));
    }

    [Fact]
    public void ExtremeTimestampsAreOrdinary()
    {
        using var arena = new Arena(8 << 20);
        var memtable = new Memtable(arena, 1, 4);
        var refusals = new RefusalLog();
        long[] timestamps = [long.MinValue, long.MaxValue, 0, long.MinValue, long.MaxValue - 1, -1, long.MaxValue];
        memtable.TryBeginWrite(1);
        memtable.AppendColumn(new SeriesId(3), timestamps, [1, 2, 3, 4, 5, 6, 7], refusals);
        memtable.EndWrite();
        using (var list = new BlockList())
        {
            memtable.Snapshot(new SeriesId(3), TimeRange.All, list);
            Assert.Equal([(long.MinValue, 4UL), (-1, 6), (0, 3), (long.MaxValue - 1, 5), (long.MaxValue, 7)],
                MemtableModel.Read(list));
            memtable.Snapshot(new SeriesId(3), new TimeRange(long.MaxValue, long.MaxValue), list);
            Assert.Equal([(long.MaxValue, 7UL)], MemtableModel.Read(list));
            memtable.Snapshot(new SeriesId(3), new TimeRange(long.MinValue, long.MinValue), list);
            Assert.Equal([(long.MinValue, 4UL)], MemtableModel.Read(list));
            memtable.Snapshot(new SeriesId(3), new TimeRange(1, 100), list);
            Assert.Equal(0, list.Count);
            memtable.Snapshot(new SeriesId(2), TimeRange.All, list);
            Assert.Equal(0, list.Count);
        }
        memtable.Release();
    }

    [Fact]
    public void PayloadsAreCopiedAndBadOnesRefused()
    {
        using var arena = new Arena(32 << 20);
        var memtable = new Memtable(arena, 2, 4);
        var refusals = new RefusalLog();
        byte[] payload = new byte[(1 << 20) + 8];
        new Random(1).NextBytes(payload);
        PayloadRef[] refs = [new(0, 5), new(5, 0), new(8, 1 << 20), new(7, (1 << 20) + 1), new(uint.MaxValue, 2),
            new((uint)payload.Length, 0), new(100, 9_000)];
        var rows = new EventRow[refs.Length];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = new EventRow
            {
                Series = new(1), Timestamp = i, Family = ValueFamily.String, Bits = refs[i].ToBits(),
            };
        memtable.TryBeginWrite(1);
        memtable.AppendRows(rows, payload, refusals, firstIndex: 10);
        memtable.EndWrite();
        Assert.Equal([new Refusal(13, 2, RefusalCode.Malformed)], refusals.Runs.ToArray());
        Assert.Equal(5, memtable.Points);

        byte[] original = (byte[])payload.Clone();
        Array.Clear(payload);
        using (var list = new BlockList())
        {
            memtable.Snapshot(new SeriesId(1), TimeRange.All, list);
            foreach ((long timestamp, ulong bits) in MemtableModel.Read(list))
            {
                PayloadRef source = refs[timestamp];
                Assert.True(list.Payload(bits).SequenceEqual(original.AsSpan((int)source.Offset, (int)source.Length)));
            }
        }
        memtable.Release();
        Assert.Equal(0, arena.Used);
    }

    [Fact]
    public void FirstTickStaysTheFirst()
    {
        using var arena = new Arena(8 << 20);
        var memtable = new Memtable(arena, 1, 1);
        Assert.Equal(0, memtable.FirstWriteTick);
        Assert.True(memtable.TryBeginWrite(7));
        memtable.EndWrite();
        Assert.True(memtable.TryBeginWrite(9));
        memtable.EndWrite();
        Assert.Equal(7, memtable.FirstWriteTick);
        memtable.Release();
        Assert.False(memtable.TryAcquire());
        Assert.False(memtable.TryBeginWrite(1));
    }
}
