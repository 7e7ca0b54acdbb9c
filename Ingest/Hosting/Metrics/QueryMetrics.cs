using Slungd.Engine.PromQL;
using Slungd.Engine.Query;

namespace Slungd.Ingest.Hosting.Metrics;

/// <summary>Queries over history and live ones, of all doors.</summary>
internal sealed class QueryMetrics(QueryExecutor executor, PromQLEngine promQL, LiveHub hub)
{
    private static readonly (PromQLStatus Status, string Name)[] s_results =
    [
        (PromQLStatus.Done, "done"), (PromQLStatus.BadQuery, "bad_query"), (PromQLStatus.BadTimes, "bad_times"),
        (PromQLStatus.Failed, "failed"), (PromQLStatus.TooLarge, "too_large"), (PromQLStatus.TimedOut, "timed_out"),
        (PromQLStatus.Cancelled, "cancelled"), (PromQLStatus.Busy, "busy"),
    ];

    public void Write(PrometheusText text)
    {
        text.Family("slungd_query_duration_seconds", "histogram", "Time to answer a query over history.");
        text.Histogram(executor.Latency);
        text.Family("slungd_promql_duration_seconds", "histogram", "Time to evaluate a PromQL query.");
        text.Histogram(promQL.Latency);
        text.Family("slungd_promql_results_total", "counter", "PromQL queries by how they ended.");
        foreach ((PromQLStatus status, string name) in s_results) text.Sample(promQL.Results(status), "result", name);
        text.Gauge("slungd_live_queries", "Live queries.", hub.Subscriptions);
    }
}
