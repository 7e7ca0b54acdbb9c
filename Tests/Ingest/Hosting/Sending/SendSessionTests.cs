using System;
using System.Collections.Generic;
using System.IO;
using System.Net;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Ingest.Hosting.Sending;
using Slungd.Ingest.Net;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Ingest.Hosting.Metrics;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Sending;

public sealed class SendSessionTests
{
    [Fact]
    public void AFileArrivesWholeAndBadLinesAreNamed()
    {
        using CompositionFixture daemon = new CompositionFixture().Ready();
        string file = Path.GetTempFileName();
        try
        {
            using (StreamWriter text = new(file))
            {
                text.WriteLine("series,timestamp,value,host");
                for (int i = 0; i < 10_000; i++)
                    text.WriteLine(i == 5_000 ? "cpu,never,1,a" : $"cpu,{i},{i},h{i % 10}");
            }
            using Sender sender = new(daemon.Address, Patience.Limit) { Precision = Precision.Microseconds };
            Assert.Equal(1, sender.Run([file]));
            var samples = PrometheusParser.Parse(daemon.Get("/metrics"));
            Assert.Equal(9_999, samples["slungd_points_accepted_total"]);
            Assert.Equal(10, samples["slungd_series"]);
        }
        finally { File.Delete(file); }
    }

    [Fact]
    public void AnUnreachableDaemonIsAFailureAtOnce()
    {
        IPEndPoint nobody = new(IPAddress.Loopback, 1);
        using SendSession session = new(nobody, TimeSpan.FromHours(1), static (_, _, _) => { },
            static _ => { }, TimeProvider.System);
        Assert.Throws<WebSocketException>(session.Connect);
    }

    [Fact]
    public void ADaemonThatComesBackGetsTheRest()
    {
        string directory = Directory.CreateTempSubdirectory("slungd-send-").FullName;
        try
        {
            CompositionFixture first = new CompositionFixture(directory, port: FreePorts.Next()).Ready();
            List<string> refused = [];
            using SendSession session = new(first.Address, TimeSpan.FromSeconds(60),
                (source, line, why) => refused.Add($"{source}:{line} {why}"), static _ => { }, TimeProvider.System);
            session.Connect();
            for (int i = 0; i < 50; i++) Send(session, i);
            int port = first.Address.Port;
            Assert.True(first.Stop());
            Thread returning = new(() => first = new CompositionFixture(directory, port: port));
            returning.Start();
            for (int i = 50; i < 100; i++) Send(session, i);
            session.Finish();
            returning.Join();
            using (first)
            {
                Assert.Empty(refused);
                Assert.Equal(100 * 100, session.Kept);
                Assert.Equal(0, session.Refused);
                Assert.True(first.Ready().Stop());
            }
            using CompositionFixture last = new CompositionFixture(directory).Ready();
            Assert.Equal(100 * 100, PrometheusParser.Parse(last.Get("/metrics"))["slungd_segment_points"]);
        }
        finally { Directory.Delete(directory, true); }
    }

    [Fact]
    public void ADaemonThatRefusesForNowIsAskedAgainWithinThePatience()
    {
        using ServerFixture server = new();
        List<string> told = [];
        using SendSession session = Begin(server, told);
        Thread disk = new(() =>
        {
            Refuse(server, times: 2);
            server.Sink.State = SinkState.Ready;
        });
        disk.Start();
        session.Finish();
        disk.Join();
        Assert.Equal((100, 0), (session.Kept, session.Refused));
        Assert.Equal("the daemon refuses points: disk is short or failing: try again later", Assert.Single(told));
    }

    [Fact]
    public void ADaemonThatGoesOnRefusingIsAFailureWithTheReason()
    {
        using ServerFixture server = new();
        using SendSession session = Begin(server, []);
        Thread disk = new(() => Refuse(server, times: 3));
        disk.Start();
        Assert.Contains("disk is short", Assert.Throws<WebSocketException>(session.Finish).Message);
        disk.Join();
        Assert.Equal(3, server.Sum(static counters => counters.HeldBack));
        Assert.Equal(0, session.Kept);
    }

    /// <summary>A session of 25 s of patience, with one batch on its way to a server whose disk is full.</summary>
    private static SendSession Begin(ServerFixture server, List<string> told)
    {
        server.Sink.State = SinkState.DiskShort;
        SendSession session = new(server.Server.Address, TimeSpan.FromSeconds(25), static (_, _, _) => { }, told.Add,
            server.Clock);
        session.Connect();
        Send(session, 0);
        return session;
    }

    /// <summary>Lets the 11 s pass after which a connection that is held back is refused, again and again.</summary>
    private static void Refuse(ServerFixture server, int times)
    {
        for (int time = 1; time <= times; time++)
        {
            HttpTests.WaitFor(() => server.Sum(static counters => counters.HeldBack) == time);
            server.Pass(11);
        }
    }

    private static void Send(SendSession session, int batchNumber)
    {
        PointBatch batch = session.Rent("test");
        PointBuilder point = new();
        for (int i = 0; i < 100; i++)
        {
            point.Clear();
            point.TrySetSeries("cpu"u8);
            point.Timestamp = batchNumber * 100 + i;
            batch.Add(point, batchNumber * 100 + i + 1);
        }
        session.Send(batch);
    }
}
