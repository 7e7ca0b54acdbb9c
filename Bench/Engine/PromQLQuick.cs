using System;
using System.Collections.Generic;

namespace Slungd.Bench.Engine;

/// <summary>`--quick promql`: range queries of 200 steps over a hundred series in memory, against reading them once,
/// and instant queries over all the time; then a long and a short range of 60 steps over the same points in memory, in
/// a segment and in a compacted one, on one thread and on all of the machine.</summary>
internal static class PromQLQuick
{
    public static void Run(int points, int rounds)
    {
        using PromQLLoad load = new(points);
        string all = $"[{load.End / 1000 + 1}s]", window = $"[{Math.Max(20, load.End / 100_000)}s]";
        (string Name, Func<double> Run)[] ways =
        [
            ("count_over_time, all, instant", () => load.Instant($"sum(count_over_time(requests_total{all}))")),
            ("sum_over_time, all, instant", () => load.Instant($"sum(sum_over_time(requests_total{all}))")),
            ("max_over_time, all, instant", () => load.Instant($"max(max_over_time(requests_total{all}))")),
            ("last samples", () => load.Instant("requests_total")),
            ("sum(selector)", () => load.Range("sum(requests_total)")),
            ("selector", () => load.Range("requests_total")),
            ("sum by (job) (rate)", () => load.Range($"sum by (job) (rate(requests_total{window}))")),
            ("rate", () => load.Range($"rate(requests_total{window})")),
            ("avg_over_time", () => load.Range($"avg_over_time(requests_total{window})")),
            ("max_over_time", () => load.Range($"max_over_time(requests_total{window})")),
            ("quantile_over_time", () => load.Range($"quantile_over_time(0.9, requests_total{window})")),
            ("topk(5, rate)", () => load.Range($"topk(5, rate(requests_total{window}))")),
            ("rate / on (host)", () =>
                load.Range($"rate(requests_total{window}) / on (host) group_left () sum by (host) (requests_total)")),
        ];
        QuickTable.Run(ways, points, rounds);
        using PromQLLoad segment = new(points, isFlushed: true);
        using PromQLLoad compacted = new(points, isFlushed: true, isCompacted: true);
        List<(string Name, Func<double> Run)> places = [];
        foreach ((string name, PromQLLoad place) in ((string, PromQLLoad)[])
            [("memory", load), ("segment", segment), ("compacted", compacted)])
        {
            Add(places, $"sum(rate), {name}", place, $"sum(rate(requests_total{window}))", 0.95);
            Add(places, $"sum_over_time, 1/30, {name}", place, "sum(sum_over_time(requests_total[1m]))", 1.0 / 30);
        }
        Console.WriteLine();
        QuickTable.Run(places, points, rounds);
    }

    private static void Add(List<(string Name, Func<double> Run)> ways, string name, PromQLLoad load, string query,
        double part)
    {
        ways.Add(($"{name}, 1 thread", () => load.Range(query, part, isAlone: true)));
        ways.Add(($"{name}, all", () => load.Range(query, part, isAlone: false)));
    }
}
