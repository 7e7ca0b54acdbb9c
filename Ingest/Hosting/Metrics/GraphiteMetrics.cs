using Slungd.Ingest.Net;

namespace Slungd.Ingest.Hosting.Metrics;

/// <summary>The figures of the Graphite door, when there is one.</summary>
internal sealed class GraphiteMetrics(GraphiteServer server)
{
    public void Write(PrometheusText text)
    {
        text.Gauge("slungd_graphite_connections", "Graphite's senders over TCP.", server.Connections);
        text.Counter("slungd_graphite_turned_away_total", "Connections above the limit.", server.TurnedAway);
        text.Counter("slungd_graphite_dropped_datagrams_total", "Datagrams that the kernel had no room for.",
            server.Drops);
    }
}
