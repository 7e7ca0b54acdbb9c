using System;
using System.IO;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>A clock that jumps, forth and back, under a daemon that runs: what it has said or been told is kept, and
/// whatever waits goes on waiting as long as it should.</summary>
public class ClockTests
{
    private static readonly TimeSpan s_year = TimeSpan.FromDays(400), s_hour = TimeSpan.FromHours(1);

    private static long Now => Microseconds(TimeProvider.System.GetUtcNow());

    [ShiftedClockFact]
    public async Task AJumpForwardDeletesNothing()
    {
        using ShiftedClock clock = await ShiftedClock.Make();
        using var data = new DataFolder();
        string[] options = ["--retention", "1d", "--future-limit", "1h"];
        long start = Now;
        await using (Daemon daemon = await clock.Start(data, options))
        {
            await using WebSocketClient client = await WebSocketClient.Version2(daemon);
            Assert.Equal(0, await Send(client, 0, start));
            await Flush(daemon);
            Assert.Equal(0, await Send(client, 1, start + 1));
            clock.Ahead = s_year;
            Assert.Equal(0, await Send(client, 2, start + 2)); // a client whose clock is right
            await Flush(daemon); // and what is expired goes
            await Compact(daemon);
            Assert.Equal(3, await Count(daemon));
            Assert.Equal(6, await Send(client, 3, Microseconds(clock.Now + 2 * s_hour))); // too new even for it
            clock.Ahead = TimeSpan.Zero;
            Assert.Equal(0, await Send(client, 4, start + 4));
            Assert.Equal(4, await Count(daemon));
            Assert.Equal(0, await daemon.Stop());
        }
        clock.Ahead = s_year; // and so at a start
        await using Daemon again = await clock.Start(data, options);
        await Compact(again);
        Assert.Equal(4, await Count(again));
    }

    /// <summary>Retention counts from the newest point, or from now where that is older: a daemon that was a year
    /// ahead, and took points of then, shows those of now when its clock is right again.</summary>
    [ShiftedClockFact]
    public async Task PointsOfAWrongClockExpireNothing()
    {
        using ShiftedClock clock = await ShiftedClock.Make();
        using var data = new DataFolder();
        long start = Now;
        await using Daemon daemon = await clock.Start(data, "--retention", "1d");
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        Assert.Equal(0, await Send(client, 0, start));
        // The daemon's clock is right and a client's is not: that says nothing of what is old.
        Assert.Equal(0, await Send(client, 1, Microseconds(TimeProvider.System.GetUtcNow() + s_year)));
        Assert.Equal(0, await Send(client, 2, start + 2));
        await Flush(daemon);
        await Compact(daemon);
        Assert.Equal(3, await Count(daemon));
        Assert.Equal(5, await Send(client, 3, start - 2 * 86_400_000_000)); // that is too old, as ever
        Assert.Equal(3, await Count(daemon));
    }

    [ShiftedClockFact]
    public async Task AnUnsetClockSaysNothingAboutAge()
    {
        using ShiftedClock clock = await ShiftedClock.Make();
        clock.Ahead = DateTimeOffset.UnixEpoch.AddDays(1) - TimeProvider.System.GetUtcNow();
        using var data = new DataFolder();
        long start = Now;
        await using Daemon daemon = await clock.Start(data, "--retention", "1d", "--future-limit", "1h");
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        Assert.Equal(0, await Send(client, 0, start)); // 56 years ahead of the daemon's clock, and rightly so
        Assert.Equal(5, await Send(client, 1, start - 2 * 86_400_000_000)); // counted from the newest point
        clock.Ahead = TimeSpan.Zero; // somebody has set it
        Assert.Equal(0, await Send(client, 2, start + 2));
        Assert.Equal(6, await Send(client, 3, start + 7_200_000_000));
        await Flush(daemon);
        await Compact(daemon);
        Assert.Equal(2, await Count(daemon));
        Assert.Equal(0, await daemon.Stop());
    }

    [ShiftedClockFact]
    public async Task AJumpBackHoldsNothingUp()
    {
        using ShiftedClock clock = await ShiftedClock.Make();
        using var data = new DataFolder();
        long start = Now;
        await using Daemon daemon = await clock.Start(data, "--wal-sync", "50ms", "--statsd", "127.0.0.1:0",
            "--statsd-flush", "1s");
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        using RawPeer slow = await RawPeer.To(daemon.SocketAddress);
        await slow.Send("GET /health HTTP/1.1\r\nHost: ");
        using RawPeer slowHttp = await RawPeer.To(daemon.HttpAddress!);
        await slowHttp.Send("GET /health HTTP/1.1\r\nHost: ");
        Assert.Equal(0, await Send(client, 0, start));
        await client.SendText("""{"id":7,"subscribe":"COUNT:live:[]:[1h]:[1s]"}""");
        Assert.True((await client.ReceiveJson()).GetProperty("subscribed").GetBoolean());
        using Socket statsd = new(SocketType.Dgram, ProtocolType.Udp);
        await statsd.ConnectAsync(await daemon.Door("StatsD door"));
        statsd.Send("gauge:1|g"u8);
        await daemon.Counted("gauge:[]", 1);

        clock.Ahead = -s_hour;
        double syncs = await daemon.Metric("slungd_wal_syncs_total");
        await using WebSocketClient writer = await WebSocketClient.Version2(daemon);
        Assert.Equal(0, await Send(writer, 0, start + 1)); // acknowledged
        await Patience.Until("a sync", () => daemon.Metric("slungd_wal_syncs_total"), now => now > syncs);
        await Flush(daemon);
        Assert.Equal(2, await Count(daemon));
        statsd.Send("gauge:2|g"u8);
        long then = Microseconds(clock.Now);
        await daemon.Counted($"gauge:[]:[{then - 60_000_000},{then + 60_000_000}]", 1); // of its own, new, time
        await WindowCloses(client, writer, clock);
        // Time-outs are of another clock: ten seconds, whatever the time of day.
        Assert.StartsWith("HTTP/1.1 408 ", await slow.ReadHead());
        Assert.StartsWith("HTTP/1.1 408 ", await slowHttp.ReadHead());
        Assert.Equal(0, await daemon.Stop());
    }

    [ShiftedClockFact]
    public async Task AJumpForwardEndsNothing()
    {
        using ShiftedClock clock = await ShiftedClock.Make();
        using var data = new DataFolder();
        await using Daemon daemon = await clock.Start(data);
        await using WebSocketClient client = await WebSocketClient.Version2(daemon);
        using HttpRequestMessage live = new(HttpMethod.Get, $"http://{daemon.HttpAddress}/api/v1/live?q=RAW:cpu:[]");
        using HttpResponseMessage events = await daemon.Send(live, streamed: true);
        using StreamReader stream = new(await events.Content.ReadAsStreamAsync());
        using RawPeer slow = await RawPeer.To(daemon.SocketAddress), slowHttp = await RawPeer.To(daemon.HttpAddress!);
        foreach (RawPeer peer in (RawPeer[])[slow, slowHttp]) await peer.Send("GET /health HTTP/1.1\r\nHost: ");
        clock.Ahead = s_year;
        await Patience.Until("a look at the time-outs", () => daemon.Metric("process_start_time_seconds"),
            static _ => true);
        foreach (RawPeer peer in (RawPeer[])[slow, slowHttp]) // which have ten seconds, of any clock
        {
            await peer.Send("localhost\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", await peer.ReadHead());
        }
        Assert.Equal(0, await Send(client, 0, Now)); // the connection is there, though a year has passed
        using CancellationTokenSource limit = new(Patience.Limit);
        Assert.StartsWith("data: ", await stream.ReadLineAsync(limit.Token));
    }

    /// <summary>A subscriber from before the jump gets the windows of the daemon's new time.</summary>
    private static async Task WindowCloses(WebSocketClient subscriber, WebSocketClient writer, ShiftedClock clock)
    {
        Task<JsonElement> window = subscriber.ReceiveJson();
        while (!window.IsCompleted)
        {
            await writer.Send(WireMessages.RowsOf([new("live", [], Microseconds(clock.Now), 1)]));
            await Task.WhenAny(window, Task.Delay(100));
        }
        long start = (await window).GetProperty("window")[0].GetInt64();
        Assert.InRange(start, Microseconds(clock.Now) - 60_000_000, Microseconds(clock.Now));
    }

    /// <summary>One point, and the code that refused it; 0: it was acknowledged.</summary>
    private static async Task<int> Send(WebSocketClient client, ulong index, long timestamp)
    {
        await client.Send(WireMessages.RowsOf([new("cpu", ["host=a"], timestamp, 1)]));
        int code = 0;
        while (true)
        {
            byte[] reply = (await client.Receive() ?? throw new InvalidOperationException("closed")).Bytes;
            if (reply[0] == 0x82) code = BitConverter.ToUInt16(reply, 13);
            if (reply[0] == 0x81 && BitConverter.ToUInt64(reply, 1) > index) return code;
        }
    }

    private static Task<double?> Count(Daemon daemon) => daemon.Value($"COUNT:cpu:[]:[0,{long.MaxValue}]");

    private static Task Flush(Daemon daemon) => Admin(daemon, "flush");

    private static Task Compact(Daemon daemon) => Admin(daemon, "compact");

    private static async Task Admin(Daemon daemon, string what)
    {
        using StringContent nothing = new("");
        using HttpResponseMessage answer = await daemon.Post("/api/v1/admin/tsdb/" + what, nothing);
        Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
    }

    private static long Microseconds(DateTimeOffset time) =>
        (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
