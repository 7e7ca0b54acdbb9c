using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using System.Threading;
using Slungd.Ingest.Framing;
using Slungd.Ingest.Net;

namespace Slungd.Bench.EndToEnd;

/// <summary>`--quick wear [POINTS]`: how many bytes a trickle costs the disk. The published executable (SLUNGD_BINARY)
/// takes 100 points a second, one a message, from 1,000 series in turn, once with a sync each second and once with one
/// each 10 s, both at the same time. Each minute it says what the processes caused to be written (write_bytes of
/// /proc/PID/io, that is whole pages of the page cache) a point; flushes come after 10 minutes.</summary>
internal static class WearQuick
{
    private const int Series = 1_000, PointsPerSecond = 100, PointsPerReport = 60 * PointsPerSecond;

    public static void Run(int points, int rounds)
    {
        if (RunningDaemon.Binary is not { } binary)
        {
            Console.WriteLine("skipped: needs SLUNGD_BINARY as ./build.sh bench sets it");
            return;
        }
        List<RunningDaemon> daemons = [];
        try
        {
            foreach (string interval in new[] { "1s", "10s" })
                daemons.Add(RunningDaemon.Start(binary, "--wal-sync " + interval));
            Trickle(daemons, points);
            foreach (RunningDaemon daemon in daemons) daemon.Admin("flush");
            Report(daemons, points, "with one more flush");
        }
        finally
        {
            foreach (RunningDaemon daemon in daemons) daemon.Dispose();
        }
    }

    private static void Trickle(List<RunningDaemon> daemons, int points)
    {
        var random = new Random(1);
        double[] values = new double[Series];
        for (int i = 0; i < Series; i++) values[i] = i % 100;
        long begin = Stopwatch.GetTimestamp();
        for (int i = 0; i < points; i++)
        {
            int series = i % Series;
            values[series] = Math.Round(values[series] + random.Next(-20, 21) * 0.01, 2);
            byte[] message = Row(series, values[series]);
            foreach (RunningDaemon daemon in daemons)
            {
                daemon.Client.Send(Opcode.Binary, message);
                while (daemon.Client.TryReceive(0) != ClientMessage.None) { } // acks
            }
            if ((i + 1) % PointsPerReport == 0) Report(daemons, i + 1, $"after {(i + 1) / PointsPerSecond} s");
            TimeSpan ahead = TimeSpan.FromSeconds((i + 1.0) / PointsPerSecond) - Stopwatch.GetElapsedTime(begin);
            if (ahead > TimeSpan.Zero) Thread.Sleep(ahead);
        }
    }

    private static void Report(List<RunningDaemon> daemons, int points, string when)
    {
        foreach (RunningDaemon daemon in daemons)
        {
            (long bytes, TimeSpan cpu) = (daemon.WrittenBytes, daemon.CpuTime);
            Console.WriteLine($"{when}, {daemon.Options}: {(double)bytes / points:F1} bytes written a point, "
                + $"{1e6 * cpu.TotalSeconds / points:F1} CPU us a point, {daemon.PeakMiB:F1} MiB resident at the peak, "
                + $"segments of {daemon.SegmentBytes} bytes");
        }
    }

    /// <summary>A message with one point: kind, then `i64 timestamp | f64 value | wire key`.</summary>
    private static byte[] Row(int series, double value)
    {
        byte[] name = "temp"u8.ToArray(), tag = Encoding.ASCII.GetBytes($"host={series:D4}");
        byte[] row = new byte[1 + 16 + 4 + name.Length + 2 + tag.Length];
        row[0] = 1;
        long now = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        BinaryPrimitives.WriteInt64LittleEndian(row.AsSpan(1), now);
        BinaryPrimitives.WriteDoubleLittleEndian(row.AsSpan(9), value);
        BinaryPrimitives.WriteUInt16LittleEndian(row.AsSpan(17), (ushort)name.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(row.AsSpan(19), 1);
        name.CopyTo(row, 21);
        BinaryPrimitives.WriteUInt16LittleEndian(row.AsSpan(21 + name.Length), (ushort)tag.Length);
        tag.CopyTo(row, 23 + name.Length);
        return row;
    }
}
