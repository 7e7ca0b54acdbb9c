using System;
using System.Diagnostics;
using System.IO;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Engine.Series;
using Slungd.Engine.Store;
using Slungd.Ingest.Hosting.Sending;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>Slung's own benchmark, in this process: few series, consecutive timestamps, uniform doubles, on disk.
/// One thread writes columns; flush and compaction are those of the daemon.</summary>
internal sealed class Billion(BillionOptions options)
{
    private const long QueryPoints = 1_000_000;
    private const int QueryRounds = 501;

    private readonly RefusalLog _refusals = new();

    /// <exception cref="DiskException">The disk is full or failing.</exception>
    /// <exception cref="StoreOpenException">The directory is in use, or is no data directory.</exception>
    /// <exception cref="IOException">The directory can't be made or removed.</exception>
    public BillionReport Run()
    {
        string directory = options.DataDirectory ?? Directory.CreateTempSubdirectory("slungd-billion-").FullName;
        try
        {
            return Run(directory);
        }
        finally
        {
            if (options.DataDirectory is null) Directory.Delete(directory, recursive: true);
        }
    }

    private BillionReport Run(string directory)
    {
        using var store = new TimeSeriesStore(new StoreOptions
        {
            DataDirectory = directory, ArenaBytes = options.ArenaBytes, LogSync = options.Sync,
            CompactionBytesPerSecond = long.MaxValue, // there is nobody else whom it could disturb
        }, new PosixDisk(), TimeProvider.System);
        store.Open();
        var series = new SeriesId[options.Series];
        for (int i = 0; i < series.Length; i++) store.Resolve(Key(i), ValueFamily.Float, out series[i]);

        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long begin = Stopwatch.GetTimestamp();
        long perSeries = Append(store, series);
        TimeSpan taken = Stopwatch.GetElapsedTime(begin);
        store.Flush();
        while (store.CompactOnce(isForced: false, isPaced: false)) { }
        TimeSpan total = Stopwatch.GetElapsedTime(begin);
        cpu = Environment.CpuUsage.TotalTime - cpu;
        if (_refusals.Points > 0) throw new IOException($"{_refusals.Points} points were refused: {store.StateReason}");

        StoreStatistics figures = store.Statistics();
        string query = $"AVG:temp:[host=0]:[{Math.Max(0, perSeries - QueryPoints)},{perSeries - 1}]";
        return new BillionReport
        {
            Options = options, Points = perSeries * series.Length, Ingest = taken, Total = total, Cpu = cpu,
            DiskBytes = BytesIn(directory), Segments = figures.Segments, Compactions = figures.Compactions,
            QueryPoints = Math.Min(perSeries, QueryPoints),
            BySummaries = Median(store, query, isScan: false), ByScan = Median(store, query, isScan: true),
            PeakBytes = ProcessMemory.PeakBytes,
        };
    }

    /// <summary>Columns of all series in turn; returns how many points each has.</summary>
    private long Append(TimeSeriesStore store, SeriesId[] series)
    {
        var values = new UniformDoubles(seed: 1);
        ulong[] column = new ulong[options.Batch];
        long[] timestamps = new long[options.Batch];
        var progress = new SendProgress(Console.Error, !Console.IsErrorRedirected, TimeProvider.System);
        long start = 0;
        for (; start * series.Length < options.Points; start += options.Batch)
        {
            for (int i = 0; i < timestamps.Length; i++) timestamps[i] = start + i;
            foreach (SeriesId id in series)
            {
                values.Fill(column);
                while (store.State == SinkState.MemoryShort) Thread.Sleep(1);
                store.AppendColumn(producer: 1, id, ValueFamily.Float, timestamps, column, _refusals);
            }
            progress.Show(start * series.Length, null);
        }
        progress.End();
        return start;
    }

    private static TimeSpan Median(TimeSeriesStore store, string text, bool isScan)
    {
        var limits = new Limits();
        var executor = new QueryExecutor(store, TimeProvider.System, limits);
        double[] times = new double[QueryRounds];
        for (int i = 0; i < times.Length; i++)
        {
            long begin = Stopwatch.GetTimestamp();
            DslParser.TryParse(text, store.Precision, limits, out DslQuery? query, out _);
            QueryResult result = executor.Execute(query!, new QueryOptions { ForceScan = isScan });
            times[i] = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
            if (result.Status != QueryStatus.Done) throw new IOException(result.Error);
        }
        Array.Sort(times);
        return TimeSpan.FromMicroseconds(times[times.Length / 2]);
    }

    private static byte[] Key(int number)
    {
        var builder = new WireKeyBuilder();
        builder.Begin("temp");
        builder.AddTag("host=" + number);
        builder.TryFinish(out ReadOnlySpan<byte> key);
        return key.ToArray();
    }

    private static long BytesIn(string directory)
    {
        long sum = 0;
        foreach (FileInfo file in new DirectoryInfo(directory).GetFiles("*", SearchOption.AllDirectories))
            sum += file.Length;
        return sum;
    }
}
