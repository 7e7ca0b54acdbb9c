using System;
using System.Diagnostics;
using System.IO;
using System.Net.Http;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>A Prometheus as Debian packages it, on a port of 127.0.0.1 and a folder of its own.</summary>
internal sealed class PrometheusServer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly HttpClient _http = new() { Timeout = Patience.Limit };

    private PrometheusServer(Process process, int port)
    {
        _process = process;
        Url = $"http://127.0.0.1:{port}";
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
    }

    public string Url { get; }

    /// <summary>Everything it said.</summary>
    public string Log
    {
        get { lock (_log) return _log.ToString(); }
    }

    /// <summary>Starts it with this configuration and waits until it is ready.</summary>
    public static async Task<PrometheusServer> Start(string folder, int port, string configuration)
    {
        Directory.CreateDirectory(folder);
        string file = Path.Combine(folder, "prometheus.yml");
        await File.WriteAllTextAsync(file, configuration);
        ProcessStartInfo start = Executable.StartInfo("prometheus",
        [
            "--config.file=" + file, "--storage.tsdb.path=" + Path.Combine(folder, "data"),
            $"--web.listen-address=127.0.0.1:{port}",
        ], null, folder);
        PrometheusServer server = new(new Process { StartInfo = start }, port);
        server._process.Start();
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        await Patience.Until("Prometheus is ready", server.IsReady, static ready => ready);
        return server;
    }

    /// <summary>The `data` of an answer of the API of any server that speaks it.</summary>
    public static async Task<JsonElement> Ask(HttpClient http, string url, string path)
    {
        string text = await http.GetStringAsync(url + path);
        JsonElement root = JsonDocument.Parse(text).RootElement;
        return root.GetProperty("status").GetString() == "success" ? root.GetProperty("data")
            : throw new InvalidDataException(text);
    }

    /// <summary>As <see cref="Ask(HttpClient, string, string)"/>, of this one.</summary>
    public Task<JsonElement> Ask(string path) => Ask(_http, Url, path);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private async Task<bool> IsReady()
    {
        if (_process.HasExited) throw new InvalidOperationException("Prometheus ended:\n" + Log);
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync(Url + "/-/ready");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // it does not listen yet
        }
    }

    private void Note(string? line)
    {
        lock (_log) _log.AppendLine(line);
    }
}
