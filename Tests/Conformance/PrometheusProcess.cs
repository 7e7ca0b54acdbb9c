using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Net.Http;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Tests.Conformance;

/// <summary>A Prometheus with the samples of a text in OpenMetrics, in a directory of its own.</summary>
internal sealed class PrometheusProcess : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("slungd-prometheus-");
    private readonly HttpClient _http = new();
    private readonly Process _process;
    private readonly string _address;

    /// <param name="programs">The directory with `prometheus` and `promtool`.</param>
    /// <param name="openMetrics">The samples.</param>
    public PrometheusProcess(string programs, string openMetrics)
    {
        string text = Path.Combine(_folder.FullName, "samples"), config = Path.Combine(_folder.FullName, "config.yml");
        string data = Path.Combine(_folder.FullName, "data");
        File.WriteAllText(text, openMetrics);
        File.WriteAllText(config, "global: {}\n");
        using (Process tool = Start(Path.Combine(programs, "promtool"), "tsdb", "create-blocks-from", "openmetrics",
            text,
            data))
        {
            tool.WaitForExit();
            if (tool.ExitCode != 0) throw new InvalidOperationException(tool.StandardError.ReadToEnd());
        }
        _address = $"127.0.0.1:{FreePorts.Next()}";
        _process = Start(Path.Combine(programs, "prometheus"), $"--config.file={config}", $"--storage.tsdb.path={data}",
            $"--web.listen-address={_address}", "--storage.tsdb.retention.time=100y", "--log.level=error");
        WaitUntilReady();
    }

    /// <summary>The answer to a range query: values by time by labels; null when it is refused. Times in seconds.
    /// </summary>
    public Dictionary<string, Dictionary<double, string>>? Range(string query, double start, double end, double step)
    {
        FormUrlEncodedContent form = new(new Dictionary<string, string>
        {
            ["query"] = query, ["start"] = $"{start:R}", ["end"] = $"{end:R}", ["step"] = $"{step:R}",
        });
        using HttpResponseMessage answer = Wait(_http.PostAsync($"http://{_address}/api/v1/query_range", form));
        using JsonDocument json = JsonDocument.Parse(Wait(answer.Content.ReadAsStringAsync()));
        if (json.RootElement.GetProperty("status").GetString() != "success") return null;
        Dictionary<string, Dictionary<double, string>> series = [];
        foreach (JsonElement one in json.RootElement.GetProperty("data").GetProperty("result").EnumerateArray())
        {
            SortedDictionary<string, string> labels = new(StringComparer.Ordinal);
            foreach (JsonProperty label in one.GetProperty("metric").EnumerateObject())
                labels[label.Name] = label.Value.GetString()!;
            Dictionary<double, string> values = [];
            foreach (JsonElement value in one.GetProperty("values").EnumerateArray())
                values.Add(value[0].GetDouble(), value[1].GetString()!);
            series.Add(string.Join(',', labels), values);
        }
        return series;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private void WaitUntilReady()
    {
        for (int attempt = 0; attempt < 1_800; attempt++)
        {
            try
            {
                if (Wait(_http.GetAsync($"http://{_address}/-/ready")).IsSuccessStatusCode) return;
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }
            Thread.Sleep(100);
        }
        throw new TimeoutException("prometheus does not become ready");
    }

    private static T Wait<T>(Task<T> task) => task.GetAwaiter().GetResult();

    private static Process Start(string program, params string[] arguments)
    {
        ProcessStartInfo info = new(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        return Process.Start(info)!;
    }
}
