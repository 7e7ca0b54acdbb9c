using Slungd.Ingest.Net;
using Slungd.Ingest.Protocols.Statsd;

namespace Slungd.Ingest.Hosting.Metrics;

/// <summary>The figures of the StatsD door, when there is one.</summary>
internal sealed class StatsdMetrics(StatsdServer server)
{
    public void Write(PrometheusText text)
    {
        StatsdCounters counters = server.Statsd;
        text.Gauge("slungd_statsd_metrics", "StatsD metrics that are remembered.", counters.Metrics);
        text.Gauge("slungd_statsd_memory_bytes", "Memory that they take.", counters.MemoryBytes);
        text.Family("slungd_statsd_values_total", "counter", "Values taken, by the metrics' type.");
        text.Sample(counters.Values[(int)StatsdKind.Counter], "type", "counter");
        text.Sample(counters.Values[(int)StatsdKind.Gauge], "type", "gauge");
        text.Sample(counters.Values[(int)StatsdKind.Timer], "type", "timer");
        text.Sample(counters.Values[(int)StatsdKind.Set], "type", "set");
        text.Family("slungd_statsd_overflows_total", "counter", "What found no room: lines of new metrics, values for "
            + "percentiles, members of sets.");
        text.Sample(counters.MetricOverflows, "of", "metrics");
        text.Sample(counters.SampleOverflows, "of", "percentiles");
        text.Sample(counters.MemberOverflows, "of", "members");
        text.Counter("slungd_statsd_conflicts_total", "Lines of a metric that is of another type already.",
            counters.Conflicts);
        text.Counter("slungd_statsd_ignored_total", "Events and service checks.", counters.Ignored);
        text.Counter("slungd_statsd_forgotten_total", "Metrics forgotten after silence.", counters.Forgotten);
        text.Counter("slungd_statsd_flushes_total", "Intervals that became points.", counters.Flushes);
        text.Family("slungd_statsd_dropped_datagrams_total", "counter", "Datagrams that the kernel had no room for.");
        foreach (DatagramSocket socket in server.Sockets) text.Sample(socket.Drops(), "address", socket.Name);
    }
}
