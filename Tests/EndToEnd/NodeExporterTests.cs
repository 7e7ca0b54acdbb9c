using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.Http;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>A machine's dashboard: Debian's Prometheus scrapes the node exporter (and slungd), writes here, and the
/// dashboard's queries have the same answers there, here, and in a Prometheus that reads from here.</summary>
public class NodeExporterTests
{
    private sealed class NodeExporterFactAttribute : FactAttribute
    {
        public NodeExporterFactAttribute()
        {
            Skip = Binary.Missing;
            foreach (string program in (string[])["prometheus", NodeExporter.Program])
                if (!Programs.Has(program)) Skip ??= $"{program} is not installed (Debian: {program})";
        }
    }

    private static readonly string[] s_queries =
    [
        "up",
        "node_load1",
        "count(count by (cpu) (node_cpu_seconds_total))",
        "100 * (1 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"}[6s])))",
        "sum by (mode) (irate(node_cpu_seconds_total[6s]))",
        "sum by (instance) (rate(node_cpu_seconds_total{mode!=\"idle\"}[6s])) / on (instance) group_left () "
            + "sum by (instance) (rate(node_cpu_seconds_total[6s]))",
        "quantile by (mode) (0.9, rate(node_cpu_seconds_total[6s]))",
        "100 - ((node_memory_MemAvailable_bytes * 100) / node_memory_MemTotal_bytes)",
        "node_memory_MemTotal_bytes - node_memory_MemFree_bytes - (node_memory_Cached_bytes + "
            + "node_memory_Buffers_bytes + node_memory_SReclaimable_bytes)",
        "100 - ((node_filesystem_avail_bytes{fstype!=\"rootfs\"} * 100) / "
            + "node_filesystem_size_bytes{fstype!=\"rootfs\"})",
        "rate(node_network_receive_bytes_total[6s]) * 8",
        "-rate(node_network_transmit_bytes_total{device!~\"veth.*\"}[6s])",
        "irate(node_disk_read_bytes_total{device=~\".*\"}[6s])",
        "increase(node_context_switches_total[6s])",
        "node_time_seconds - node_boot_time_seconds",
        "node_filefd_allocated / node_filefd_maximum",
        "max_over_time(node_load1[6s]) - min_over_time(node_load1[6s])",
        "avg_over_time(node_memory_MemFree_bytes[6s])",
        "stddev_over_time(node_load15[6s])",
        "changes(node_boot_time_seconds[6s]) + resets(node_intr_total[6s])",
        "topk(3, node_memory_MemTotal_bytes or node_memory_SwapTotal_bytes or node_memory_Active_bytes)",
        "sum by (device) ({__name__=~\"node_disk_.+_total\"})",
        "node_uname_info * on (instance) group_left (cpu) (node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} > bool 0)",
        "sort_desc(sum by (fstype) (node_filesystem_size_bytes))",
        "count({job=\"node\"})",
        "count by (__name__) ({__name__=~\"slungd_.+\",__name__!~\".+_bucket\"})",
        "histogram_quantile(0.9, sum by (le) (rate(slungd_protocol_turn_seconds_bucket[6s])))",
        "sum(slungd_protocol_points_total)",
        "absent(node_none)",
        "deriv(node_memory_MemFree_bytes[6s])",
        "predict_linear(node_filesystem_free_bytes{mountpoint=\"/\"}[6s], 3600)",
        "max_over_time(sum(node_load1)[5s:1s])",
    ];

    /// <summary>Of ranges of six seconds, at the moment and at each step of four seconds before it.</summary>
    private static readonly int[] s_begins = [6_000, 6_100, 7_400, 8_700, 10_000];

    [NodeExporterFact]
    public async Task ADashboardShowsTheSameEverywhere()
    {
        using DataFolder data = new(), folder = new();
        using HttpClient http = new();
        await using NodeExporter exporter = await NodeExporter.Start();
        await using Daemon daemon = await Daemon.Start(data);
        string url = $"http://{daemon.HttpAddress}";
        await using PrometheusServer writer = await PrometheusServer.Start(folder.Path + "/writer",
            FreePorts.Next(), $$"""
            global: { scrape_interval: 1s, scrape_timeout: 1s }
            scrape_configs:
              - job_name: node
                static_configs: [{ targets: ["{{exporter.Address}}"] }]
              - job_name: slungd
                static_configs: [{ targets: ["{{daemon.HttpAddress}}"] }]
            remote_write:
              - url: {{url}}/api/v1/write
                queue_config: { batch_send_deadline: 200ms }
            """);
        await Patience.Until("twelve scrapes arrive", () => daemon.Value("COUNT:up:[job=node]"),
            static n => n >= 12);
        await Patience.Until("and so many of slungd", () => daemon.Value("COUNT:up:[job=slungd]"),
            static n => n >= 10);
        JsonElement last = await PrometheusServer.Ask(http, url, "/api/v1/query?query=min(timestamp(up))");
        double complete = double.Parse(last.GetProperty("result")[0].GetProperty("value")[1].GetString()!,
            CultureInfo.InvariantCulture) - 2; // on both sides
        double end = await QuietMoment.Find(daemon, (long)(complete * 1_000), s_begins) / 1_000.0;
        await using PrometheusServer reader = await PrometheusServer.Start(folder.Path + "/reader",
            FreePorts.Next(), $$"""
            remote_read:
              - url: {{url}}/api/v1/read
                read_recent: true
            """);
        int answered = 0;
        foreach (string query in s_queries)
        {
            string text = Uri.EscapeDataString(query);
            foreach (string path in (string[])
            [
                string.Create(CultureInfo.InvariantCulture, $"/api/v1/query?query={text}&time={end:F3}"),
                string.Create(CultureInfo.InvariantCulture,
                    $"/api/v1/query_range?query={text}&start={end - 4:F3}&end={end:F3}&step=1.3"),
            ])
            {
                SortedDictionary<string, double> expected = Numbers(await writer.Ask(path));
                answered += expected.Count > 0 ? 1 : 0;
                AssertSame(query, expected, Numbers(await PrometheusServer.Ask(http, url, path)));
                AssertSame(query, expected, Numbers(await reader.Ask(path)));
            }
        }
        Assert.True(answered > s_queries.Length, $"{answered} of {2 * s_queries.Length} answers have series");
        await Patience.Until("a scrape of slungd in time", async () =>
        {
            JsonElement scraped = await writer.Ask("/api/v1/query?query=up{job=\"slungd\"}");
            return scraped.GetProperty("result")[0].GetProperty("value")[1].GetString();
        }, static up => up == "1");
    }

    /// <summary>The answer's numbers by labels and time.</summary>
    private static SortedDictionary<string, double> Numbers(JsonElement data)
    {
        SortedDictionary<string, double> numbers = new(StringComparer.Ordinal);
        foreach (JsonElement series in data.GetProperty("result").EnumerateArray())
        {
            string labels = string.Join(',', series.GetProperty("metric").EnumerateObject()
                .Select(static label => $"{label.Name}={label.Value.GetString()}").Order(StringComparer.Ordinal));
            IEnumerable<JsonElement> pairs = series.TryGetProperty("value", out JsonElement one) ? [one]
                : series.GetProperty("values").EnumerateArray();
            foreach (JsonElement pair in pairs) numbers.Add($"{labels} {pair[0]}", Number(pair[1].GetString()!));
        }
        return numbers;
    }

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private static void AssertSame(string query, SortedDictionary<string, double> expected,
        SortedDictionary<string, double> actual)
    {
        Assert.Equal(expected.Keys, actual.Keys);
        foreach ((string key, double value) in expected)
        {
            double other = actual[key];
            bool isSame = value.Equals(other) || Math.Abs(value - other) <= 1e-9 * Math.Abs(value);
            Assert.True(isSame, $"{query}: {key}: expected {value}, got {other}");
        }
    }
}
