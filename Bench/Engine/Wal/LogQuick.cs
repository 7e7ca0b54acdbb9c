using System;
using System.Diagnostics;
using Slungd.Bench.Engine.Store;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;

namespace Slungd.Bench.Engine.Wal;

/// <summary>`--quick wal`: ingest with the write-ahead log in each mode, until every point is kept as the mode promises
/// and flushed, or else the mode in which fewer flushes fall into the time would win. The modes are interleaved; the
/// best of several rounds, and as a ratio to no log.</summary>
internal static class LogQuick
{
    private static readonly (string Name, LogSync Sync)[] s_modes =
        [("off", LogSync.Off), ("interval", LogSync.EverySecond), ("always", LogSync.Always)];

    public static void Run(int points, int rounds)
    {
        rounds = Math.Min(rounds, 5);
        Compare(points, rounds, "columns of 1,000, 1,000 series", 1_000, load => load.Columns(points));
        Compare(points, rounds, "columns of 1,000, 10 series", 10, load => load.Columns(points));
        Compare(points, rounds, "regular columns, 1,000 series", 1_000, load => load.Regular(points));
        Compare(points / 2, rounds, "rows, 10,000 series, batch 4096", 10_000, load => load.Rows(points / 2, 4096));
        Compare(points / 20, rounds, "rows, 10,000 series, batch 64", 10_000, load => load.Rows(points / 20, 64));
    }

    private static void Compare(long points, int rounds, string name, int series, Func<StoreLoad, long> append)
    {
        Console.WriteLine(name);
        double[] wall = new double[s_modes.Length], cpu = new double[s_modes.Length];
        Array.Fill(wall, double.MaxValue);
        Array.Fill(cpu, double.MaxValue);
        LogStatistics[] figures = new LogStatistics[s_modes.Length];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < s_modes.Length; i++)
            {
                using var load = new StoreLoad(series, onDisk: true, sync: s_modes[i].Sync);
                TimeSpan cpuBegin = Environment.CpuUsage.TotalTime;
                long begin = Stopwatch.GetTimestamp();
                append(load);
                load.WaitUntilKept();
                load.Store.Flush();
                wall[i] = Math.Min(wall[i], Stopwatch.GetElapsedTime(begin).TotalNanoseconds / points);
                cpu[i] = Math.Min(cpu[i], (Environment.CpuUsage.TotalTime - cpuBegin).TotalNanoseconds / points);
                figures[i] = load.Store.Statistics().Log;
            }
        }
        for (int i = 0; i < s_modes.Length; i++)
        {
            LogStatistics log = figures[i];
            Console.WriteLine($"  {s_modes[i].Name,-9} {wall[i],7:F2} ns/point {1e3 / wall[i],7:F1} M points/s "
                + $"{cpu[i],7:F2} CPU ns/point  {wall[0] / wall[i],5:F2} of no log"
                + (i == 0 ? "" : $"  {(double)log.WrittenBytes / points,5:F2} B/point, {log.Groups} groups, "
                + $"{log.Syncs} syncs of {1e3 * log.SyncSeconds / Math.Max(1, log.Syncs):F2} ms"));
        }
    }
}
