using System;
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text.Json;
using System.Threading;
using Slungd.Ingest.Framing;
using Slungd.Ingest.Hosting.Loads;
using Slungd.Ingest.Net;
using Slungd.Tests.Workflows.Supervisor;

namespace Slungd.Bench.EndToEnd;

/// <summary>`--quick workflows`: what guests cost the rest, and how quick they are, in the published executable
/// (SLUNGD_BINARY). First the rate of ingest without guests and with two that spin, or call the host without end,
/// turn and turn about in the same daemon; then the time from an event on its way in to its echo by a guest at the same
/// connection, alone and beside the spinning ones. Between them what the host takes of a guest's processor time for an
/// event and for a point, one by one and in batches.</summary>
internal static class WorkflowsQuick
{
    public static void Run(int points, int rounds)
    {
        if (RunningDaemon.Binary is not { } binary)
        {
            Console.WriteLine("skipped: needs SLUNGD_BINARY as ./build.sh bench sets it");
            return;
        }
        byte[] spin = Guests.Spin();
        byte[][] busy = [Guests.Print("line\n", 0, forEver: true), Guests.AskForEver(new string('x', 10_000))];
        foreach (LoadProtocol protocol in new[] { LoadProtocol.Columns, LoadProtocol.Rows })
        {
            IngestBeside(binary, protocol, points, Math.Min(rounds, 5), "that spin", [spin, spin]);
            IngestBeside(binary, protocol, points, Math.Min(rounds, 5), "that print and ask", busy);
        }
        Batches(binary, Math.Min(points, 100_000), Math.Min(rounds, 3));
        using RunningDaemon daemon = RunningDaemon.Start(binary, "");
        using WebSocketClient client = WebSocketClient.Connect(daemon.Address, // producer 1
            new WebSocketClientOptions { Subprotocol = null });
        daemon.Deploy("echo", Guests.Echo("AVG:temp:[]", producer: 1));
        byte[] message = Event();
        do client.Send(Opcode.Binary, message); // until the guest listens
        while (client.TryReceive(100) == ClientMessage.None);
        while (client.TryReceive(1_000) != ClientMessage.None) { }
        int echoes = Math.Clamp(points / 1_000, 50, 2_000);
        EchoTimes(client, message, "idle", echoes, Math.Min(rounds, 3));
        Deploy(daemon, [spin, spin], true);
        EchoTimes(client, message, "beside spinning guests", echoes, Math.Min(rounds, 3));
    }

    private static void IngestBeside(string binary, LoadProtocol protocol, int points, int rounds, string what,
        byte[][] guests)
    {
        using RunningDaemon daemon = RunningDaemon.Start(binary, "");
        double[] best = [0, 0];
        long start = 1_700_000_000_000_000;
        for (int round = 0; round < 2 * rounds; round++)
        {
            bool isBeside = round % 2 == 1;
            Deploy(daemon, guests, isBeside);
            LoadReport report = Load.Run(new LoadOptions
            {
                Address = daemon.Address, Protocol = protocol, Points = points, Start = start,
            });
            start += points;
            ref double rate = ref best[isBeside ? 1 : 0];
            rate = Math.Max(rate, report.PointsPerSecond);
        }
        Console.WriteLine($"{protocol,-8} {best[0] / 1e6,6:F1} M points/s without guests, {best[1] / 1e6,6:F1} beside "
            + $"{guests.Length} {what}: ratio {best[1] / best[0]:F2}");
    }

    /// <summary>Guests that look at nothing: the host's part, and that of the engine.</summary>
    private static void Batches(string binary, int points, int rounds)
    {
        const int most = 100, written = 20_000; // less than the rate of points allows at once
        using RunningDaemon daemon = RunningDaemon.Start(binary, $"--max-live-queue {points}");
        using WebSocketClient client = WebSocketClient.Connect(daemon.Address,
            new WebSocketClientOptions { Subprotocol = null });
        byte[] message = Event(), done = Guests.Print("done", 0);
        byte[] rows = new byte[most * message.Length];
        for (int i = 0; i < most; i++) message.CopyTo(rows, i * message.Length);
        double[] best = [double.MaxValue, double.MaxValue, double.MaxValue, double.MaxValue];
        for (int round = 0; round < rounds; round++)
        {
            Best(0, Guests.Drain("AVG:temp:[]"), "events", points);
            Best(1, Guests.DrainMany("AVG:temp:[]", most), "events", points);
            Best(2, Guests.WriteOften(written, null), "written", 0);
            Best(3, Guests.WriteOften(written / most, rows), "written", 0);
        }
        Console.WriteLine($"an event from the host: {best[0]:F0} ns one by one, {best[1]:F0} ns {most} at a time");
        Console.WriteLine($"a point to the host: {best[2]:F0} ns one by one, {best[3]:F0} ns {most} at a time");

        void Best(int which, byte[] guest, string counter, int events)
        {
            daemon.Deploy("guest", guest);
            while (events > 0 && daemon.Workflow("guest").GetProperty("live_queries").GetInt32() == 0) Thread.Sleep(1);
            for (int i = 0; i < events; i++) client.Send(Opcode.Binary, message);
            int count = events > 0 ? events : written;
            while (Counter(counter) < count) Thread.Sleep(10);
            daemon.Deploy("guest", done); // in its place: now all its time is accounted for
            while (daemon.Workflow("guest").GetProperty("state").GetString() != "ended") Thread.Sleep(10);
            best[which] = Math.Min(best[which], 1e9 * Counter("cpu_seconds") / count);
            daemon.RemoveIfThere("guest");
        }

        double Counter(string name) =>
            daemon.Workflow("guest").GetProperty("counters").GetProperty(name).GetDouble();
    }

    private static void Deploy(RunningDaemon daemon, byte[][] guests, bool on)
    {
        for (int i = 0; i < guests.Length; i++)
        {
            if (on) daemon.Deploy($"guest{i}", guests[i]);
            else daemon.RemoveIfThere($"guest{i}");
        }
    }

    /// <summary>One point of `temp` without tags, in the original protocol.</summary>
    private static byte[] Event()
    {
        byte[] message = new byte[24];
        BinaryPrimitives.WriteDoubleLittleEndian(message.AsSpan(8), 21.5);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(16), 4);
        "temp"u8.CopyTo(message.AsSpan(20));
        return message;
    }

    private static void EchoTimes(WebSocketClient client, byte[] message, string when, int echoes, int rounds)
    {
        double p50 = double.MaxValue, p99 = double.MaxValue;
        double[] times = new double[echoes];
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < echoes; i++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(message, 1_700_000_000_000_000L + i);
                Thread.Sleep(1); // an event now and then: everybody sleeps
                long begin = Stopwatch.GetTimestamp();
                client.Send(Opcode.Binary, message);
                if (client.TryReceive(180_000) != ClientMessage.Text)
                    throw new InvalidOperationException("the guest does not answer");
                times[i] = Stopwatch.GetElapsedTime(begin).TotalMicroseconds;
            }
            Array.Sort(times);
            p50 = Math.Min(p50, times[echoes / 2]);
            p99 = Math.Min(p99, times[echoes * 99 / 100]);
        }
        Console.WriteLine($"event to guest to echo, {when}: p50 {p50:F0} us, p99 {p99:F0} us");
    }
}
