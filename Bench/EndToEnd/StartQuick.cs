using System;
using System.IO;
using System.Net;
using System.Net.Sockets;

namespace Slungd.Bench.EndToEnd;

/// <summary>`--quick start`: the published executable (SLUNGD_BINARY, as build.sh sets it) on an empty store: from
/// exec to the first accepted connection and to the first answered probe, resident memory when idle, size.</summary>
internal static class StartQuick
{
    private const int IdleMs = 1_500; // after a second the pages of the start are given back

    public static void Run(int points, int rounds)
    {
        string? binary = Environment.GetEnvironmentVariable("SLUNGD_BINARY");
        using StartTimer? timer = StartTimer.TryCreate();
        if (timer is null || !File.Exists(binary))
        {
            Console.WriteLine("skipped: needs gcc, and SLUNGD_BINARY as ./build.sh bench sets it");
            return;
        }
        Console.WriteLine($"{new FileInfo(binary).Length / 1048576.0:f1} MiB on disk");
        double alone = double.MaxValue;
        for (int i = 0; i < rounds; i++) alone = Math.Min(alone, timer.Time([binary, "--version"], 0, 0).Seconds);
        Console.WriteLine($"{"--version, start to end",-32} {alone * 1e3,6:f1} ms");
        foreach (string http in new[] { "off", "127.0.0.1:0" }) Measure(timer, binary, http, rounds);
    }

    private static void Measure(StartTimer timer, string binary, string http, int rounds)
    {
        double[] seconds = new double[rounds];
        double[] answered = new double[rounds];
        double resident = double.MaxValue;
        for (int i = 0; i < rounds; i++)
        {
            string data = Directory.CreateTempSubdirectory("slungd-start-").FullName;
            int port = FreePort();
            string[] command = [binary, "serve", "--data", data, "--listen", $"127.0.0.1:{port}", "--http", http];
            (seconds[i], answered[i], double mebibytes) = timer.Time(command, port, IdleMs);
            if (seconds[i] < 0 || answered[i] < 0) throw new InvalidOperationException("it never accepted or answered");
            resident = Math.Min(resident, mebibytes);
            Directory.Delete(data, recursive: true);
        }
        Array.Sort(seconds);
        Array.Sort(answered);
        Console.WriteLine($"{$"first accept, --http {http}",-32} {seconds[0] * 1e3,6:f1} ms, median "
            + $"{seconds[rounds / 2] * 1e3,6:f1} ms; first answer {answered[0] * 1e3,6:f1} ms, median "
            + $"{answered[rounds / 2] * 1e3,6:f1} ms; idle {resident:f1} MiB resident");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
