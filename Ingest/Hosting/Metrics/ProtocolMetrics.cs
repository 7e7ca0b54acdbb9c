using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Ingest.Net;
using Slungd.Ingest.Protocols;

namespace Slungd.Ingest.Hosting.Metrics;

/// <summary>What came in by protocol: those of port 2077, added up over its loops, and the other doors.</summary>
internal sealed class ProtocolMetrics(SocketServer server)
{
    private readonly List<(string Protocol, ProtocolCounters Counters)> _doors = [];

    /// <summary>Shows another door's counters. Before the first <see cref="Write"/>.</summary>
    public void Add(string protocol, ProtocolCounters counters) => _doors.Add((protocol, counters));

    public void Write(PrometheusText text)
    {
        Family(text, "slungd_protocol_messages_total", "Messages by protocol.", static p => p.Messages);
        Family(text, "slungd_protocol_points_total", "Points received by protocol, refused ones included.",
            static p => p.Points);
        Family(text, "slungd_protocol_malformed_total", "Events that could not be read, by protocol.",
            static p => p.Malformed);
        Family(text, "slungd_protocol_refused_total", "Points refused, by protocol.", static p =>
        {
            long sum = 0;
            for (int code = 0; code < ProtocolCounters.RefusalCodes; code++) sum += p.Refused[code];
            return sum;
        });
        text.Family("slungd_protocol_turn_seconds", "histogram",
            "Time to decode, store and answer what one receive brought.");
        text.Histogram(Turns(static c => c.Original), "protocol", "original");
        text.Histogram(Turns(static c => c.SlungV2), "protocol", "slung.v2");
    }

    private LatencyHistogram[] Turns(Func<LoopCounters, ProtocolCounters> protocol)
    {
        LatencyHistogram[] turns = new LatencyHistogram[server.Loops.Count];
        for (int i = 0; i < turns.Length; i++) turns[i] = protocol(server.Loops[i].Counters).Turns;
        return turns;
    }

    private void Family(PrometheusText text, string name, string help, Func<ProtocolCounters, long> count)
    {
        text.Family(name, "counter", help);
        text.Sample(Sum(loop => count(loop.Original)), "protocol", "original");
        text.Sample(Sum(loop => count(loop.SlungV2)), "protocol", "slung.v2");
        foreach ((string protocol, ProtocolCounters counters) in _doors)
            text.Sample(count(counters), "protocol", protocol);
    }

    private long Sum(Func<LoopCounters, long> count)
    {
        long sum = 0;
        foreach (SocketLoop loop in server.Loops) sum += count(loop.Counters);
        return sum;
    }
}
