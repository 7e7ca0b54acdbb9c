using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Engine.Memtables;

/// <summary>Real threads. What they see is checked, how fast they are is not.</summary>
public sealed class MemtableConcurrencyTests
{
    private const int Series = 8;

    /// <summary>While points are only appended, every snapshot is a prefix: complete from the first point on, with the
    /// values that belong to the timestamps, and never shorter than the one before.</summary>
    [Fact]
    public void ReadersSeeGrowingPrefixes()
    {
        using var arena = new Arena(64 << 20);
        var memtable = new Memtable(arena, 2, Series);
        using var crew = new Crew();
        for (int reader = 0; reader < 3; reader++)
        {
            int seed = reader;
            crew.Start(() =>
            {
                long[] seen = new long[Series];
                var random = new Random(seed);
                using var list = new BlockList();
                while (!crew.Ended)
                {
                    uint id = (uint)random.Next(Series);
                    memtable.Snapshot(new(id), TimeRange.All, list);
                    long next = 0;
                    for (int i = 0; i < list.Count; i++)
                    {
                        ReadOnlySpan<ulong> values = list.Values(i);
                        foreach (long timestamp in list.Timestamps(i))
                            Require(timestamp == next++, "no gap, no foreign timestamp");
                        for (int k = 0; k < values.Length; k++)
                            Require(values[k] == ValueAt(id, next - values.Length + k), "the timestamp's value");
                    }
                    Require(next >= seen[id], "never fewer points than before");
                    seen[id] = next;
                }
            });
        }
        WriteInOrder(memtable, pointsPerSeries: 60_000);
        crew.End();
        memtable.Release();
        Assert.Equal(0, arena.Used);
    }

    private static ulong ValueAt(uint id, long timestamp) => (ulong)timestamp * 31 + id;

    private static void WriteInOrder(Memtable memtable, int pointsPerSeries)
    {
        var random = new Random(42);
        var refusals = new RefusalLog();
        long[] next = new long[Series];
        var rows = new EventRow[300];
        long[] column = new long[500];
        ulong[] values = new ulong[500];
        memtable.TryBeginWrite(1);
        while (Array.Exists(next, n => n < pointsPerSeries))
        {
            uint id = (uint)random.Next(Series);
            if (random.Next(2) == 0)
            {
                for (int i = 0; i < rows.Length; i++)
                {
                    long timestamp = next[i % Series]++;
                    rows[i] = new EventRow
                    {
                        Series = new((uint)(i % Series)), Timestamp = timestamp, Family = ValueFamily.UInt,
                        Bits = ValueAt((uint)(i % Series), timestamp),
                    };
                }
                memtable.AppendRows(rows, default, refusals);
                continue;
            }
            int count = random.Next(1, 500);
            for (int i = 0; i < count; i++)
            {
                column[i] = next[id] + i;
                values[i] = ValueAt(id, column[i]);
            }
            next[id] += count;
            memtable.AppendColumn(new(id), column.AsSpan(0, count), values.AsSpan(0, count), refusals);
        }
        memtable.EndWrite();
        Require(refusals.Points == 0, "memory for all");
    }

    /// <summary>One series is rewritten in versions, late points and all; readers keep snapshots over many writes and
    /// find them unchanged, ascending, and each value one that was written for its timestamp.</summary>
    [Fact]
    public void SnapshotsStayWhileEverythingIsRewritten()
    {
        const int Span = 6_000;
        using var arena = new Arena(64 << 20);
        var memtable = new Memtable(arena, 1, 1);
        var series = new SeriesId(0);
        long version = 0; // every value written so far is below (version + 1) * Span
        using var crew = new Crew();
        for (int reader = 0; reader < 3; reader++)
        {
            int seed = reader;
            crew.Start(() =>
            {
                var random = new Random(seed);
                var held = new Queue<(BlockList List, ulong Sum)>();
                while (!crew.Ended || held.Count > 0)
                {
                    if (!crew.Ended && held.Count < 8)
                    {
                        var list = new BlockList();
                        long from = random.Next(Span);
                        memtable.Snapshot(series, new TimeRange(from, from + random.Next(Span)), list);
                        held.Enqueue((list, Checksum(list, Volatile.Read(ref version))));
                        continue;
                    }
                    (BlockList old, ulong sum) = held.Dequeue();
                    Require(Checksum(old, long.MaxValue / Span - 1) == sum, "the snapshot as it was taken");
                    old.Dispose();
                }
            });
        }
        Rewrite(memtable, Span, ref version);
        crew.End();
        Assert.Equal(0, memtable.RetiredBlocks);
        memtable.Release();
        Assert.Equal(0, arena.Used);

        static ulong Checksum(BlockList list, long version)
        {
            ulong sum = 0;
            long last = long.MinValue;
            for (int i = 0; i < list.Count; i++)
            {
                for (int k = 0; k < list.Timestamps(i).Length; k++)
                {
                    long timestamp = list.Timestamps(i)[k];
                    long value = (long)list.Values(i)[k];
                    Require(timestamp > last, "ascending");
                    Require(value % Span == timestamp, "a value of this timestamp");
                    Require(value / Span <= version + 1, "a version already begun");
                    last = timestamp;
                    sum = sum * 31 + (ulong)value;
                }
            }
            return sum;
        }
    }

    private static void Rewrite(Memtable memtable, int span, ref long version)
    {
        var random = new Random(7);
        var refusals = new RefusalLog();
        var rows = new EventRow[200];
        memtable.TryBeginWrite(1);
        for (int round = 1; round <= 400; round++)
        {
            for (int i = 0; i < rows.Length; i++)
            {
                long timestamp = random.Next(span);
                rows[i] = new EventRow { Timestamp = timestamp, Bits = (ulong)(round * (long)span + timestamp) };
                rows[i].Family = ValueFamily.Int;
            }
            memtable.AppendRows(rows, default, refusals);
            Volatile.Write(ref version, round);
        }
        memtable.EndWrite();
        Require(refusals.Points == 0, "memory for all");
    }

    /// <summary>Writers go on while generations are swapped: each batch is in exactly one generation, as a
    /// whole.</summary>
    [Fact]
    public void BatchesLandInOneGenerationWhole()
    {
        const int Batch = 64, Batches = 1_500, Writers = 3;
        using var arena = new Arena(128 << 20);
        var generations = new List<Memtable>();
        Memtable active = new(arena, 4, Writers * Batch);
        using var crew = new Crew();
        for (int w = 0; w < Writers; w++)
        {
            int writer = w;
            crew.Start(() =>
            {
                var refusals = new RefusalLog();
                var rows = new EventRow[Batch];
                for (int batch = 0; batch < Batches; batch++)
                {
                    for (int i = 0; i < Batch; i++)
                        rows[i] = new EventRow { Series = new((uint)(writer * Batch + i)), Timestamp = batch };
                    Memtable target = Volatile.Read(ref active);
                    while (!target.TryBeginWrite(1)) target = Volatile.Read(ref active);
                    target.AppendRows(rows, default, refusals);
                    target.EndWrite();
                }
            });
        }
        while (crew.Running && generations.Count < 200)
        {
            Memtable old = active;
            Memtable fresh = new(arena, 4, Writers * Batch);
            Assert.True(old.SealAndSwap(() => Volatile.Write(ref active, fresh)));
            Assert.False(old.SealAndSwap(() => Assert.Fail("sealed already")));
            long points = old.Points;
            Assert.False(old.TryBeginWrite(1));
            Assert.Equal(points, old.Points);
            generations.Add(old);
            Thread.Yield();
        }
        crew.Join();
        generations.Add(active);
        CheckGenerations(generations, Batch, Batches, Writers);
        generations.ForEach(g => g.Release());
        Assert.Equal(0, arena.Used);
    }

    private static void CheckGenerations(List<Memtable> generations, int batch, int batches, int writers)
    {
        long total = 0;
        using var list = new BlockList();
        foreach (Memtable generation in generations)
        {
            total += generation.Points;
            Assert.Equal(0, generation.Overwrites);
            for (int writer = 0; writer < writers; writer++)
            {
                List<(long, ulong)>? whole = null;
                for (int i = 0; i < batch; i++)
                {
                    generation.Snapshot(new((uint)(writer * batch + i)), TimeRange.All, list);
                    List<(long, ulong)> points = MemtableModel.Read(list);
                    whole ??= points;
                    Assert.Equal(whole, points); // all series of a writer have the same batches
                }
            }
        }
        Assert.Equal((long)batch * batches * writers, total);
    }

    [Fact]
    public void AFailedPublishLeavesTheMemtableOpen()
    {
        using var arena = new Arena(8 << 20);
        var memtable = new Memtable(arena, 1, 1);
        Assert.Throws<InvalidOperationException>(() =>
        {
            memtable.SealAndSwap(() => throw new InvalidOperationException());
        });
        Assert.False(memtable.IsSealed);
        Assert.True(memtable.TryBeginWrite(1));
        memtable.EndWrite();
        Assert.True(memtable.SealAndSwap(null));
        Assert.True(memtable.IsSealed);
        memtable.Release();
    }

    [Fact]
    public void ReferencesKeepTheMemory()
    {
        using var arena = new Arena(8 << 20);
        var memtable = new Memtable(arena, 1, 1);
        memtable.TryBeginWrite(1);
        memtable.AppendRegular(new(0), 5, 1, [7UL, 8UL], new RefusalLog());
        memtable.EndWrite();
        Assert.True(memtable.TryAcquire());
        memtable.Release(); // the creator's
        using (var list = new BlockList())
        {
            memtable.Snapshot(new(0), TimeRange.All, list);
            Assert.Equal([7UL, 8UL], list.Values(0).ToArray());
        }
        Assert.NotEqual(0, arena.Used);
        memtable.Release();
        Assert.Equal(0, arena.Used);
        Assert.False(memtable.TryAcquire());
    }

    private static void Require(bool condition, string what)
    {
        if (!condition) throw new Xunit.Sdk.XunitException(what);
    }
}
