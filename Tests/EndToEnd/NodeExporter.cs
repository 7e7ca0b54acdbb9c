using System;
using System.Diagnostics;
using System.Net.Http;
using System.Threading.Tasks;

namespace Slungd.Tests.EndToEnd;

/// <summary>Debian's `prometheus-node-exporter`, on a port of 127.0.0.1.</summary>
internal sealed class NodeExporter : IAsyncDisposable
{
    public const string Program = "prometheus-node-exporter";

    private readonly Process _process;

    private NodeExporter(Process process, string address) => (_process, Address) = (process, address);

    /// <summary>`127.0.0.1:port`</summary>
    public string Address { get; }

    /// <summary>Starts it and waits until it answers.</summary>
    public static async Task<NodeExporter> Start()
    {
        string address = $"127.0.0.1:{FreePorts.Next()}";
        ProcessStartInfo start = Executable.StartInfo(Program, ["--web.listen-address=" + address], null, null);
        NodeExporter exporter = new(new Process { StartInfo = start }, address);
        exporter._process.Start();
        exporter._process.BeginOutputReadLine(); // a full pipe would stop it
        exporter._process.BeginErrorReadLine();
        using HttpClient http = new() { Timeout = Patience.Limit };
        await Patience.Until("the node exporter answers", async () =>
        {
            if (exporter._process.HasExited) throw new InvalidOperationException("the node exporter ended");
            try { return (await http.GetAsync($"http://{address}/")).IsSuccessStatusCode; }
            catch (HttpRequestException)
            {
                return false; // it does not listen yet
            }
        }, static answers => answers);
        return exporter;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
