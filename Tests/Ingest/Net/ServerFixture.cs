using System;
using System.Buffers;
using System.Collections.Generic;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Ingest.Net;
using Slungd.Tests.Engine.Fakes;

namespace Slungd.Tests.Ingest.Net;

/// <summary>A server on a free port of the loopback, over a plain store, with a clock that stands still.</summary>
internal sealed class ServerFixture : IDisposable
{
    public ServerFixture(Func<SocketServerOptions, SocketServerOptions>? change = null, IEventSink? sink = null)
    {
        Store = new FakeSeriesReader();
        Sink = new FakeEventSink(Store);
        var options = new SocketServerOptions { Listen = new IPEndPoint(IPAddress.Loopback, 0), Threads = 2 };
        options = change?.Invoke(options) ?? options;
        Live = new LiveHub(sink ?? Sink, Store.KeyOf, Clock, options.Limits);
        var queries = new QueryExecutor(Store, Clock, options.Limits);
        var probes = new ProbeAnswers(
            () =>
            {
                OnHealth?.Invoke();
                return """{"status":"ok"}"""u8.ToArray();
            },
            (out byte[] body) =>
            {
                bool isReady = (sink ?? Sink).State == SinkState.Ready;
                body = isReady ? """{"status":"ready"}"""u8.ToArray() : """{"status":"not ready"}"""u8.ToArray();
                return isReady;
            },
            static to => to.Write("up 1\n"u8));
        Server = new SocketServer(options, Live, new SocketServices(queries, Live), probes, Clock, NullLogger.Instance);
        Server.Start();
    }

    public FakeSeriesReader Store { get; }

    public FakeEventSink Sink { get; }

    public LiveHub Live { get; }

    public ManualClock Clock { get; } = new();

    public SocketServer Server { get; }

    /// <summary>By the thread of the loop that answers `/health`.</summary>
    public Action? OnHealth { get; set; }

    public RawClient Connect() => new(Server.Address);

    /// <summary>Connected and upgraded.</summary>
    public RawClient Open(string? subprotocol = null)
    {
        RawClient client = Connect();
        client.Upgrade(subprotocol);
        return client;
    }

    /// <summary>All points of a series, in order.</summary>
    public List<(long Timestamp, double Value)> PointsOf(string series, params string[] tags)
    {
        List<(long, double)> points = [];
        SeriesId id = Store.Series(series, tags);
        using SeriesView view = Store.OpenView();
        using SeriesCursor cursor = view.Open(id, TimeRange.All, acceptSummaries: false);
        while (cursor.MoveNext())
        {
            for (int i = 0; i < cursor.Timestamps.Length; i++)
                points.Add((cursor.Timestamps[i], BitConverter.UInt64BitsToDouble(cursor.Values[i])));
        }
        return points;
    }

    /// <summary>Lets time pass for the server.</summary>
    public void Pass(double seconds)
    {
        Clock.Move(TimeSpan.FromSeconds(seconds));
        Server.Wake();
    }

    public long Sum(Func<LoopCounters, long> counter)
    {
        long sum = 0;
        foreach (SocketLoop loop in Server.Loops) sum += counter(loop.Counters);
        return sum;
    }

    public void Dispose() => Server.Dispose();
}
