using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

public class GraphiteTests
{
    [EndToEndFact]
    public async Task LinesBecomeSeriesAndAreThereAfterARestart()
    {
        using var data = new DataFolder();
        await using (Daemon daemon = await Daemon.Start(data, "--graphite", "127.0.0.1:0", "--graphite-template",
            "servers.* .host.measurement* dc=eu"))
        {
            await daemon.Says("Graphite door on ");
            IPEndPoint door = IPEndPoint.Parse(Regex.Match(daemon.Log, "Graphite door on ([^ \r\n]+)").Groups[1].Value);
            using Socket stream = new(SocketType.Stream, ProtocolType.Tcp);
            await stream.ConnectAsync(door);
            byte[] lines = "servers.web01.cpu.load 1.5 1\nservers.web01.cpu.load 2 2\nother;t=x 4 3\n"u8.ToArray();
            await stream.SendAsync(lines);
            using Socket datagrams = new(SocketType.Dgram, ProtocolType.Udp);
            await datagrams.ConnectAsync(door);
            await datagrams.SendAsync("servers.web02.cpu.load 3 4.5\n"u8.ToArray());
            await daemon.Counted("cpu_load:[dc=eu]:[0,9000000]", 3);
            Assert.Equal(4, await daemon.Value("SUM:other:[t=x]:[0,9000000]"));
            using var metrics = await daemon.Get("/metrics");
            Assert.Contains("slungd_protocol_points_total{protocol=\"graphite\"} 4",
                await metrics.Content.ReadAsStringAsync());
            Assert.Equal(0, await daemon.Stop());
        }
        await using Daemon again = await Daemon.Start(data);
        Assert.Equal(3, await again.Value("LAST:cpu_load:[host=web02]:[0,9000000]"));
    }
}
