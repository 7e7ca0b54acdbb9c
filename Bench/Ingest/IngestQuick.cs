using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Bench.Native;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Engine.Store;
using Slungd.Ingest.Net;
using Slungd.Ingest.Protocols.SlungV2;
using Slungd.Native.Os;

namespace Slungd.Bench.Ingest;

/// <summary>`--quick ingest`: port 2077 over the loopback, into a sink that only counts and into the store, beside a
/// bare receiver in C that parses and unmasks the same bytes. Client and server share this process and its cores.
/// </summary>
internal static class IngestQuick
{
    private sealed record Way(string Name, IngestLoad Load, Func<IngestLoad, int, TimeSpan> Run);

    public static void Run(int points, int rounds)
    {
        using FrameReceiver? reference = FrameReceiver.TryCreate();
        IngestLoad[] loads =
        [
            IngestLoad.Original(), IngestLoad.Rows(500), IngestLoad.Columns(4_096, isRegular: false),
            IngestLoad.Columns(4_096, isRegular: true),
        ];
        foreach (IngestLoad load in loads)
        {
            var ways = new List<Way>();
            if (reference is not null) ways.Add(new Way("C receiver", load, (l, n) => IntoC(reference, l, n)));
            ways.Add(new Way("into nothing", load, IntoNothing));
            ways.Add(new Way("into the store", load, IntoStore));
            int times = Math.Max(1, (int)((long)points * (load.Name.StartsWith("COL") ? 10 : 1) / load.Points));
            Measure(ways, load, times, rounds);
        }
    }

    private static void Measure(List<Way> ways, IngestLoad load, int times, int rounds)
    {
        double[] best = new double[ways.Count];
        Array.Fill(best, double.MaxValue);
        double points = (double)times * load.Points;
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < ways.Count; i++)
                best[i] = Math.Min(best[i], ways[i].Run(load, times).TotalNanoseconds / points);
        }
        double perPoint = (double)load.Frames.Length / load.Points;
        for (int i = 0; i < ways.Count; i++)
        {
            Console.WriteLine($"{load.Name,-36} {ways[i].Name,-15} {1e3 / best[i],7:F1} M points/s "
                + $"{perPoint / best[i],6:F2} GB/s  {best[0] / best[i],5:F2} of {ways[0].Name}");
        }
    }

    private static TimeSpan IntoC(FrameReceiver receiver, IngestLoad load, int times)
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        sender.Connect(listener.LocalEndPoint!);
        using Socket accepted = listener.Accept();
        accepted.Blocking = true;
        long start = Stopwatch.GetTimestamp();
        var thread = new Thread(() =>
        {
            for (int i = 0; i < times; i++)
            {
                load.MoveTo(i);
                sender.Send(load.Frames);
            }
            sender.Shutdown(SocketShutdown.Send);
        });
        thread.Start();
        receiver.Receive(accepted.Handle);
        thread.Join();
        return Stopwatch.GetElapsedTime(start);
    }

    private static TimeSpan IntoNothing(IngestLoad load, int times)
    {
        var sink = new CountingSink();
        using SocketServer server = Serve(sink, new EmptyReader());
        return Send(server, load, times);
    }

    private static TimeSpan IntoStore(IngestLoad load, int times)
    {
        var options = new StoreOptions { ArenaBytes = 1L << 30, FlushPoints = long.MaxValue };
        using var store = new TimeSeriesStore(options, new PosixDisk(), TimeProvider.System);
        store.Open(startBackground: false);
        using SocketServer server = Serve(store, store);
        return Send(server, load, times);
    }

    private static SocketServer Serve(IEventSink sink, ISeriesReader reader)
    {
        var options = new SocketServerOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Threads = 1 };
        var live = new LiveHub(sink, static _ => throw new NotSupportedException(), TimeProvider.System,
            options.Limits);
        var services = new SocketServices(new QueryExecutor(reader, TimeProvider.System, options.Limits), live);
        var probes = new ProbeAnswers(static () => [], static (out byte[] body) =>
        {
            body = [];
            return true;
        }, static _ => { });
        var server = new SocketServer(options, live, services, probes, TimeProvider.System, NullLogger.Instance);
        server.Start();
        return server;
    }

    /// <summary>Sends everything and waits until the server has taken it: its answer to Close says so.</summary>
    private static TimeSpan Send(SocketServer server, IngestLoad load, int times)
    {
        var options = new WebSocketClientOptions { Subprotocol = load.Subprotocol };
        using WebSocketClient client = WebSocketClient.Connect(server.Address, options);
        client.SendFrames(load.Prologue);
        ulong acked = 0;
        long start = Stopwatch.GetTimestamp();
        var reader = new Thread(() =>
        {
            ClientMessage message;
            while ((message = client.TryReceive(-1)) is not (ClientMessage.Close or ClientMessage.End))
            {
                if (message == ClientMessage.Binary && !ReplyLayout.TryReadAck(client.Payload, out acked))
                    throw new InvalidOperationException("an ERROR came");
            }
        });
        reader.Start();
        for (int i = 0; i < times; i++)
        {
            load.MoveTo(i);
            client.SendFrames(load.Frames);
        }
        client.SendClose();
        reader.Join();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        if (load.Subprotocol is not null && acked != (ulong)times * (ulong)load.Points)
            throw new InvalidOperationException($"{acked} points acknowledged of {times} x {load.Points}");
        return elapsed;
    }
}
