using System;
using System.IO;
using System.Net;
using System.Net.Sockets;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Ingest.Hosting;
using Slungd.Ingest.Hosting.Commands;
using Slungd.Ingest.Hosting.Loads;
using Slungd.Native.Os;
using Slungd.Tests.Ingest.Hosting.Metrics;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting;

public sealed class CompositionTests
{
    [Fact]
    public void BothDoorsAnswerTheSameProbes()
    {
        using CompositionFixture daemon = new CompositionFixture(http: true).Ready();
        foreach (string path in (string[])["/health", "/ready"])
        {
            (int Status, string) here = CompositionFixture.Ask(daemon.Address, path);
            (int, string) there = CompositionFixture.Ask(daemon.Daemon.HttpAddress!, path);
            Assert.Equal(here, there);
            Assert.Equal(200, here.Status);
        }
        var samples = PrometheusParser.Parse(daemon.Get("/metrics"));
        Assert.Equal(1, samples["slungd_store_state{state=\"ready\"}"]);
        Assert.Equal(0, samples["slungd_points_accepted_total"]);
        Assert.Equal(64 << 20, samples["slungd_arena_limit_bytes"]);
        HttpTests.WaitFor(() => daemon.Get("/metrics").Contains( // counted after it was answered
            "\nslungd_http_requests_total{route=\"/health\",status=\"2xx\"} 1\n", StringComparison.Ordinal));
    }

    [Fact]
    public void ADaemonIsNotReadyBeforeAllItsPortsListen()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("slungd-ready-");
        using TcpListener taken = new(IPAddress.Loopback, 0);
        taken.Start();
        string http = $"{taken.LocalEndpoint}";
        using (Composition daemon = CompositionFixture.Build(directory.FullName, "127.0.0.1:0", http))
        {
            Assert.ThrowsAny<IOException>(daemon.Start); // though port 2077 answers, and the store opens
            daemon.Opened.Wait();
            (int status, string body) = CompositionFixture.Ask(daemon.SocketAddress, "/ready");
            Assert.Equal((503, true), (status, body.Contains("not all ports listen", StringComparison.Ordinal)));
            daemon.Stop();
        }
        directory.Delete(true);
    }

    /// <summary>A directory's precision is known when it is opened, and not before.</summary>
    [Fact]
    public void AnIntervalOfStatsdBelowTheDirectorysUnitIsAFailure()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("slungd-unit-");
        FormatFile.OpenOrCreate(new PosixDisk(), directory.FullName, Precision.Seconds);
        using (Composition daemon = CompositionFixture.Build(directory.FullName, "127.0.0.1:0", "off",
            ("statsd", "127.0.0.1:0"), ("statsd-flush", "500ms")))
        {
            daemon.Start();
            Assert.True(daemon.Ended.Wait(TimeSpan.FromSeconds(20)));
            Assert.Equal("--statsd-flush: expected at least 1s, the unit of timestamps in the store (--precision), got "
                + "\"500ms\"", daemon.Failure?.Message);
            daemon.Stop();
        }
        directory.Delete(true);
    }

    [Theory]
    [InlineData("rows", 1)]
    [InlineData("columns", 3)]
    [InlineData("regular", 1)]
    [InlineData("original", 2)]
    public void WhatALoadSendsIsStoredAndThereAfterARestart(string protocol, int connections)
    {
        string directory = Directory.CreateTempSubdirectory("slungd-load-").FullName;
        try
        {
            LoadReport report;
            using (CompositionFixture daemon = new CompositionFixture(directory).Ready())
            {
                report = Load.Run(new LoadOptions
                {
                    Address = daemon.Address, Protocol = Enum.Parse<LoadProtocol>(protocol, ignoreCase: true),
                    Series = 7, Points = 20_000, Connections = connections, Batch = 100, Step = 10,
                });
                Assert.Null(report.FirstError);
                Assert.InRange(report.Sent, 20_000, 21_000);
                Assert.Equal(report.Sent, report.Kept);
                var before = PrometheusParser.Parse(daemon.Get("/metrics"));
                Assert.Equal(report.Kept, before["slungd_points_accepted_total"]);
                Assert.True(daemon.Stop());
            }
            using CompositionFixture again = new CompositionFixture(directory).Ready();
            var samples = PrometheusParser.Parse(again.Get("/metrics"));
            Assert.Equal(report.Kept, samples["slungd_segment_points"]); // no two of one series at one time
            Assert.Equal(7, samples["slungd_series"]);
        }
        finally { Directory.Delete(directory, true); }
    }

    [Fact]
    public void ASecondDaemonOnTheSameDataGivesUpAndNamesTheFirst()
    {
        using CompositionFixture first = new CompositionFixture().Ready();
        using CompositionFixture second = new(first.DataDirectory);
        second.Daemon.Ended.Wait();
        StoreOpenException failure = Assert.IsType<StoreOpenException>(second.Daemon.Failure);
        Assert.Contains($"in use by process {Environment.ProcessId}", failure.Message);
        Assert.Contains("in use by process", second.Get("/ready"));
        Assert.Contains("\"status\":\"ok\"", second.Get("/health"));
    }

    [Fact]
    public void APortBelongsToOneDaemon()
    {
        using CompositionFixture first = new CompositionFixture().Ready();
        SocketException e = Assert.Throws<SocketException>(() => new CompositionFixture(port: first.Address.Port));
        Assert.Equal(SocketError.AddressAlreadyInUse, e.SocketErrorCode);
    }
}
