using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading;
using Slungd.Ingest.Net;

namespace Slungd.Bench.EndToEnd;

/// <summary>The published executable on an empty data directory, a connection to it, and what the kernel says of it.
/// Linux only.</summary>
internal sealed class RunningDaemon : IDisposable
{
    private readonly Process _process;
    private readonly string _data;
    private readonly int _httpPort;
    private WebSocketClient? _client;

    private RunningDaemon(Process process, string data, string options, int port, int httpPort)
    {
        (_process, _data, Options, _httpPort) = (process, data, options, httpPort);
        Address = new IPEndPoint(IPAddress.Loopback, port);
    }

    /// <summary>SLUNGD_BINARY; null when it names no file.</summary>
    public static string? Binary =>
        Environment.GetEnvironmentVariable("SLUNGD_BINARY") is { } path && File.Exists(path) ? path : null;

    /// <summary>As given to it.</summary>
    public string Options { get; }

    /// <summary>Of port 2077's door.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Of port 2078's door.</summary>
    public IPEndPoint HttpAddress => new(IPAddress.Loopback, _httpPort);

    /// <summary>A connection of slung.v2.</summary>
    public WebSocketClient Client => _client ??= WebSocketClient.Connect(Address, new WebSocketClientOptions());

    /// <summary>What it caused to be written to the disk so far.</summary>
    public long WrittenBytes => Figure("io", "write_bytes:");

    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>The most memory that was ever resident.</summary>
    public double PeakMiB => Figure("status", "VmHWM:") / 1024.0;

    /// <summary>Bytes of its segments.</summary>
    public long SegmentBytes
    {
        get
        {
            long sum = 0;
            foreach (FileInfo file in new DirectoryInfo(Path.Combine(_data, "segments")).GetFiles()) sum += file.Length;
            return sum;
        }
    }

    /// <summary>Starts it and waits until it takes points.</summary>
    public static RunningDaemon Start(string binary, string options)
    {
        string data = Directory.CreateTempSubdirectory("slungd-bench-").FullName;
        (int port, int httpPort) = (FreePort(), FreePort());
        string line = $"serve --data {data} --listen 127.0.0.1:{port} --http 127.0.0.1:{httpPort} --log-level error";
        var start = new ProcessStartInfo(binary, $"{line} {options}");
        var daemon = new RunningDaemon(Process.Start(start)!, data, options, port, httpPort);
        for (int tries = 0; ; tries++)
        {
            if (tries == 3_600 || daemon._process.HasExited) // three minutes: others may want the machine, too
                throw new InvalidOperationException($"{binary} {options} does not get ready");
            if (daemon.TryRequest(HttpMethod.Get, "ready")) return daemon;
            Thread.Sleep(50);
        }
    }

    /// <summary>Deploys a workflow.</summary>
    public void Deploy(string name, byte[] module)
    {
        if (!TryRequest(HttpMethod.Put, "api/v1/workflows/" + name, module))
            throw new InvalidOperationException($"the daemon refuses the workflow {name}");
    }

    /// <summary>A workflow as `GET /api/v1/workflows/NAME` shows it.</summary>
    public JsonElement Workflow(string name)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get,
            $"http://127.0.0.1:{_httpPort}/api/v1/workflows/{name}");
        using HttpResponseMessage answer = http.Send(request);
        return JsonDocument.Parse(answer.Content.ReadAsStream()).RootElement.GetProperty("data");
    }

    public void RemoveIfThere(string name) => TryRequest(HttpMethod.Delete, "api/v1/workflows/" + name);

    /// <summary>Writes what is in memory to segments; with `compact`, merges them.</summary>
    public void Admin(string what)
    {
        if (!TryRequest(HttpMethod.Post, "api/v1/admin/tsdb/" + what))
            throw new InvalidOperationException($"the daemon can't {what}");
    }

    /// <summary>What `/metrics` says of a sample.</summary>
    /// <param name="sample">With its labels.</param>
    public long Metric(string sample)
    {
        using var http = new HttpClient();
        foreach (string line in http.GetStringAsync($"http://127.0.0.1:{_httpPort}/metrics").Result.Split('\n'))
        {
            if (line.StartsWith(sample + " ", StringComparison.Ordinal))
                return long.Parse(line[(sample.Length + 1)..], CultureInfo.InvariantCulture);
        }
        throw new InvalidOperationException($"no {sample} in /metrics");
    }

    public void Dispose()
    {
        _client?.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_data, recursive: true);
    }

    private bool TryRequest(HttpMethod method, string path, byte[]? body = null)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromMinutes(2) };
        using var request = new HttpRequestMessage(method, $"http://127.0.0.1:{_httpPort}/{path}");
        if (body is not null) request.Content = new ByteArrayContent(body);
        try
        {
            using HttpResponseMessage answer = http.Send(request);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // not there yet
        }
    }

    private long Figure(string file, string name)
    {
        foreach (string line in File.ReadLines($"/proc/{_process.Id}/{file}"))
        {
            if (!line.StartsWith(name, StringComparison.Ordinal)) continue;
            return long.Parse(line[name.Length..].Replace("kB", ""), CultureInfo.InvariantCulture);
        }
        throw new InvalidOperationException($"no {name} in /proc/PID/{file}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
