using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Net;
using Slungd.Ingest.Protocols;

namespace Slungd.Ingest.Hosting.Metrics;

/// <summary>The figures of port 2077, added up over its loops.</summary>
internal sealed class SocketMetrics(SocketServer server)
{
    public void Write(PrometheusText text)
    {
        text.Gauge("slungd_socket_connections", "Sockets on port 2077.", Sum(static c => c.Open));
        text.Gauge("slungd_websocket_connections", "WebSockets on port 2077.", Sum(static c => c.OpenWebSockets));
        text.Counter("slungd_socket_accepted_total", "Connections accepted.", Sum(static c => c.Accepted));
        text.Counter("slungd_socket_turned_away_total", "Connections above the limit.", Sum(static c => c.Refused));
        text.Counter("slungd_websocket_upgrades_total", "WebSockets opened.", Sum(static c => c.Upgrades));
        text.Counter("slungd_websocket_violations_total", "WebSockets closed for breaking the protocol.",
            Sum(static c => c.Violations));
        text.Counter("slungd_websocket_held_back_total", "Times that reading paused, for want of memory or disk.",
            Sum(static c => c.HeldBack));
        text.Counter("slungd_websocket_slow_readers_total", "Connections dropped for not reading replies.",
            Sum(static c => c.SlowReaders));
        text.Counter("slungd_websocket_requests_total", "Queries and subscriptions.", Sum(static c => c.TextRequests));
        text.Counter("slungd_socket_received_bytes_total", "Bytes received.", Sum(static c => c.BytesReceived));
        text.Counter("slungd_socket_allocated_bytes_total", "Managed memory that socket loops have allocated.",
            Sum(static c => c.AllocatedBytes));
        WriteProtocols(text);
    }

    private void WriteProtocols(PrometheusText text)
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
    }

    private long Sum(Func<LoopCounters, long> count)
    {
        long sum = 0;
        foreach (SocketLoop loop in server.Loops) sum += count(loop.Counters);
        return sum;
    }
}
