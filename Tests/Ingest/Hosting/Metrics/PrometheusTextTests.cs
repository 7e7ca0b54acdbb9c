using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Model;
using Slungd.Ingest.Hosting.Metrics;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Metrics;

public sealed class PrometheusTextTests
{
    [Fact]
    public void AFamilyLooksAsTheFormatSays()
    {
        string page = Write(static text =>
        {
            text.Counter("points_total", "Points.", 12);
            text.Family("temperature", "gauge", "Degrees.");
            text.Sample(-1.5, "room", "attic", "note", "say \"hi\"\\\n");
            text.Sample(double.NaN, "room", "b");
            text.Sample(double.PositiveInfinity, "room", "c");
        });
        Assert.Equal("""
            # HELP points_total Points.
            # TYPE points_total counter
            points_total 12
            # HELP temperature Degrees.
            # TYPE temperature gauge
            temperature{room="attic",note="say \"hi\"\\\n"} -1.5
            temperature{room="b"} NaN
            temperature{room="c"} +Inf

            """.ReplaceLineEndings("\n"), page);
        PrometheusParser.Parse(page);
    }

    [Fact]
    public void HistogramsAddUp()
    {
        LatencyHistogram histogram = new();
        histogram.Record(TimeSpan.FromMicroseconds(10));
        histogram.Record(TimeSpan.FromMicroseconds(10.1));
        histogram.Record(TimeSpan.FromSeconds(1));
        histogram.Record(TimeSpan.FromSeconds(11));
        Dictionary<string, double> samples = PrometheusParser.Parse(Write(text =>
        {
            text.Family("wait_seconds", "histogram", "Waiting.");
            text.Histogram(histogram, "route", "x");
            text.Histogram([histogram, histogram], "route", "both");
        }));
        Assert.Equal(8, samples["wait_seconds_count{route=\"both\"}"]);
        Assert.Equal(24.0000402, samples["wait_seconds_sum{route=\"both\"}"], 9);
        Assert.Equal(1, samples["wait_seconds_bucket{route=\"x\",le=\"0.00001\"}"]);
        Assert.Equal(2, samples["wait_seconds_bucket{route=\"x\",le=\"0.000025\"}"]);
        Assert.Equal(3, samples["wait_seconds_bucket{route=\"x\",le=\"1\"}"]);
        Assert.Equal(3, samples["wait_seconds_bucket{route=\"x\",le=\"10\"}"]);
        Assert.Equal(4, samples["wait_seconds_bucket{route=\"x\",le=\"+Inf\"}"]);
        Assert.Equal(4, samples["wait_seconds_count{route=\"x\"}"]);
        Assert.Equal(12.0000201, samples["wait_seconds_sum{route=\"x\"}"], 9);
    }

    [Fact]
    public void EveryNumberIsReadBack() => Prop.ForAll<double>(static value =>
    {
        double read = PrometheusParser.Parse(Write(text => text.Gauge("g", "h", value)))["g"];
        return read.Equals(value) || (read == 0 && value == 0); // the format has no use for -0
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TheProcessDescribesItself()
    {
        ProcessMetrics process = new(TimeProvider.System);
        MetricsPage page = new();
        page.Add(process.Write);
        ArrayBufferWriter<byte> output = new();
        page.Write(output);
        Dictionary<string, double> samples = PrometheusParser.Parse(Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.True(samples["process_resident_memory_bytes"] > 1 << 20);
        Assert.True(samples["process_cpu_seconds_total"] > 0);
        Assert.True(samples["dotnet_heap_limit_bytes"] > 0);
        if (OperatingSystem.IsLinux()) Assert.InRange(samples["process_open_fds"], 3, samples["process_max_fds"]);
        Assert.Contains(samples.Keys, static key => key.StartsWith("slungd_build_info{", StringComparison.Ordinal));
    }

    private static string Write(Action<PrometheusText> write)
    {
        ArrayBufferWriter<byte> output = new();
        write(new PrometheusText(output));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
