using System;
using Slungd.Ingest.Hosting.Loads;

namespace Slungd.Bench.EndToEnd;

/// <summary>`--quick daemon`: the published executable (SLUNGD_BINARY) under `slungd bench` at full speed: 1,000
/// series, one connection, each mode of the log, a daemon for each. It prints the rate until the last answer and the
/// latency of these, the processor time of the daemon, the peak of its resident memory, and what it caused to be
/// written beside what its segments take when they are merged. The best of several rounds, interleaved.</summary>
internal static class DaemonQuick
{
    private static readonly string[] s_modes = ["off", "interval", "always"];

    private sealed class Best
    {
        public double Rate, CpuNs = double.MaxValue, P50 = double.MaxValue, P99 = double.MaxValue;
        public double PeakMiB, Written, Final;
    }

    public static void Run(int points, int rounds)
    {
        if (RunningDaemon.Binary is not { } binary)
        {
            Console.WriteLine("skipped: needs SLUNGD_BINARY as ./build.sh bench sets it");
            return;
        }
        foreach (LoadProtocol protocol in new[] { LoadProtocol.Columns, LoadProtocol.Regular, LoadProtocol.Rows })
        {
            Best[] best = [new(), new(), new()];
            for (int round = 0; round < Math.Min(rounds, 3); round++)
                for (int i = 0; i < s_modes.Length; i++) Measure(binary, s_modes[i], protocol, points, best[i]);
            for (int i = 0; i < s_modes.Length; i++)
            {
                Best b = best[i];
                Console.WriteLine($"{protocol,-8} {s_modes[i],-9} {b.Rate / 1e6,6:F1} M points/s "
                    + $"{b.Rate / best[0].Rate,5:F2} of no log {b.CpuNs,6:F1} CPU ns/point  "
                    + $"ack p50 {b.P50:F1} p99 {b.P99:F1} ms  peak {b.PeakMiB,5:F0} MiB  "
                    + $"written {b.Written:F2} B/point for {b.Final:F2}");
            }
        }
    }

    private static void Measure(string binary, string mode, LoadProtocol protocol, int points, Best best)
    {
        using RunningDaemon daemon = RunningDaemon.Start(binary, "--wal-sync " + mode);
        TimeSpan cpu = daemon.CpuTime;
        LoadReport report = Load.Run(new LoadOptions
        {
            Address = daemon.Address, Protocol = protocol, Points = points, Start = 1_700_000_000_000_000,
        });
        daemon.Admin("flush");
        best.Rate = Math.Max(best.Rate, report.PointsPerSecond);
        best.CpuNs = Math.Min(best.CpuNs, (daemon.CpuTime - cpu).TotalNanoseconds / points);
        best.P50 = Math.Min(best.P50, report.LatencyMs(0.5));
        best.P99 = Math.Min(best.P99, report.LatencyMs(0.99));
        best.PeakMiB = Math.Max(best.PeakMiB, daemon.PeakMiB);
        daemon.Admin("compact");
        (best.Written, best.Final) = ((double)daemon.WrittenBytes / points, (double)daemon.SegmentBytes / points);
    }
}
