using System;
using System.Diagnostics;
using Slungd.Engine.Store;
using Slungd.Native.Os;

namespace Slungd.Bench.Engine.Store;

/// <summary>`--quick store`: in-process ingest in memory and to disk, flush, and scans; the best of several
/// rounds.</summary>
internal static class StoreQuick
{
    public static void Run(int points, int rounds)
    {
        using (var load = new StoreLoad(10_000, onDisk: true, flushPoints: int.MaxValue))
        {
            Warm(rounds, points, "rows, 10,000 series, batch 4096", load, () => load.Rows(points, 4096));
            Warm(rounds, points, "rows, 10,000 series, batch 256", load, () => load.Rows(points, 256));
            Warm(rounds, points, "rows, 10,000 series, batch 1", load, () => load.Rows(points, 1));
            Warm(rounds, points, "columns, 10,000 series", load, () => load.Columns(points));
            Warm(rounds, points, "regular columns, 10,000 series", load, () => load.Regular(points));
        }
        long many = points * 20L;
        Best(Math.Min(rounds, 3), many, "rows to disk, 10,000 series",
            () => Fill(10_000, load => load.Rows(many, 4096)));
        Best(Math.Min(rounds, 3), many, "columns to disk, 1,000 series",
            () => Fill(1_000, load => load.Columns(many)));
        Flush(points, rounds, 10_000);
        Flush(points, rounds, 100);
        Compact(points, rounds, 10_000);
        Compact(points, rounds, 100);
        Scan(points, rounds);
    }

    /// <summary>Appends into memory that was used before; the flush in between does not count.</summary>
    private static void Warm(int rounds, int points, string name, StoreLoad load, Func<long> append)
    {
        append();
        Best(rounds, points, name, () =>
        {
            load.Store.Flush();
            return Time(() => append());
        });
        load.Store.Flush();
    }

    /// <summary>Appends to a fresh store until everything is on disk.</summary>
    private static (double, double) Fill(int series, Func<StoreLoad, long> append)
    {
        using var load = new StoreLoad(series, onDisk: true);
        (double wall, double cpu) = Time(() =>
        {
            append(load);
            load.Store.Flush();
        });
        StoreStatistics now = load.Store.Statistics();
        Console.WriteLine($"    {now.Segments} segments, {(double)now.SegmentBytes / now.SegmentPoints:F2} B/point, " +
            $"{now.FlushSeconds * 1e9 / now.FlushedPoints:F1} ns/point flushing");
        return (wall, cpu);
    }

    private static void Flush(int points, int rounds, int series) =>
        Best(rounds, points, $"flush alone, {series} series", () =>
        {
            using var load = new StoreLoad(series, true, int.MaxValue);
            load.Rows(points, 4096);
            return Time(load.Store.Flush);
        });

    /// <summary>Eight flushes become one segment.</summary>
    private static void Compact(int points, int rounds, int series)
    {
        string sizes = "";
        Best(rounds, points, $"compaction alone, {series} series", () =>
        {
            using var load = new StoreLoad(series, true, int.MaxValue);
            for (int i = 0; i < 8; i++)
            {
                load.Rows(points / 8, 4096);
                load.Store.Flush();
            }
            StoreStatistics before = load.Store.Statistics();
            (double, double) time = Time(() => load.Store.Compact());
            StoreStatistics after = load.Store.Statistics();
            sizes = $"    {before.Segments} segments of {(double)before.SegmentBytes / before.SegmentPoints:F2} " +
                $"B/point into {after.Segments} of {(double)after.SegmentBytes / after.SegmentPoints:F2}";
            return time;
        });
        Console.WriteLine(sizes);
    }

    private static void Scan(int points, int rounds)
    {
        using var load = new StoreLoad(1, true, int.MaxValue);
        load.Columns(points);
        double sum = 0;
        for (int i = 0; i < 5; i++) Time(() => sum += load.Sum(0, out _));
        Best(rounds * 5, points, "sum of one series in memory", () => Time(() => sum += load.Sum(0, out _)));
        load.Store.Flush();
        Best(rounds * 5, points, "sum of one series, segment decoded", () => Time(() => sum += load.Sum(0, out _)));
        Best(rounds * 5, points, "count of one series by summaries", () => Time(() => sum += load.Count(0)));
        Console.WriteLine($"checksum: {sum}");
    }

    private static (double Wall, double Cpu) Time(Action run)
    {
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long begin = Stopwatch.GetTimestamp();
        run();
        double wall = Stopwatch.GetElapsedTime(begin).TotalNanoseconds;
        return (wall, (Environment.CpuUsage.TotalTime - cpu).TotalNanoseconds);
    }

    private static void Best(int rounds, long points, string name, Func<(double Wall, double Cpu)> run)
    {
        (double wall, double cpu) = (double.MaxValue, double.MaxValue);
        for (int i = 0; i < rounds; i++)
        {
            (double thisWall, double thisCpu) = run();
            (wall, cpu) = (Math.Min(wall, thisWall), Math.Min(cpu, thisCpu));
        }
        Console.WriteLine($"{name,-36} {wall / points,8:F3} ns/point {cpu / points,8:F3} CPU ns/point " +
            $"{1e3 * points / wall,8:F1} M points/s {wall / 1e3,10:F1} us");
    }
}
