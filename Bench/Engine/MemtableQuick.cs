using System;
using System.Diagnostics;
using Slungd.Bench.Native;
using Slungd.Engine.Model;

namespace Slungd.Bench.Engine;

/// <summary>`--quick memtable`: every way to append, interleaved with the C reference; the best of several rounds, in
/// nanoseconds per point and as a ratio to the reference.</summary>
internal static class MemtableQuick
{
    private const int Series = 10_000;

    public static void Run(int points, int rounds)
    {
        using RawColumns? reference = RawColumns.TryCreate(Series);
        using var load = new MemtableLoad(points, shards: 16, Series);
        using var single = new MemtableLoad(points, shards: 1, Series);
        (string Name, Func<long> Run)[] ways =
        [
            ("C raw columns", () => Reference(reference, load)),
            ("rows, batch 64", () => load.Rows(64)),
            ("rows, batch 256", () => load.Rows(256)),
            ("rows, batch 1024", () => load.Rows(1024)),
            ("rows, batch 4096", () => load.Rows(4096)),
            ("rows, batch 256, 1 shard", () => single.Rows(256)),
            ("rows, batch 4096, 1 shard", () => single.Rows(4096)),
            ("rows, 5 % late", () => load.RowsSomeLate(1024)),
            ("columns of 1,000, 1 series", () => load.Columns(1)),
            ("columns of 1,000, 1,000 series", () => load.Columns(1_000)),
            ("regular columns, 1 series", () => load.Regular(1)),
            ("regular columns, 1,000 series", () => load.Regular(1_000)),
        ];
        double[] best = new double[ways.Length];
        Array.Fill(best, double.MaxValue);
        long kept = 0;
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < ways.Length; i++)
            {
                long begin = Stopwatch.GetTimestamp();
                kept += ways[i].Run();
                best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(begin).TotalNanoseconds / points);
            }
        }
        for (int i = 0; i < ways.Length; i++)
        {
            Console.WriteLine($"{ways[i].Name,-32} {best[i],7:F2} ns/point {1e3 / best[i],7:F1} M points/s"
                + (reference is null ? "" : $"  {best[0] / best[i],5:F2} of C"));
        }
        Console.WriteLine($"checksum: {kept} points kept");
    }

    private static long Reference(RawColumns? reference, MemtableLoad load)
    {
        ReadOnlySpan<EventRow> rows = load.InOrder;
        reference?.Append(rows);
        return rows.Length;
    }
}
