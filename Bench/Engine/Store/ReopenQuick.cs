using System;
using System.Diagnostics;
using Slungd.Engine.Store;
using Slungd.Native.Os;

namespace Slungd.Bench.Engine.Store;

/// <summary>`--quick reopen`: opens a store that has one segment for each hundred of its series. Each segment holds one
/// point of so many series in turn as the line says, as when flushes come at different times of a day; the files are in
/// the system's cache.</summary>
internal static class ReopenQuick
{
    public static void Run(int series, int rounds)
    {
        int segments = Math.Max(1, series / 100);
        Reopen(series, segments, series / 1_000, rounds);
        Reopen(series, segments, series / 100, rounds);
        Reopen(series, segments, series / 10, Math.Min(rounds, 5));
    }

    private static void Reopen(int series, int segments, int perSegment, int rounds)
    {
        using var load = new StoreLoad(series, onDisk: true, flushPoints: int.MaxValue);
        for (int i = 0; i < segments; i++)
        {
            load.SomeSeries((int)((long)i * perSegment % series), perSegment);
            load.Store.Flush();
        }
        long bytes = load.Store.Statistics().SegmentBytes;
        load.Store.Dispose();
        (double wall, double cpu) = (double.MaxValue, double.MaxValue);
        for (int i = 0; i < rounds; i++)
        {
            TimeSpan cpuBegin = Environment.CpuUsage.TotalTime;
            long begin = Stopwatch.GetTimestamp();
            using var store = new TimeSeriesStore(load.Options, PosixDisk.Instance, TimeProvider.System);
            store.Open(startBackground: false);
            wall = Math.Min(wall, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
            cpu = Math.Min(cpu, (Environment.CpuUsage.TotalTime - cpuBegin).TotalMilliseconds);
        }
        Console.WriteLine($"{segments} segments of {perSegment} of {series} series, {bytes >> 20} MiB: " +
            $"{wall:F1} ms, {cpu:F1} CPU ms; {1e3 * wall / segments:F1} us a segment, " +
            $"{1e6 * wall / segments / perSegment:F1} ns a series in it");
    }
}
