using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

/// <summary>Time-outs, back-pressure, slow peers, shutdown: what happens when one side does not keep up.</summary>
public sealed class FlowTests : IDisposable
{
    private static readonly byte[] Point = Wire.Event(1, 1, "cpu", "a=1");

    private readonly ServerFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void A_silent_WebSocket_is_pinged_at_30_s_and_closed_at_60_s()
    {
        using RawClient client = _fixture.Open();
        _fixture.Pass(29);
        _fixture.Pass(1.5);
        Assert.Equal(9, client.ReadFrame().Opcode);
        _fixture.Pass(29);
        Assert.Equal(0, client.Socket.Available); // one ping, not two
        _fixture.Pass(1.5);
        Assert.Equal("close 1001", Wire.Show(client.ReadFrame()));
        client.SendFrame(8, [3, 0xE9]);
        Assert.True(client.ReadEnd());
    }

    [Fact]
    public void A_loop_that_never_started_has_ended()
    {
        using SocketLoop loop = new(_fixture.Server, null, 9);
        loop.RequestStop();
        Assert.True(loop.Join(Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void A_pong_keeps_the_connection()
    {
        using RawClient client = _fixture.Open();
        for (int i = 0; i < 5; i++)
        {
            _fixture.Pass(31);
            Assert.Equal(9, client.ReadFrame().Opcode);
            long before = _fixture.Sum(static c => c.BytesReceived);
            client.SendFrame(10, []);
            HttpTests.WaitFor(() => _fixture.Sum(static c => c.BytesReceived) > before);
        }
        client.SendFrame(8, [3, 0xE8]);
        Assert.Equal(1000, client.ReadClose());
    }

    [Fact]
    public void A_peer_that_never_answers_our_close_is_dropped()
    {
        using RawClient client = _fixture.Open();
        _fixture.Pass(61);
        Assert.Equal("close 1001", Wire.Show(client.ReadFrame()));
        client.SendBinary(Point); // ignored
        PassUntil(() => _fixture.Sum(static c => c.OpenWebSockets) == 0, 1);
        PassUntil(() => _fixture.Sum(static c => c.Open) == 0, 1);
        Assert.Equal(0, _fixture.Sum(static c => c.Original.Messages));
    }

    [Theory]
    [InlineData(SinkState.MemoryShort, "error 1+0 code 8")]
    [InlineData(SinkState.DiskShort, "error 1+0 code 9")]
    public void When_memory_or_disk_is_short_reading_pauses_and_then_the_peer_is_refused(object state, string error)
    {
        using RawClient client = _fixture.Open("slung.v2");
        using RawClient quiet = _fixture.Open("slung.v2");
        client.SendBinary(Wire.Rows(Point));
        Assert.Equal("ack 1", Wire.Show(client.ReadFrame()));
        _fixture.Sink.State = (SinkState)state;
        client.SendBinary(Wire.Rows(Point));
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.HeldBack) == 1);
        _fixture.Pass(9);
        Thread.Sleep(50);
        Assert.Equal(0, client.Socket.Available);
        _fixture.Pass(1.5);
        Assert.Equal(error, Wire.Show(client.ReadFrame()));
        Assert.Equal("close 1013", Wire.Show(client.ReadFrame()));
        Assert.Equal((int)Assert.Single(_fixture.Sink.TurnedAway), error[^1] - '0');
        client.SendFrame(8, []);
        Assert.True(client.ReadEnd());
        _fixture.Sink.State = SinkState.Ready;
        quiet.SendBinary(Wire.Rows(Point)); // who had nothing to send is still there
        Assert.Equal("ack 1", Wire.Show(quiet.ReadFrame()));
    }

    [Fact]
    public void A_short_pause_is_not_noticed()
    {
        using RawClient client = _fixture.Open("slung.v2");
        _fixture.Sink.State = SinkState.MemoryShort;
        client.SendBinary(Wire.Rows(Point));
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.HeldBack) == 1);
        _fixture.Pass(9);
        _fixture.Sink.State = SinkState.Ready;
        Assert.Equal("ack 1", Wire.Show(client.ReadFrame()));
    }

    [Theory]
    [InlineData(SinkState.MemoryShort)]
    [InlineData(SinkState.DiskShort)]
    public void Who_only_asks_is_answered_while_no_points_can_be_taken(object state)
    {
        using RawClient client = _fixture.Open("slung.v2");
        _fixture.Sink.State = (SinkState)state;
        for (int id = 1; id <= 3; id++)
        {
            client.SendText($$"""{"id":{{id}},"query":"COUNT:cpu:[]"}""");
            client.SendFrame(9, "x"u8.ToArray());
            string[] answers = [Wire.Show(client.ReadFrame()), Wire.Show(client.ReadFrame())]; // in either order
            Assert.Contains(answers, answer => answer.Contains($"\"id\":{id},\"value\":0", StringComparison.Ordinal));
            _fixture.Pass(8);
        }
        Assert.Equal(0, _fixture.Sum(static c => c.HeldBack));
        // Points behind a query: that is answered, they wait, and are taken without another byte.
        client.Send([
            .. RawClient.Frame(1, """{"id":4,"query":"COUNT:cpu:[]"}"""u8.ToArray()),
            .. RawClient.Frame(2, Wire.Rows(Point)), .. RawClient.Frame(2, Wire.Rows(Point)),
        ]);
        Assert.Contains("\"id\":4", Wire.Show(client.ReadFrame()));
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.HeldBack) == 1);
        Assert.Equal(0UL, _fixture.Sink.Commits);
        _fixture.Sink.State = SinkState.Ready;
        string ack = Wire.Show(client.ReadFrame());
        if (ack == "ack 1") ack = Wire.Show(client.ReadFrame());
        Assert.Equal("ack 2", ack);
        _fixture.Sink.State = (SinkState)state; // from now on it is a writer
        client.SendBinary(Wire.Rows(Point));
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.HeldBack) == 2);
    }

    [Fact]
    public void First_points_that_wait_too_long_are_refused()
    {
        using RawClient client = _fixture.Open("slung.v2");
        _fixture.Sink.State = SinkState.DiskShort;
        client.SendBinary(Wire.Rows(Point));
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.HeldBack) == 1);
        _fixture.Pass(11);
        Assert.Equal("error 0+0 code 9", Wire.Show(client.ReadFrame()));
        Assert.Equal("close 1013", Wire.Show(client.ReadFrame()));
        client.SendFrame(8, []);
        Assert.True(client.ReadEnd());
        Assert.Equal(0UL, _fixture.Sink.Commits);
    }

    [Fact]
    public void The_original_protocol_is_held_back_too_and_gets_1013_alone()
    {
        using RawClient client = _fixture.Open();
        _fixture.Sink.State = SinkState.MemoryShort;
        client.SendBinary(Point);
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.HeldBack) == 1);
        _fixture.Pass(11);
        Assert.Equal("close 1013", Wire.Show(client.ReadFrame()));
    }

    [Fact]
    public void While_held_back_the_socket_is_not_read()
    {
        using RawClient client = _fixture.Open();
        _fixture.Sink.State = SinkState.MemoryShort;
        FillUntilNobodyReads(client, RawClient.Frame(2, Point));
        Assert.True(_fixture.Sum(static c => c.BytesReceived) < 10_000);
        Assert.Equal(0, _fixture.Server.LargeBudget.Used);
    }

    [Fact]
    public void Who_does_not_read_its_replies_is_not_read_from_and_then_dropped()
    {
        using RawClient client = _fixture.Open("slung.v2");
        client.Socket.ReceiveBufferSize = 4096;
        FillUntilNobodyReads(client, RawClient.Frame(2, [9])); // each is answered by 60 bytes
        Assert.True(_fixture.Server.LargeBudget.Used < 8 << 20, $"{_fixture.Server.LargeBudget.Used} bytes wait");
        PassUntil(() => _fixture.Sum(static c => c.SlowReaders) == 1, 5);
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.Open) == 0);
        PassUntil(() => _fixture.Server.LargeBudget.Used == 0, 1);
    }

    [Fact]
    public void Who_reads_late_gets_every_reply()
    {
        const int Count = 100_000;
        using RawClient client = _fixture.Open("slung.v2");
        var sender = new Thread(() =>
        {
            byte[] bad = [.. Enumerable.Repeat(RawClient.Frame(2, [9]), 1_000).SelectMany(static f => f)];
            for (int i = 0; i < Count / 1_000; i++) client.Socket.Send(bad);
        });
        sender.Start();
        Thread.Sleep(100);
        for (int i = 0; i < Count; i++) Assert.Equal("error 0+0 code 2", Wire.Show(client.ReadFrame()));
        sender.Join();
    }

    [Fact]
    public void A_message_that_finds_no_memory_waits_and_is_then_refused()
    {
        using var fixture = new ServerFixture(static o => o with { BufferBudgetBytes = 1 << 20, Threads = 1 });
        var holders = new List<RawClient>();
        var holder = fixture.Open();
        holder.Send([0x82, 0xFF, 0, 0, 0, 0, 0, 0x90, 0, 0, 0, 0, 0, 0]); // 9 MiB are announced, no more is sent yet
        byte[] part = new byte[700_000];
        holder.Send(part);
        HttpTests.WaitFor(() => fixture.Sum(static c => c.HeldBack) == 1);
        Assert.True(fixture.Server.LargeBudget.Used <= 1 << 20);
        using RawClient small = fixture.Open("slung.v2"); // others go on
        small.SendBinary(Wire.Rows(Point));
        Assert.Equal("ack 1", Wire.Show(small.ReadFrame()));
        fixture.Pass(11);
        Assert.Equal("close 1013", Wire.Show(holder.ReadFrame()));
        holder.Dispose();
        HttpTests.WaitFor(() =>
        {
            fixture.Pass(1);
            return fixture.Server.LargeBudget.Used == 0;
        });
    }

    [Fact]
    public void Stop_sends_1001_and_ends_in_time()
    {
        using RawClient original = _fixture.Open();
        using RawClient v2 = _fixture.Open("slung.v2");
        using RawClient idle = _fixture.Connect();
        original.SendBinary(Point);
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.Original.Points) == 1);
        bool inTime = false;
        var stop = new Thread(() => inTime = _fixture.Server.Stop(TimeSpan.FromSeconds(30)));
        stop.Start();
        foreach (RawClient client in (RawClient[])[original, v2])
        {
            Assert.Equal("close 1001", Wire.Show(client.ReadFrame()));
            client.SendFrame(8, [3, 0xE9]);
            Assert.True(client.ReadEnd());
            client.Dispose();
        }
        Assert.True(idle.ReadEnd());
        idle.Dispose();
        stop.Join();
        Assert.True(inTime);
        Assert.ThrowsAny<System.Net.Sockets.SocketException>(() => _fixture.Connect());
    }

    [Fact]
    public void Stop_takes_what_was_sent_before()
    {
        using RawClient client = _fixture.Open();
        _fixture.Sink.State = SinkState.MemoryShort; // nothing is read yet
        byte[] frames = [.. Enumerable.Repeat(RawClient.Frame(2, Point), 1_000).SelectMany(static f => f)];
        client.Send(frames);
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.HeldBack) == 1);
        var stop = new Thread(() => _fixture.Server.Stop(TimeSpan.FromSeconds(30)));
        _fixture.Sink.State = SinkState.Ready;
        stop.Start();
        Assert.Equal("close 1001", Wire.Show(client.ReadFrame()));
        Assert.Equal(1_000, _fixture.Sum(static c => c.Original.Points));
        client.Dispose();
        stop.Join();
    }

    [Fact]
    public void Stop_does_not_wait_for_idle_http_clients()
    {
        using RawClient probe = _fixture.Connect();
        probe.Send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.Contains("200 OK", probe.ReadHead());
        using RawClient silent = _fixture.Connect();
        Assert.True(_fixture.Server.Stop(TimeSpan.FromSeconds(30))); // though neither client ends its half
    }

    /// <summary>The clock stands still: what waits for a tick waits for ever.</summary>
    [Fact]
    public void A_request_that_a_stop_finds_unread_is_answered_at_once()
    {
        using var fixture = new ServerFixture(static o => o with { Threads = 1 });
        using ManualResetEventSlim isBusy = new(), mayGoOn = new();
        fixture.OnHealth = () =>
        {
            isBusy.Set();
            mayGoOn.Wait();
        };
        using RawClient first = fixture.Connect(), second = fixture.Connect();
        second.Send("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Assert.Contains("200 OK", second.ReadHead());
        first.Send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n");
        isBusy.Wait();
        second.Send("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n");
        fixture.Server.Loops[0].RequestStop();
        mayGoOn.Set();
        second.Read("""{"status":"ready"}""".Length);
        Assert.Contains("200 OK", second.ReadHead());
        second.Dispose();
        Assert.True(fixture.Server.Stop(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Probes_are_answered_while_a_stop_waits_and_it_does_not_wait_for_them()
    {
        using RawClient first = _fixture.Open(); // one on each loop
        using RawClient second = _fixture.Open();
        bool inTime = false;
        var stop = new Thread(() => inTime = _fixture.Server.Stop(TimeSpan.FromSeconds(30)));
        stop.Start();
        Assert.Equal("close 1001", Wire.Show(first.ReadFrame()));
        Assert.Equal("close 1001", Wire.Show(second.ReadFrame()));
        _fixture.Sink.State = SinkState.Stopping;
        foreach (RawClient? leaving in (RawClient?[])[null, first])
        {
            leaving?.SendFrame(8, [3, 0xE9]);
            if (leaving is not null) Assert.True(leaving.ReadEnd());
            leaving?.Dispose();
            Assert.StartsWith("HTTP/1.1 503 ", AskLate("GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            Assert.StartsWith("HTTP/1.1 200 ", AskLate("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            Assert.StartsWith("HTTP/1.1 200 ", AskLate("GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n"));
            string refused = AskLate(RawClient.UpgradeRequest("slung.v2"));
            Assert.StartsWith("HTTP/1.1 503 ", refused);
            Assert.Contains("Retry-After: 1\r\n", refused);
        }
        using RawClient silent = _fixture.Connect();
        second.SendFrame(8, [3, 0xE9]);
        Assert.True(second.ReadEnd());
        second.Dispose();
        stop.Join();
        Assert.True(inTime);
    }

    private string AskLate(string request)
    {
        using RawClient client = _fixture.Connect();
        client.Send(request);
        return client.ReadHead();
    }

    [Fact]
    public void Stop_does_not_wait_for_ever()
    {
        using RawClient client = _fixture.Open();
        Assert.False(_fixture.Server.Stop(TimeSpan.FromMilliseconds(50))); // the client never answers
        Assert.Equal("close 1001", Wire.Show(client.ReadFrame()));
    }

    [Fact]
    public void A_text_reaches_the_producer_it_is_meant_for()
    {
        using RawClient first = _fixture.Open();
        using RawClient second = _fixture.Open();
        Assert.True(_fixture.Server.TrySendText(2, "ALERT: 1"u8));
        Assert.True(_fixture.Server.TrySendText(1, "ALERT: 2"u8));
        Assert.Equal("ALERT: 1", second.ReadText());
        Assert.Equal("ALERT: 2", first.ReadText());
        Assert.False(_fixture.Server.TrySendText(3, "nobody"u8));
        first.SendFrame(8, []);
        Assert.Equal(0, first.ReadClose());
        HttpTests.WaitFor(() => !_fixture.Server.TrySendText(1, "gone"u8));
    }

    [Fact]
    public void Texts_to_a_producer_are_bounded()
    {
        using RawClient client = _fixture.Open();
        byte[] text = new byte[100_000];
        Array.Fill(text, (byte)'x');
        int taken = 0;
        while (taken < 1_000 && _fixture.Server.TrySendText(1, text)) taken++;
        for (int i = 0; i < taken; i++) Assert.Equal(text.Length, client.ReadText().Length);
        Assert.True(taken < 1_000, "100 MB were queued");
    }

    [Fact]
    public void A_thousand_connections_live_side_by_side()
    {
        var clients = new RawClient[1_024];
        for (int i = 0; i < clients.Length; i++) clients[i] = _fixture.Open();
        using (RawClient more = _fixture.Connect())
        {
            more.Send(RawClient.UpgradeRequest());
            Assert.StartsWith("HTTP/1.1 503 ", more.ReadHead());
        }
        foreach (RawClient client in clients) client.SendBinary(Point);
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.Original.Points) == clients.Length);
        Assert.Equal(0, _fixture.Server.LargeBudget.Used);
        Assert.All(_fixture.Server.Loops, static l => Assert.InRange(l.Counters.OpenWebSockets, 500, 524));
        foreach (RawClient client in clients) client.Dispose();
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.Open) == 0);
    }

    /// <summary>Sends a frame again and again until the kernel's buffers are full and the server reads no
    /// more.</summary>
    private void FillUntilNobodyReads(RawClient client, byte[] frame)
    {
        byte[] frames = [.. Enumerable.Repeat(frame, 5_000).SelectMany(static f => f)];
        client.Socket.Blocking = false;
        long sent = 0, received = 0;
        for (int idle = 0; idle < 30; idle++)
        {
            int from = (int)(sent % frames.Length);
            int count = client.Socket.Send(frames.AsSpan(from), System.Net.Sockets.SocketFlags.None, out _);
            sent += count;
            Assert.True(sent < 1_000_000_000, "1 GB went somewhere");
            if (count > 0 || received != (received = _fixture.Sum(static c => c.BytesReceived))) idle = 0;
            else Thread.Sleep(10);
        }
        client.Socket.Blocking = true;
    }

    /// <summary>Lets time pass in steps until something has happened.</summary>
    private void PassUntil(Func<bool> condition, double step) => HttpTests.WaitFor(() =>
    {
        if (condition()) return true;
        _fixture.Pass(step);
        return condition();
    });
}
