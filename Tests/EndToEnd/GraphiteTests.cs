using System;
using System.Globalization;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

public class GraphiteTests
{
    private sealed class CollectdFactAttribute : FactAttribute
    {
        public CollectdFactAttribute() => Skip = Binary.Missing
            ?? (Programs.Has(Collectd.Program) ? null : "collectd is not installed (Debian: collectd-core)");
    }

    private static async Task<IPEndPoint> DoorOf(Daemon daemon)
    {
        await daemon.Says("Graphite door on ");
        return IPEndPoint.Parse(Regex.Match(daemon.Log, "Graphite door on ([^ \r\n]+)").Groups[1].Value);
    }

    [EndToEndFact]
    public async Task LinesBecomeSeriesAndAreThereAfterARestart()
    {
        using var data = new DataFolder();
        await using (Daemon daemon = await Daemon.Start(data, "--graphite", "127.0.0.1:0", "--graphite-template",
            "servers.* .host.measurement* dc=eu"))
        {
            IPEndPoint door = await DoorOf(daemon);
            using Socket stream = new(SocketType.Stream, ProtocolType.Tcp);
            await stream.ConnectAsync(door);
            byte[] lines = "servers.web01.cpu.load 1.5 1\nservers.web01.cpu.load 2 2\nother;t=x 4 3\n"u8.ToArray();
            await stream.SendAsync(lines);
            using Socket datagrams = new(SocketType.Dgram, ProtocolType.Udp);
            await datagrams.ConnectAsync(door);
            await datagrams.SendAsync("servers.web02.cpu.load 3 4.5\n"u8.ToArray());
            await daemon.Counted("cpu_load:[dc=eu]:[0,9000000]", 3);
            await Patience.Until("all points", // of several shards, and counted once they are there
                () => daemon.Metric("slungd_protocol_points_total{protocol=\"graphite\"}"), static n => n == 4);
            Assert.Equal(4, await daemon.Value("SUM:other:[t=x]:[0,9000000]"));
            Assert.Equal(0, await daemon.Stop());
        }
        await using Daemon again = await Daemon.Start(data);
        Assert.Equal(3, await again.Value("LAST:cpu_load:[host=web02]:[0,9000000]"));
    }

    /// <summary>Debian's collectd tells of this machine, in lines over TCP and with tags over UDP; PromQL says what the
    /// kernel does.</summary>
    [CollectdFact]
    public async Task CollectdWritesWhatPromQLReads()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--graphite", "127.0.0.1:0", "--graphite-template",
            "collectd.* .host.measurement*");
        IPEndPoint door = await DoorOf(daemon);
        await using Collectd collectd = await Collectd.Start($"""
            LoadPlugin write_graphite
            <Plugin write_graphite>
              <Node "lines">
                Host "127.0.0.1"
                Port "{door.Port}"
                Protocol "tcp"
                Prefix "collectd."
              </Node>
              <Node "tags">
                Host "127.0.0.1"
                Port "{door.Port}"
                Protocol "udp"
                UseTags true
              </Node>
            </Plugin>
            """);
        string kernel = await File.ReadAllTextAsync("/proc/meminfo") + await File.ReadAllTextAsync("/proc/stat");
        double bytes = 1024 * double.Parse(Regex.Match(kernel, "MemTotal: +([0-9]+) kB").Groups[1].Value,
            CultureInfo.InvariantCulture);
        int processors = Regex.Count(kernel, "(?m)^cpu[0-9]+ ");
        foreach ((string query, double expected) in ((string, double)[])[
            ("sum({__name__=~\"memory_memory-.+\",host=\"web01\"})", bytes),
            ("sum by (host) ({\"memory.memory\",plugin=\"memory\",type_instance=~\".+\"})", bytes),
            ("count({__name__=~\"cpu-[0-9]+_cpu-idle\",host=\"web01\"})", processors),
            ("count({\"cpu.cpu\",host=\"web01\",type_instance=\"idle\"})", processors),
            ("count({__name__=~\"load.load.(short|mid|long)term\"})", 6),
            ("count_over_time({\"load_load_midterm\",host=\"web01\"}[1m]) >= bool 2", 1)])
        {
            await Patience.Until(query, () =>
            {
                Assert.False(collectd.HasEnded, collectd.Log);
                return Instant(daemon, query);
            }, value => value == expected);
        }
        using HttpResponseMessage metrics = await daemon.Get("/metrics");
        string shown = await metrics.Content.ReadAsStringAsync();
        Assert.Contains("slungd_protocol_malformed_total{protocol=\"graphite\"} 0\n", shown);
        Assert.Contains("slungd_graphite_connections 1\n", shown);
        Assert.Contains("slungd_graphite_dropped_datagrams_total 0\n", shown);
    }

    /// <summary>The value of the only series; null when there is none.</summary>
    private static async Task<double?> Instant(Daemon daemon, string query)
    {
        using HttpResponseMessage answer = await daemon.Get($"/api/v1/query?query={Uri.EscapeDataString(query)}");
        JsonElement root = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.True(answer.IsSuccessStatusCode, root.ToString());
        JsonElement series = root.GetProperty("data").GetProperty("result");
        return series.GetArrayLength() == 0 ? null
            : double.Parse(series[0].GetProperty("value")[1].GetString()!, CultureInfo.InvariantCulture);
    }
}
