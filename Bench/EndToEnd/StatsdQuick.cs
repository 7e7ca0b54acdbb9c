using System;
using System.Diagnostics;
using System.IO;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using Slungd.Bench.Native;

namespace Slungd.Bench.EndToEnd;

/// <summary>`--quick statsd`: datagrams of one line over a Unix socket, which holds its sender back and loses nothing,
/// into the published executable (SLUNGD_BINARY) and into a bare sink in C (DatagramReference.c), in turns.</summary>
internal static unsafe class StatsdQuick
{
    public static void Run(int points, int rounds)
    {
        if (RunningDaemon.Binary is not { } binary
            || GccLibrary.TryLoad(SourcePath()) is not nint library)
        {
            Console.WriteLine("skipped: needs gcc, and SLUNGD_BINARY as ./build.sh bench sets it");
            return;
        }
        var sink = (delegate* unmanaged<int, ulong, ulong>)NativeLibrary.GetExport(library, "sink_datagrams");
        var send = (delegate* unmanaged<int, ulong, ulong>)NativeLibrary.GetExport(library, "send_lines");
        string path = Path.Combine(Path.GetTempPath(), $"slungd-bench-{Environment.ProcessId}");
        using RunningDaemon daemon = RunningDaemon.Start(binary, $"--statsd unix:{path}.ours");
        double bestBare = double.MaxValue, bestOurs = double.MaxValue, cpu = double.MaxValue;
        for (int round = 0; round < rounds; round++)
        {
            using (Socket bare = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified))
            {
                bare.Bind(new UnixDomainSocketEndPoint(path + ".bare"));
                int file = (int)bare.Handle;
                var receiver = new Thread(() => sink(file, (ulong)points));
                receiver.Start();
                bestBare = Math.Min(bestBare, Send(send, path + ".bare", points, receiver.Join));
            }
            TimeSpan before = daemon.CpuTime;
            // What waits in the socket at the end is less than a thousandth.
            bestOurs = Math.Min(bestOurs, Send(send, path + ".ours", points, static () => { }));
            cpu = Math.Min(cpu, (daemon.CpuTime - before).TotalNanoseconds / points);
        }
        Console.WriteLine($"bare sink {points / bestBare / 1e6:F2} M datagrams/s");
        Console.WriteLine($"slungd    {points / bestOurs / 1e6:F2} M datagrams/s, {bestBare / bestOurs:F2} of the bare"
            + $" sink's, {cpu:F0} CPU ns a datagram");
    }

    /// <returns>Seconds.</returns>
    private static double Send(delegate* unmanaged<int, ulong, ulong> send, string path, int count, Action end)
    {
        using Socket sender = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        sender.Connect(new UnixDomainSocketEndPoint(path));
        long begin = Stopwatch.GetTimestamp();
        ulong sent = send((int)sender.Handle, (ulong)count);
        end();
        if (sent != (ulong)count) throw new InvalidOperationException($"only {sent} of {count} were taken");
        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static string SourcePath() =>
        Path.Combine(Path.GetDirectoryName(GccLibrary.SourceOfCaller())!, "DatagramReference.c");
}
