using System;
using System.Buffers;
using System.Text;
using Slungd.Ingest.Hosting.Metrics;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Metrics;

public class ProcessMetricsTests
{
    [Theory]
    [InlineData("/", true)]
    [InlineData("/no such directory", false)]
    public void WhatTheKernelDoesNotTellIsLeftOut(string root, bool hasFiles)
    {
        if (!OperatingSystem.IsLinux()) return;
        ArrayBufferWriter<byte> page = new();
        new ProcessMetrics(TimeProvider.System, root).Write(new PrometheusText(page));
        string text = Encoding.UTF8.GetString(page.WrittenSpan);
        Assert.Equal(hasFiles, text.Contains("\nprocess_open_fds ", StringComparison.Ordinal));
        Assert.Contains("\nprocess_max_fds ", text);
        Assert.Contains("\ndotnet_gc_pause_seconds_total ", text);
    }
}
