using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>One running daemon: the published executable as a process of its own, on ports that the kernel
/// chose.</summary>
internal sealed partial class Daemon : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int SigKill = 9;

    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource<IPEndPoint> _socketDoor = NewSource();
    private readonly TaskCompletionSource<IPEndPoint?> _httpDoor =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
    })
    { Timeout = Patience.Limit };
    private readonly string _scheme;

    private Daemon(Process process, bool hasHttp)
    {
        _process = process;
        _scheme = process.StartInfo.ArgumentList.Contains("--tls-cert") ? "https" : "http";
        if (!hasHttp) _httpDoor.SetResult(null);
        process.OutputDataReceived += (_, line) => Read(line.Data);
        process.ErrorDataReceived += (_, line) => Read(line.Data);
    }

    /// <summary>Where port 2077's door really is.</summary>
    public IPEndPoint SocketAddress { get; private set; } = null!;

    /// <summary>Where port 2078's door really is; null with `--http off`.</summary>
    public IPEndPoint? HttpAddress { get; private set; }

    public int ProcessId => _process.Id;

    /// <summary>Everything said so far.</summary>
    public string Log
    {
        get { lock (_log) return _log.ToString(); }
    }

    /// <summary>Waits until this was said: its lines arrive some time after what they tell of.</summary>
    public Task Says(string text) => Patience.Until($"'{text}' in the log", () => Task.FromResult(Log),
        log => log.Contains(text, StringComparison.Ordinal));

    /// <summary>Where another door really is.</summary>
    /// <param name="name">As the log has it: "Graphite door".</param>
    public async Task<IPEndPoint> Door(string name)
    {
        await Says(name + " on ");
        return IPEndPoint.Parse(Regex.Match(Log, Regex.Escape(name) + @" on ([\d.]+:\d+)").Groups[1].Value);
    }

    /// <summary>The number of a metric, with its labels as they are written; 0 when it is not there.</summary>
    public async Task<double> Metric(string name)
    {
        using HttpResponseMessage page = await GetFromSocketDoor("/metrics");
        foreach (string line in (await page.Content.ReadAsStringAsync()).Split('\n'))
        {
            if (line.StartsWith(name + " ", StringComparison.Ordinal))
                return double.Parse(line.AsSpan(name.Length + 1), CultureInfo.InvariantCulture);
        }
        return 0;
    }

    /// <summary>Starts a daemon on this data directory and waits until it is ready for writes.</summary>
    public static Task<Daemon> Start(DataFolder data, params string[] options) => Start(data.Path, options);

    /// <inheritdoc cref="Start(DataFolder, string[])"/>
    public static async Task<Daemon> Start(string data, string[] options,
        IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        Daemon daemon = await StartUnready(data, options, environment, folder);
        await daemon.Ready();
        return daemon;
    }

    /// <summary>Starts any command line that ends up being a daemon, and waits until it is ready for writes.</summary>
    public static async Task<Daemon> Start(ProcessStartInfo start)
    {
        Daemon daemon = await StartUnready(start);
        await daemon.Ready();
        return daemon;
    }

    /// <summary>Starts a daemon on this data directory and waits for its doors only.</summary>
    public static Task<Daemon> StartUnready(string data, string[] options,
        IReadOnlyDictionary<string, string>? environment = null, string? folder = null)
    {
        List<string> arguments = ["serve", .. options];
        if (!arguments.Contains("--data")) arguments.AddRange(["--data", data]);
        return StartUnready(Executable.StartInfo(Binary.Path, WithPorts(arguments), environment, folder));
    }

    /// <summary>Starts any command line that ends up being a daemon, and waits for its doors only.</summary>
    public static async Task<Daemon> StartUnready(ProcessStartInfo start)
    {
        Daemon daemon = Launch(start);
        await daemon.Opened();
        return daemon;
    }

    /// <summary>The arguments with both doors on ports that the kernel chooses, unless they are given.</summary>
    public static List<string> WithPorts(List<string> arguments)
    {
        if (!arguments.Contains("--listen")) arguments.AddRange(["--listen", "127.0.0.1:0"]);
        if (!arguments.Contains("--http")) arguments.AddRange(["--http", "127.0.0.1:0"]);
        return arguments;
    }

    /// <summary>GETs a path of the HTTP door.</summary>
    public Task<HttpResponseMessage> Get(string path) => _http.GetAsync($"{_scheme}://{HttpAddress}{path}");

    public Task<HttpResponseMessage> Post(string path, HttpContent body) =>
        _http.PostAsync($"{_scheme}://{HttpAddress}{path}", body);

    /// <summary>GETs a path of the WebSocket door.</summary>
    public Task<HttpResponseMessage> GetFromSocketDoor(string path) =>
        _http.GetAsync($"{_scheme}://{SocketAddress}{path}");

    /// <summary>Any other request.</summary>
    public Task<HttpResponseMessage> Send(HttpRequestMessage request, bool streamed = false) =>
        _http.SendAsync(request,
            streamed ? HttpCompletionOption.ResponseHeadersRead : HttpCompletionOption.ResponseContentRead);

    /// <summary>Sends SIGTERM, or another signal, and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> Stop(int signal = SigTerm) => End(signal);

    /// <summary>Pulls the plug.</summary>
    public Task<int> Kill() => End(SigKill);

    /// <summary>Resident memory in bytes, as the kernel counts it.</summary>
    public long ResidentBytes() => StatusKilobytes("VmRSS") * 1024;

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await Kill();
        _process.Dispose();
        _http.Dispose();
    }

    private static Daemon Launch(ProcessStartInfo start)
    {
        int http = start.ArgumentList.IndexOf("--http");
        var daemon = new Daemon(new Process { StartInfo = start }, hasHttp: http < 0 ||
            start.ArgumentList[http + 1] != "off");
        daemon._process.Start();
        daemon._process.BeginOutputReadLine();
        daemon._process.BeginErrorReadLine();
        return daemon;
    }

    private async Task Opened()
    {
        using var limit = new CancellationTokenSource(Patience.Limit);
        Task doors = Task.WhenAll([(Task)_socketDoor.Task, _httpDoor.Task]);
        Task ended = _process.WaitForExitAsync(limit.Token);
        if (await Task.WhenAny(doors, ended) != doors)
        {
            string how = _process.HasExited ? $"ended with {_process.ExitCode}" : "opened no door";
            await DisposeAsync();
            throw new InvalidOperationException($"the daemon {how}:\n{Log}");
        }
        SocketAddress = await _socketDoor.Task;
        HttpAddress = await _httpDoor.Task;
    }

    private async Task Ready()
    {
        await Patience.Until("ready", async () =>
        {
            if (_process.HasExited) throw new InvalidOperationException($"the daemon ended:\n{Log}");
            using HttpResponseMessage answer = await GetFromSocketDoor("/ready");
            return answer.StatusCode;
        }, static status => status == HttpStatusCode.OK);
    }

    private async Task<int> End(int signal)
    {
        if (!_process.HasExited && SendSignal(_process.Id, signal) != 0) throw new Win32Exception();
        using var limit = new CancellationTokenSource(Patience.Limit);
        try
        {
            await _process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"the daemon did not end on signal {signal}:\n{Log}");
        }
        return _process.ExitCode;
    }

    private void Read(string? line)
    {
        if (line is null) return;
        lock (_log) _log.AppendLine(line);
        Match door = Door().Match(line);
        if (!door.Success) return;
        IPEndPoint address = IPEndPoint.Parse(door.Groups[2].Value);
        if (address.Address.Equals(IPAddress.Any)) address.Address = IPAddress.Loopback; // everywhere is here too
        if (door.Groups[1].Value == "WebSocket") _socketDoor.TrySetResult(address);
        else _httpDoor.TrySetResult(address);
    }

    private long StatusKilobytes(string field)
    {
        foreach (string line in File.ReadLines($"/proc/{_process.Id}/status"))
        {
            if (line.StartsWith(field + ":", StringComparison.Ordinal))
                return long.Parse(line[(field.Length + 1)..^2].Trim(), CultureInfo.InvariantCulture);
        }
        throw new InvalidDataException($"no {field} in /proc/{_process.Id}/status");
    }

    private static TaskCompletionSource<IPEndPoint> NewSource() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    [GeneratedRegex(@"(WebSocket|HTTP) door on ([\d.\[\]:a-f]+:\d+)")]
    private static partial Regex Door();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);
}
