using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Prometheus' own tool as a client, and as a second reader of OpenMetrics.</summary>
public class PromtoolTests
{
    private const string OpenMetrics = """
        # HELP reqs Requests.
        # TYPE reqs counter
        reqs_total{job="a"} 1 1700000000.5
        reqs_total{job="a"} 2 1700000010.5
        reqs_total{job="a"} 4 1700000020.5
        reqs_total{job="b"} 17 1700000020.5
        # TYPE room_celsius gauge
        # UNIT room_celsius celsius
        room_celsius{room="x y",odd="a\"b\\n\n"} -3.5e-3 1700000000
        room_celsius{room="x y",odd="a\"b\\n\n"} NaN 1700000015
        room_celsius{room="späť"} +Inf 1700000015.25
        # TYPE h histogram
        h_bucket{le="1.0"} 3 1700000000
        h_bucket{le="+Inf"} 4 1700000000 # {trace_id="x"} 0.5 1700000000
        h_count 4 1700000000
        h_sum 1e21 1700000000
        # EOF

        """;

    private sealed class PromtoolFactAttribute : FactAttribute
    {
        public PromtoolFactAttribute() => Skip = Binary.Missing
            ?? (Programs.Has("promtool") ? null : "promtool is not installed (Debian: prometheus)");
    }

    private static async Task<Daemon> Filled(DataFolder data)
    {
        Daemon daemon = await Daemon.Start(data);
        StringContent body = new(OpenMetrics.ReplaceLineEndings("\n"));
        body.Headers.ContentType = MediaTypeHeaderValue.Parse("application/openmetrics-text; version=1.0.0");
        using HttpResponseMessage written = await daemon.Post("/api/v1/import/prometheus", body);
        Assert.Equal(HttpStatusCode.NoContent, written.StatusCode);
        return daemon;
    }

    private static async Task<string> Promtool(params string[] arguments)
    {
        ProcessResult result = await Executable.Run("promtool", arguments);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        return result.Output.Trim();
    }

    [PromtoolFact]
    public async Task ItsQueriesAreAnswered()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Filled(data);
        string url = $"http://{daemon.HttpAddress}";
        Assert.Equal("reqs_total{job=\"b\"} => 17 @[1700000021]",
            await Promtool("query", "instant", "--time=1700000021", url, "reqs_total > 10"));
        Assert.Equal("{job=\"a\"} =>\n1 @[1700000010]\n4 @[1700000030]", await Promtool("query", "range",
            "--start=1700000010", "--end=1700000030", "--step=20s", url, "sum by (job) (reqs_total{job=\"a\"})"));
        Assert.Equal("{__name__=\"reqs_total\", job=\"a\"}\n{__name__=\"reqs_total\", job=\"b\"}", await Promtool(
            "query", "series", "--match=reqs_total", "--start=1700000000", "--end=1700000030", url));
        Assert.Equal("a\nb", await Promtool("query", "labels", "--start=1700000000", "--end=1700000030", url, "job"));
        ProcessResult mistake = await Executable.Run("promtool", ["query", "instant", url, "sum("]);
        Assert.Equal(1, mistake.ExitCode);
        Assert.Contains("bad_data: invalid parameter \"query\": 1:", mistake.Error);
    }

    /// <summary>What Prometheus makes of a file of OpenMetrics is what slungd makes of it.</summary>
    [PromtoolFact]
    public async Task OpenMetricsMeansTheSameToBoth()
    {
        using DataFolder data = new(), blocks = new();
        string file = Path.Combine(blocks.Path, "metrics.txt"), tsdb = Path.Combine(blocks.Path, "tsdb");
        await File.WriteAllTextAsync(file, OpenMetrics.ReplaceLineEndings("\n"));
        await Promtool("tsdb", "create-blocks-from", "openmetrics", "--quiet", file, tsdb);
        Directory.CreateDirectory(Path.Combine(tsdb, "wal")); // which its own dump wants
        string dump = await Promtool("tsdb", "dump", tsdb);
        await using Daemon daemon = await Filled(data);
        using HttpResponseMessage exported = await daemon.Get("/api/v1/export?match[]={__name__=~\".%2B\"}");
        string lines = await exported.Content.ReadAsStringAsync();
        Assert.Equal(dump.Split('\n').Order(StringComparer.Ordinal),
            lines.Trim().Split('\n').SelectMany(Points).Order(StringComparer.Ordinal));
    }

    /// <summary>A line of an export as `tsdb dump` shows it: a line a point.</summary>
    private static IEnumerable<string> Points(string line)
    {
        JsonElement series = JsonDocument.Parse(line).RootElement;
        string labels = string.Join(", ", series.GetProperty("metric").EnumerateObject().Select(static label =>
            $"{label.Name}=\"{label.Value.GetString()!.Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\""));
        JsonElement times = series.GetProperty("timestamps"), values = series.GetProperty("values");
        for (int i = 0; i < times.GetArrayLength(); i++)
        {
            string value = values[i].ValueKind switch
            {
                JsonValueKind.Null => "NaN",
                JsonValueKind.String => values[i].GetString() == "Infinity" ? "+Inf" : "-Inf",
                _ => values[i].GetDouble().ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e'),
            };
            yield return $"{{{labels}}} {value} {times[i]}";
        }
    }
}
