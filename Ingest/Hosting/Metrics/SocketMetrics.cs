using System;
using Slungd.Ingest.Net;

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
    }

    private long Sum(Func<LoopCounters, long> count)
    {
        long sum = 0;
        foreach (SocketLoop loop in server.Loops) sum += count(loop.Counters);
        return sum;
    }
}
