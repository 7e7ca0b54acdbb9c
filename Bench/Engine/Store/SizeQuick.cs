using System;
using System.Globalization;
using System.IO;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;

namespace Slungd.Bench.Engine.Store;

/// <summary>`--quick size`: bytes a point of all files after compaction, and how many bytes were written on the way,
/// the log left out. Points come in the order of their timestamps, all series in turn, with flushes and compactions as
/// in the background.</summary>
internal static class SizeQuick
{
    private const int Metrics = 10;

    private static readonly string[] s_metrics =
    [
        "usage_user", "usage_system", "usage_idle", "usage_nice", "usage_iowait", "usage_irq", "usage_softirq",
        "usage_steal", "usage_guest", "usage_guest_nice",
    ];

    private static readonly string[] s_regions =
    [
        "us-east-1", "us-west-1", "us-west-2", "eu-west-1", "eu-central-1", "ap-southeast-1", "ap-southeast-2",
        "ap-northeast-1", "sa-east-1",
    ];

    private static readonly string[] s_systems = ["Ubuntu16.10", "Ubuntu16.04LTS", "Ubuntu15.10"];

    /// <param name="points">Of each series of the first data set.</param>
    /// <param name="rounds">Not used: a size is a size.</param>
    public static void Run(int points, int rounds)
    {
        _ = rounds;
        Measure("walk in hundredths, 10 s", 1000, points, Walk());
        Measure("the same, times off by +-5 ms", 1000, points, Jitter(Walk()));
        Measure("constant, 10 s", 1000, points, static (_, i) => (Start + 10_000L * i, 42.5));
        var random = new Random(1);
        Measure("uniform x 100, consecutive times", 10, points * 100, (_, i) => (i, random.NextDouble() * 100));
    }

    private const long Start = 1_767_225_600_000;

    private static void Measure(string name, int series, int points, Func<int, int, (long, double)> point)
    {
        string root = Directory.CreateTempSubdirectory("slungd-bench-").FullName;
        try
        {
            var options = new StoreOptions
            {
                DataDirectory = root + "/data", Precision = Precision.Milliseconds, LogSync = LogSync.Off,
                MinFreeDisk = FreeDiskRule.None,
            };
            using var store = new TimeSeriesStore(options, PosixDisk.Instance, TimeProvider.System);
            store.Open(startBackground: false);
            Fill(store, series, points, point);
            store.Flush();
            StoreStatistics flushed = store.Statistics();
            store.Compact();
            StoreStatistics now = store.Statistics();
            long written = now.FlushedBytes + now.CompactionBytesOut, all = (long)series * points;
            long final = 0, index = 0;
            foreach (FileInfo file in new DirectoryInfo(root).EnumerateFiles("*", SearchOption.AllDirectories))
            {
                final += file.Length;
                if (file.Extension == ".idx") index += file.Length;
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-32} {(double)final / all,7:F4} B/point ({(double)index / all:F4} of it index) in " +
                $"{now.Segments} segments; before on demand {(double)flushed.SegmentBytes / all:F3} in " +
                $"{flushed.Segments}; written until then " +
                $"{(double)(flushed.FlushedBytes + flushed.CompactionBytesOut) / final:F2} x, " +
                $"with that {(double)written / final:F2} x; " +
                $"{now.CompactionSeconds * 1e9 / all:F1} ns/point compacting"));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static void Fill(TimeSeriesStore store, int series, int points, Func<int, int, (long, double)> point)
    {
        var refusals = new RefusalLog();
        var rows = new EventRow[series * Math.Max(1, 1000 / series)];
        for (int i = 0; i < series; i++)
        {
            int host = i / Metrics;
            string region = s_regions[host % s_regions.Length];
            byte[] key = StoreLoad.WireKey("cpu_" + s_metrics[i % Metrics], "host=host_" + host, "region=" + region,
                "datacenter=" + region + (char)('a' + host % 3), "os=" + s_systems[host % s_systems.Length]);
            store.Resolve(key, ValueFamily.Float, out SeriesId id);
            for (int row = i; row < rows.Length; row += series)
                (rows[row].Series, rows[row].Family) = (id, ValueFamily.Float);
        }
        int filled = 0;
        for (int i = 0; i < points; i++)
        {
            for (int s = 0; s < series; s++)
            {
                (long timestamp, double value) = point(s, i);
                rows[filled].Timestamp = timestamp;
                rows[filled++].Bits = BitConverter.DoubleToUInt64Bits(value);
            }
            if (filled < rows.Length && i < points - 1) continue;
            store.AppendRows(1, rows.AsSpan(0, filled), default, refusals);
            filled = 0;
            store.Step();
            while (store.CompactOnce(isForced: false, isPaced: false)) { }
        }
        if (refusals.Points > 0) throw new InvalidOperationException("points were refused");
    }

    /// <summary>The peers kit's values: a walk between 0 and 100 in steps of about a normal distribution, rounded to
    /// hundredths; each series has its own generator (splitmix64).</summary>
    private static Func<int, int, (long, double)> Walk()
    {
        var states = new ulong[1000];
        var values = new int[1000];
        return (series, i) =>
        {
            ref ulong state = ref states[series];
            ref int value = ref values[series];
            if (i == 0)
            {
                ulong seed = 1 * 0x9E3779B97F4A7C15ul ^ (ulong)(series / Metrics * 64 + series % Metrics);
                Next(ref seed);
                state = Next(ref seed);
                value = (int)(Next(ref state) % 10001);
            }
            else
            {
                value = Math.Clamp(value + Step(ref state), 0, 10_000);
            }
            return (Start + 10_000L * i, value / 100.0);
        };
    }

    private static Func<int, int, (long, double)> Jitter(Func<int, int, (long Time, double Value)> of)
    {
        var random = new Random(1);
        return (series, i) =>
        {
            (long time, double value) = of(series, i);
            return (time + random.Next(-5, 6), value);
        };
    }

    private static int Step(ref ulong state)
    {
        long sum = 0;
        for (int i = 0; i < 3; i++)
        {
            ulong x = Next(ref state);
            sum += (long)((x & 0xffff) + (x >> 16 & 0xffff) + (x >> 32 & 0xffff) + (x >> 48));
        }
        sum = (sum - 6 * 65535) * 100;
        return (int)(sum >= 0 ? (sum + 32767) / 65535 : -((-sum + 32767) / 65535));
    }

    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
