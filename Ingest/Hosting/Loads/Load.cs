using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using Slungd.Ingest.Net;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>Runs a load: all connections first, then all senders at once, each on a thread.</summary>
internal static class Load
{
    /// <exception cref="WebSocketException">A connection failed.</exception>
    public static LoadReport Run(LoadOptions options)
    {
        List<LoadConnection> connections = [];
        try
        {
            for (int i = 0; i < options.Connections; i++) connections.Add(new LoadConnection(options, i));
            TimeSpan cpu = Environment.CpuUsage.TotalTime;
            long start = Stopwatch.GetTimestamp();
            RunAll(options, connections);
            return Report(options, connections, Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime - cpu);
        }
        finally
        {
            foreach (LoadConnection connection in connections) connection.Dispose();
        }
    }

    private static void RunAll(LoadOptions options, List<LoadConnection> connections)
    {
        WebSocketException? failure = null;
        List<Thread> threads = [];
        for (int i = 0; i < connections.Count; i++)
        {
            LoadConnection connection = connections[i];
            // The first ones take what does not divide evenly.
            long points = options.Points / connections.Count + (i < options.Points % connections.Count ? 1 : 0);
            Thread thread = new(() =>
            {
                try { connection.Run(points); }
                catch (WebSocketException e) { failure ??= e; }
            });
            threads.Add(thread);
            thread.Start();
        }
        foreach (Thread thread in threads) thread.Join();
        if (failure is not null) throw failure;
    }

    private static LoadReport Report(LoadOptions options, List<LoadConnection> connections, TimeSpan time, TimeSpan cpu)
    {
        long sent = 0, acked = 0, refused = 0, bytes = 0;
        string? firstError = null;
        List<TimeSpan> latencies = [];
        foreach (LoadConnection connection in connections)
        {
            sent += connection.Sent;
            acked += connection.Acked;
            refused += connection.Refused;
            bytes += connection.SentBytes;
            firstError ??= connection.FirstError;
            foreach (long ticks in connection.Latencies) latencies.Add(Stopwatch.GetElapsedTime(0, ticks));
        }
        latencies.Sort();
        return new LoadReport
        {
            Options = options, Sent = sent, Kept = acked - refused, Refused = refused, Bytes = bytes, Time = time,
            ClientCpu = cpu, Latencies = [.. latencies], FirstError = firstError,
        };
    }
}
