using System.Text;
using Slungd.Ingest.Protocols.Otlp;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Otlp;

/// <summary>The examples of the specification, and what Prometheus makes of odd ones.</summary>
public class OtlpNameTests
{
    [Theory]
    [InlineData("http.server.request.duration", "s", "", "http_server_request_duration_seconds", "seconds")]
    [InlineData("system.io", "By", "counter", "system_io_bytes_total", "bytes")]
    [InlineData("system.network.dropped", "{packets}", "counter", "system_network_dropped_total", "")]
    [InlineData("system.network.io", "By/s", "gauge", "system_network_io_bytes_per_second", "bytes_per_second")]
    [InlineData("hits", "1/m", "gauge", "hits_per_minute", "per_minute")]
    [InlineData("speed", "m/{lap}", "gauge", "speed_meters", "meters")]
    [InlineData("cpu.utilization", "1", "gauge", "cpu_utilization_ratio", "")]
    [InlineData("cpu.ratio.utilization", "1", "gauge", "cpu_utilization_ratio", "")]
    [InlineData("cpu.utilization", "1", "", "cpu_utilization", "")]
    [InlineData("requests.total.count", "1", "counter", "requests_count_total", "")]
    [InlineData("request.seconds.max", "s", "gauge", "request_seconds_max", "seconds")]
    [InlineData("temperature", "Cel", "gauge", "temperature_celsius", "celsius")]
    [InlineData("disk", "%", "gauge", "disk_percent", "percent")]
    [InlineData("a", "foo bar", "gauge", "a_foo_bar", "foo_bar")]
    [InlineData("a", "foo (bar)/x y", "gauge", "a_foo_bar_per_x_y", "foo_bar__per_x_y")]
    [InlineData("rpc:calls", "", "", "rpc:calls", "")]
    [InlineData("__a..b--c__", "", "", "a_b_c", "")]
    [InlineData("2xx", "", "", "_2xx", "")]
    [InlineData("größe", "", "", "gr_e", "")]
    [InlineData("M", "M", "gauge", "M", "M")]
    public void NamesAreMapped(string name, string unit, string kind, string expected, string expectedUnit)
    {
        OtlpName built = new();
        Assert.True(built.TryBuild(Encoding.UTF8.GetBytes(name), Encoding.UTF8.GetBytes(unit), kind == "counter",
            kind == "gauge"));
        Assert.Equal((expected, expectedUnit), (Text(built.Text), Text(built.Unit)));
        Assert.Equal(expected + "_sum", Text(built.With("_sum"u8)));
        Assert.Equal(expected, Text(built.With(default)));
    }

    [Fact]
    public void NothingIsNoName()
    {
        Assert.False(new OtlpName().TryBuild("..."u8, "1"u8, false, false));
        Assert.False(new OtlpName().TryBuild(default, default, false, false));
    }

    private static string Text(System.ReadOnlySpan<byte> utf8) => Encoding.UTF8.GetString(utf8);
}
