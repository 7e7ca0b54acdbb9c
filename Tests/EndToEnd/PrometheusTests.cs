using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net.Http;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Debian's Prometheus as a client: it scrapes itself, writes here, and reads back from here.</summary>
public class PrometheusTests
{
    private sealed class PrometheusFactAttribute : FactAttribute
    {
        public PrometheusFactAttribute() => Skip = Binary.Missing
            ?? (Programs.Has("prometheus") ? null : "prometheus is not installed (Debian: prometheus)");
    }

    private static readonly string[] s_queries =
    [
        "up", "scrape_samples_scraped", "sum by (job) (up)", "count(prometheus_tsdb_head_series)",
        "prometheus_build_info", "bottomk(1, prometheus_tsdb_head_series)",
        "sum by (quantile) (prometheus_target_interval_length_seconds)",
        "max_over_time(go_goroutines[10s])", "count by (le) (prometheus_http_request_duration_seconds_bucket)",
        "{__name__=~\"go_gc_.+\",job!=\"x\"}", "go_memstats_alloc_bytes > bool 1", "label_replace(up, \"a\", \"$1\", "
        + "\"instance\", \"(.*):.*\")",
    ];

    [PrometheusFact]
    public async Task ItWritesHereAndReadsFromHere()
    {
        using var data = new DataFolder();
        using var folder = new DataFolder();
        using HttpClient http = new();
        await using Daemon daemon = await Daemon.Start(data);
        string url = $"http://{daemon.HttpAddress}";
        int port = FreePorts.Next();
        await using PrometheusServer writer = await PrometheusServer.Start(folder.Path + "/writer", port, $$"""
            global: { scrape_interval: 1s, scrape_timeout: 1s }
            scrape_configs:
              - job_name: self
                static_configs: [{ targets: ["127.0.0.1:{{port}}"] }]
            remote_write:
              - url: {{url}}/api/v1/write
                queue_config: { batch_send_deadline: 200ms }
                metadata_config: { send_interval: 1s }
            """);
        await Patience.Until("twelve scrapes arrive", () => daemon.Value("COUNT:up:[job=self]"), static n => n >= 12);
        double last = Number(await PrometheusServer.Ask(http, url, "/api/v1/query?query=max(timestamp(up))"));
        long moment = await QuietMoment.Find(daemon, (long)((last - 2) * 1_000), 10_000); // complete on both sides
        string time = (moment / 1_000.0).ToString("F3", CultureInfo.InvariantCulture);
        foreach (string query in s_queries)
        {
            string path = $"/api/v1/query?query={Uri.EscapeDataString(query)}&time={time}";
            Assert.Equal(Lines(await writer.Ask(path)), Lines(await PrometheusServer.Ask(http, url, path)));
        }
        await Patience.Until("the same names", async () => // new ones arrive after the scrape that brings them
            (Theirs: await Values(writer.Ask("/api/v1/label/__name__/values")),
                Ours: await Values(PrometheusServer.Ask(http, url, "/api/v1/label/__name__/values"))),
            static names => names.Ours.SequenceEqual(names.Theirs));
        JsonElement metadata = await Patience.Until("metadata arrive",
            () => PrometheusServer.Ask(http, url, "/api/v1/metadata?metric=go_goroutines"),
            static known => known.TryGetProperty("go_goroutines", out _));
        Assert.Equal("gauge", metadata.GetProperty("go_goroutines")[0].GetProperty("type").GetString());

        await using PrometheusServer reader = await PrometheusServer.Start(folder.Path + "/reader",
            FreePorts.Next(), $$"""
            remote_read:
              - url: {{url}}/api/v1/read
                read_recent: true
            """);
        foreach (string query in s_queries)
        {
            string path = $"/api/v1/query?query={Uri.EscapeDataString(query)}&time={time}";
            Assert.Equal(Lines(await writer.Ask(path)), Lines(await reader.Ask(path)));
        }
        if (!Programs.Has("promtool")) return;
        ProcessResult promtool = await Executable.Run("promtool", ["query", "instant", "--time", time, url, "up"]);
        Assert.Equal(0, promtool.ExitCode);
        Assert.Matches($"up{{instance=\"127.0.0.1:{port}\", job=\"self\"}} => [01] @", promtool.Output);
    }

    private static double Number(JsonElement data) => double.Parse(
        data.GetProperty("result")[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);

    /// <summary>A vector as lines, in no order.</summary>
    private static List<string> Lines(JsonElement data)
    {
        List<string> lines = [];
        foreach (JsonElement series in data.GetProperty("result").EnumerateArray())
        {
            IEnumerable<string> labels = series.GetProperty("metric").EnumerateObject()
                .Select(static label => $"{label.Name}={label.Value.GetString()}").Order(StringComparer.Ordinal);
            lines.Add($"{string.Join(',', labels)} {series.GetProperty("value")[1].GetString()}");
        }
        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    private static async Task<string[]> Values(Task<JsonElement> data) =>
        [.. (await data).EnumerateArray().Select(static value => value.GetString()!)];
}
