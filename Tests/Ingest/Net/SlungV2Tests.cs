using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.Extensions.Logging.Abstractions;
using Slungd.Engine.Model;
using Slungd.Ingest.Net;
using Slungd.Ingest.Security;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

/// <summary>The binary side of `slung.v2` (design, section 4.2) over a real connection.</summary>
public sealed class SlungV2Tests : IDisposable
{
    private readonly ServerFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private static byte[] Cpu(long timestamp) => Wire.Event(timestamp, timestamp, "cpu", "a=1");

    private static string Next(RawClient client) => Wire.Show(client.ReadFrame());

    [Fact]
    public void The_worked_bytes_of_the_wire_protocol_page()
    {
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary(Convert.FromHexString("01" + "0100000000000000" + "0000000000404540" + "0300" + "0100"
            + "637075" + "0300" + "613D31"));
        Assert.Equal("81" + "0100000000000000", Convert.ToHexString(client.ReadFrame().Payload));
        client.SendBinary(Convert.FromHexString("02" + "07000000" + "0300" + "0100" + "637075" + "0300" + "613D31"));
        client.SendBinary(Convert.FromHexString("03" + "07000000" + "02000000" + "00" + "0200000000000000"
            + "0300000000000000" + "000000000000F03F" + "0000000000000040"));
        Assert.Equal("81" + "0300000000000000", Convert.ToHexString(client.ReadFrame().Payload));
        client.SendBinary(Convert.FromHexString("03" + "07000000" + "02000000" + "01" + "0A00000000000000"
            + "0500000000000000" + "000000000000F03F" + "0000000000000040"));
        Assert.Equal("81" + "0500000000000000", Convert.ToHexString(client.ReadFrame().Payload));
        Assert.Equal([(1L, 42.5), (2L, 1.0), (3L, 2.0), (10L, 1.0), (15L, 2.0)], _fixture.PointsOf("cpu", "a=1"));
    }

    [Fact]
    public void Every_point_is_acknowledged()
    {
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary(Wire.Rows(Cpu(1), Cpu(2), Cpu(3)));
        Assert.Equal("ack 3", Next(client));
        client.SendBinary(Wire.Rows(Cpu(4)));
        Assert.Equal("ack 4", Next(client));
        client.SendFrame(8, [3, 0xE8]);
        Assert.Equal("close 1000", Next(client));
        Assert.Equal(4, _fixture.PointsOf("cpu", "a=1").Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_token_that_is_edited_holds_for_open_connections(bool expires)
    {
        using var data = new EndToEnd.DataFolder();
        string file = data.Path + "/tokens";
        AccessToken line = new("t", TokenScope.Read | TokenScope.Write, AccessPolicy.HashOf("secret"), null, 0);
        TokenFile.Write(file, [line]);
        ManualClock clock = new();
        var access = new AccessPolicy(file, clock, NullLogger.Instance);
        using var fixture = new ServerFixture(o => o with { Access = access });
        using RawClient client = fixture.Connect();
        client.Send(RawClient.UpgradeRequest("slung.v2", extra: "Authorization: Bearer secret\r\n"));
        Assert.StartsWith("HTTP/1.1 101 ", client.ReadHead());
        client.SendBinary(Wire.Rows(Cpu(1)));
        Assert.Equal("ack 1", Next(client));

        DateTimeOffset now = clock.GetUtcNow();
        TokenFile.Write(file, [expires ? line with { Expires = now } : line with { PointsPerSecond = 1 }]);
        clock.Move(TimeSpan.FromSeconds(2));
        fixture.Pass(2);
        if (expires)
        {
            Assert.StartsWith("close 1008", Next(client), StringComparison.Ordinal);
            return;
        }
        for (int i = 0; i < 2; i++) // the first may be read before the tick, the second is not
        {
            client.SendFrame(9, []);
            Assert.Equal(10, client.ReadFrame().Opcode);
        }
        client.SendBinary(Wire.Rows([.. Enumerable.Repeat(Cpu(2), 20_000)]));
        string said;
        do
        {
            HttpTests.WaitFor(() => // what is overdrawn is held back, and refused at last
            {
                fixture.Pass(1);
                return client.Socket.Available > 0;
            });
            said = Next(client);
        } while (said.StartsWith("ack", StringComparison.Ordinal));
        Assert.EndsWith("code 11", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cut_off_event_takes_a_number_and_the_points_before_it_stand()
    {
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary([.. Wire.Rows(Cpu(1), Cpu(2)), .. Cpu(3)[..^1]]);
        Assert.Equal("error 2+1 code 1", Next(client));
        Assert.Equal("ack 3", Next(client));
        client.SendBinary(Wire.Rows(Cpu(4)));
        Assert.Equal("ack 4", Next(client));
        Assert.Equal([1, 2, 4], _fixture.PointsOf("cpu", "a=1").Select(static p => p.Timestamp));
    }

    [Theory]
    [InlineData("01", "error 0+1 code 1", "ack 2")]                              // ROWS without an event
    [InlineData("03", "error 0+1 code 1", "ack 2")]                              // COLUMNS without a block
    [InlineData("02", "error 0+0 code 1", "ack 1")]                              // DEFINE without a definition
    [InlineData("", "error 0+0 code 1", "ack 1")]                                // not even a kind
    [InlineData("00", "error 0+0 code 2", "ack 1")]                              // unknown kinds
    [InlineData("04 0102", "error 0+0 code 2", "ack 1")]
    [InlineData("81 0000000000000000", "error 0+0 code 2", "ack 1")]
    [InlineData("01 00", "error 0+1 code 1", "ack 2")]
    [InlineData("02 07000000 0300 0100 637075 0300 613D", "error 0+0 code 1", "ack 1")]
    [InlineData("02 070000", "error 0+0 code 1", "ack 1")]
    [InlineData("03 07000000 01000000", "error 0+1 code 1", "ack 2")]            // no flags
    [InlineData("03 07000000 00000000 00", "error 0+1 code 1", "ack 2")]         // count 0
    [InlineData("03 07000000 00000000 01 0000000000000000 0000000000000000", "error 0+1 code 1", "ack 2")]
    [InlineData("03 07000000 01000000 02 0000000000000000 0000000000000000", "error 0+1 code 2", "ack 2")] // flag
    [InlineData("03 07000000 01000000 81 0000000000000000 0000000000000000", "error 0+1 code 2", "ack 2")]
    [InlineData("03 07000000 01000000 00 0000000000000000 00000000000000", "error 0+1 code 1", "ack 2")] // cut
    [InlineData("03 07000000 FFFFFFFF 00", "error 0+1 code 1", "ack 2")]         // 64 GiB
    [InlineData("03 07000000 02000000 01 FFFFFFFFFFFFFF7F 0100000000000000 0000000000000000 0000000000000000",
        "error 0+1 code 1", "ack 2")]                                            // the second timestamp overflows
    [InlineData("03 07000000 02000000 01 0000000000000080 FFFFFFFFFFFFFFFF 0000000000000000 0000000000000000",
        "error 0+1 code 1", "ack 2")]
    [InlineData("03 09000000 02000000 00 0100000000000000 0200000000000000 0000000000000000 0000000000000000",
        "error 0+2 code 3", "ack 3")]                                            // unknown alias: the block's points
    public void What_can_not_be_read_is_answered_once(string hex, string error, string ack)
    {
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary(Convert.FromHexString(hex.Replace(" ", "")));
        Assert.Equal(error, Next(client));
        if (ack != "ack 1") Assert.Equal($"ack {int.Parse(ack.AsSpan(4)) - 1}", Next(client));
        client.SendBinary(Wire.Rows(Cpu(1))); // the connection is as good as before
        Assert.Equal(ack, Next(client));
    }

    [Fact]
    public void The_rest_of_a_malformed_message_is_discarded_without_numbers()
    {
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary(Wire.Definitions(Wire.Define(1, "cpu", "a=1")));
        byte[] bad = Wire.Block(1, [5], [5]);
        bad[8] = 0x40;
        client.SendBinary(Wire.Columns(Wire.Block(1, [1, 2], [1, 2]), bad, Wire.Block(1, [3, 4], [3, 4])));
        Assert.Equal("error 2+1 code 2", Next(client));
        Assert.Equal("ack 3", Next(client));
        Assert.Equal([1, 2], _fixture.PointsOf("cpu", "a=1").Select(static p => p.Timestamp));
    }

    [Fact]
    public void A_malformed_message_is_discarded_over_all_its_frames()
    {
        using RawClient client = _fixture.Open("slung.v2");
        client.SendFrame(2, [9], final: false);
        Assert.Equal("error 0+0 code 2", Next(client)); // known at the first byte
        client.SendFrame(0, Wire.Rows(Cpu(1)), final: false);
        client.SendFrame(0, Wire.Rows(Cpu(1)));
        client.SendBinary(Wire.Rows(Cpu(7)));
        Assert.Equal("ack 1", Next(client));
    }

    [Fact]
    public void Refused_points_are_named_and_their_neighbours_stand()
    {
        _fixture.Sink.OldestAccepted = 100;
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary(Wire.Rows(Cpu(200), Cpu(1), Cpu(2), Cpu(201), Cpu(3)));
        Assert.Equal("error 1+2 code 5", Next(client));
        Assert.Equal("error 4+1 code 5", Next(client));
        Assert.Equal("ack 5", Next(client));
        client.SendBinary(Wire.Definitions(Wire.Define(1, "cpu", "a=1")));
        client.SendBinary(Wire.Columns(Wire.Block(1, [202, 4, 203], [1, 1, 1]), Wire.Regular(1, 98, 1, 1, 1, 1)));
        Assert.Equal("error 6+1 code 5", Next(client));
        Assert.Equal("error 8+2 code 5", Next(client));
        Assert.Equal("ack 11", Next(client));
        Assert.Equal([100, 200, 201, 202, 203], _fixture.PointsOf("cpu", "a=1").Select(static p => p.Timestamp));
        Assert.Equal(6, _fixture.Sum(static c => c.SlungV2.Refused[(int)RefusalCode.TooOld]));
    }

    [Fact]
    public void Points_of_series_beyond_the_limit_are_refused_in_runs()
    {
        _fixture.Sink.MaxSeries = 1;
        using RawClient client = _fixture.Open("slung.v2");
        byte[] other = Wire.Event(1, 1, "mem");
        client.Send([.. RawClient.Frame(2, Wire.Rows(Cpu(1), other, other, Cpu(2), other)),
            .. RawClient.Frame(2, Wire.Rows(other, other))]);
        Assert.Equal("error 1+2 code 7", Next(client));
        Assert.Equal("error 4+3 code 7", Next(client));
        Assert.Equal("ack 7", Next(client));
        client.SendBinary(Wire.Definitions(Wire.Define(5, "mem")));
        client.SendBinary(Wire.Columns(Wire.Block(5, [1, 2, 3], [1, 2, 3])));
        Assert.Equal("error 7+3 code 7", Next(client));
        Assert.Equal("ack 10", Next(client));
        Assert.Equal([1, 2], _fixture.PointsOf("cpu", "a=1").Select(static p => p.Timestamp));
    }

    /// <summary>Also of those that are read in one go with what follows.</summary>
    [Theory]
    [InlineData("", 0, 1)]
    [InlineData("04", 0, 2)]
    [InlineData("01", 1, 1)]
    [InlineData("02", 0, 1)]
    [InlineData("02 07000000 0100 0000 61 08000000 0100 0000 62", 0, 10)] // too many aliases
    [InlineData("03 07000000 01000000 00 0100000000000000 0000000000000000", 1, 3)]
    public void Errors_go_out_in_the_order_of_the_points(string hex, int points, int code)
    {
        using var fixture = new ServerFixture(static o =>
            o with { Limits = o.Limits with { MaxAliasesPerConnection = 1 } });
        fixture.Sink.OldestAccepted = 100;
        using RawClient client = fixture.Open("slung.v2");
        client.Send([.. RawClient.Frame(2, Wire.Rows(Cpu(200), Cpu(1))),
            .. RawClient.Frame(2, Convert.FromHexString(hex.Replace(" ", ""))),
            .. RawClient.Frame(2, Wire.Rows(Cpu(2)))]);
        List<string> errors = [];
        for (string said = Next(client); said != $"ack {3 + points}"; said = Next(client))
            if (said.StartsWith("error", StringComparison.Ordinal)) errors.Add(said);
        Assert.Equal(["error 1+1 code 5", $"error 2+{points} code {code}", $"error {2 + points}+1 code 5"], errors);
    }

    [Fact]
    public void A_series_of_another_family_refuses_floats()
    {
        SeriesId text = _fixture.Store.Series("cpu", "a=1");
        _fixture.Store.Put(text, 1, "text");
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary(Wire.Rows(Cpu(2)));
        Assert.Equal("error 0+1 code 4", Next(client));
        Assert.Equal("ack 1", Next(client));
    }

    [Fact]
    public void An_alias_is_redefined_and_belongs_to_its_connection()
    {
        using RawClient client = _fixture.Open("slung.v2");
        using RawClient other = _fixture.Open("slung.v2");
        byte[] last = Wire.Define(uint.MaxValue, "c", "t");
        client.SendBinary(Wire.Definitions(Wire.Define(1, "a"), Wire.Define(1, "b"), last));
        client.SendBinary(Wire.Columns(Wire.Block(1, [1], [1]), Wire.Block(uint.MaxValue, [2], [2])));
        Assert.Equal("ack 2", Next(client));
        other.SendBinary(Wire.Columns(Wire.Block(1, [1], [1])));
        Assert.Equal("error 0+1 code 3", Next(other));
        Assert.Equal([(1L, 1.0)], _fixture.PointsOf("b"));
        Assert.Equal([(2L, 2.0)], _fixture.PointsOf("c", "t"));
    }

    [Fact]
    public void Aliases_are_limited()
    {
        using var fixture = new ServerFixture(static o =>
            o with { Limits = o.Limits with { MaxAliasesPerConnection = 2 } });
        using RawClient client = fixture.Open("slung.v2");
        client.SendBinary(Wire.Definitions(Wire.Define(1, "a"), Wire.Define(2, "b"), Wire.Define(3, "c"),
            Wire.Define(2, "d")));
        Assert.Equal("error 0+0 code 10", Next(client));
        client.SendBinary(Wire.Columns(Wire.Block(2, [1], [1])));
        Assert.Equal("ack 1", Next(client));
        Assert.Equal([(1L, 1.0)], fixture.PointsOf("d"));
    }

    [Fact]
    public void A_regular_block_may_go_backwards_or_stand_still()
    {
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary(Wire.Definitions(Wire.Define(1, "a")));
        client.SendBinary(Wire.Columns(Wire.Regular(1, 10, -5, 1, 2, 3), Wire.Regular(1, 7, 0, 4, 5),
            Wire.Regular(1, long.MaxValue - 1, 1, 6, 7), Wire.Regular(1, long.MinValue, 3, 8)));
        Assert.Equal("ack 8", Next(client));
        Assert.Equal([(long.MinValue, 8.0), (0L, 3.0), (5L, 2.0), (7L, 5.0), (10L, 1.0), (long.MaxValue - 1, 6.0),
            (long.MaxValue, 7.0)], _fixture.PointsOf("a"));
    }

    [Fact]
    public void Acks_wait_for_commits_and_are_merged()
    {
        _fixture.Sink.KeepsAtOnce = false;
        using RawClient client = _fixture.Open("slung.v2");
        for (int i = 1; i <= 3; i++)
        {
            client.SendBinary(Wire.Rows(Cpu(i)));
            client.SendFrame(9, [(byte)i]);
            Assert.Equal([(byte)i], client.ReadFrame().Payload); // no ACK before the pong
        }
        _fixture.Sink.Keep(_fixture.Sink.Commits - 1);
        Assert.Equal("ack 2", Next(client));
        _fixture.Sink.Keep(_fixture.Sink.Commits);
        Assert.Equal("ack 3", Next(client));
    }

    [Fact]
    public void An_error_comes_before_the_ack_that_covers_it_and_does_not_overtake_commits()
    {
        _fixture.Sink.KeepsAtOnce = false;
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary([.. Wire.Rows(Cpu(1)), 0]);
        Assert.Equal("error 1+1 code 1", Next(client));
        client.SendFrame(9, []);
        Assert.Equal("opcode 10: ", Next(client));
        _fixture.Sink.Keep(1);
        Assert.Equal("ack 2", Next(client));
    }

    [Fact]
    public void The_last_ack_is_sent_before_a_close_is_echoed()
    {
        _fixture.Sink.KeepsAtOnce = false;
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary(Wire.Rows(Cpu(1), Cpu(2)));
        client.SendFrame(8, [3, 0xE8]);
        HttpTests.WaitFor(() => _fixture.Sink.Commits == 1);
        _fixture.Sink.Keep(1);
        Assert.Equal("ack 2", Next(client));
        Assert.Equal("close 1000", Next(client));
        Assert.True(client.ReadEnd());
    }

    [Fact]
    public void A_commit_that_never_comes_does_not_keep_the_connection()
    {
        _fixture.Sink.KeepsAtOnce = false;
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary(Wire.Rows(Cpu(1)));
        client.SendFrame(8, [3, 0xE8]);
        HttpTests.WaitFor(() => _fixture.Sink.Commits == 1);
        HttpTests.WaitFor(() =>
        {
            _fixture.Pass(1);
            return client.Socket.Available > 0;
        });
        Assert.Equal("close 1000", Next(client)); // and no ACK
    }

    [Fact]
    public void The_last_ack_is_sent_before_1001_at_shutdown()
    {
        _fixture.Sink.KeepsAtOnce = false;
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary(Wire.Rows(Cpu(1), Cpu(2)));
        HttpTests.WaitFor(() => _fixture.Sink.Commits == 1);
        var stop = new System.Threading.Thread(() => _fixture.Server.Stop(TimeSpan.FromSeconds(30)));
        stop.Start();
        HttpTests.WaitFor(() => _fixture.Server.Loops.All(static l => l.IsStopping));
        _fixture.Sink.Keep(1);
        Assert.Equal("ack 2", Next(client));
        Assert.Equal("close 1001", Next(client));
        client.SendFrame(8, [3, 0xE9]);
        Assert.True(client.ReadEnd());
        client.Dispose();
        stop.Join();
    }

    [Fact]
    public void Events_and_blocks_may_be_cut_anywhere()
    {
        byte[] rows = Wire.Rows(Cpu(1), Wire.Event(2, 2, "cpu", "a=1", "", "b"), Cpu(3));
        byte[] define = Wire.Definitions(Wire.Define(1, "x"), Wire.Define(2, "y", "t=1"));
        byte[] columns = Wire.Columns(Wire.Block(1, [1, 2, 3], [1, 2, 3]), Wire.Regular(2, 5, 5, 1, 2));
        using RawClient client = _fixture.Open("slung.v2");
        ulong acked = 0;
        string last = "";
        foreach (byte[] message in (byte[][])[rows, define, columns])
        {
            for (int cut = 0; cut <= message.Length; cut++)
            {
                client.SendFrame(2, message.AsSpan(0, cut), final: false);
                client.SendFrame(9, []); // the answer shows that the first part was taken before the second is sent
                while (client.ReadFrame() is { Opcode: not 10 } frame)
                    Assert.StartsWith("ack", last = Wire.Show(frame));
                client.SendFrame(0, message.AsSpan(cut));
            }
            acked += (ulong)(message.Length + 1) * (message == rows ? 3u : message == columns ? 5u : 0u);
        }
        client.SendFrame(8, []);
        for (string next = Next(client); next.StartsWith("ack"); next = Next(client)) last = next;
        Assert.Equal($"ack {acked}", last);
        Assert.Equal(0, _fixture.Sum(static c => c.SlungV2.Malformed));
    }

    [Fact]
    public void A_block_larger_than_the_window_is_taken()
    {
        const int Count = 400_000; // 6.4 MB
        long[] timestamps = new long[Count];
        double[] values = new double[Count];
        for (int i = 0; i < Count; i++) (timestamps[i], values[i]) = (i, i * 0.5);
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary(Wire.Definitions(Wire.Define(1, "big")));
        client.SendBinary(Wire.Columns(Wire.Block(1, timestamps, values)));
        Assert.Equal($"ack {Count}", Next(client));
        Assert.Equal(Count, _fixture.PointsOf("big").Count);
        client.SendBinary(Wire.Rows(Cpu(1)));
        Assert.Equal($"ack {Count + 1}", Next(client));
    }

    [Fact]
    public void An_event_too_long_for_the_batch_keeps_its_place()
    {
        string[] tags = new string[10];
        for (int i = 0; i < tags.Length; i++) tags[i] = i + new string('t', 60_000); // 600 KB of key
        byte[] rows = Wire.Rows(Cpu(1), Wire.Event(2, 2, "long", tags), Cpu(3));
        _fixture.Sink.OldestAccepted = 2;
        using RawClient client = _fixture.Open("slung.v2");
        client.SendBinary([.. rows, 7]);
        Assert.Equal("error 0+1 code 5", Next(client));
        string last = "";
        while (!(last = Next(client)).StartsWith("error")) Assert.StartsWith("ack", last);
        Assert.Equal("error 3+1 code 1", last);
        Assert.Equal("ack 4", Next(client));
        Assert.Equal([(2L, 2.0)], _fixture.PointsOf("long", tags));
        Assert.Equal([(3L, 3.0)], _fixture.PointsOf("cpu", "a=1"));
    }

    [Fact]
    public void A_large_message_needs_no_buffer_of_its_size()
    {
        using var fixture = new ServerFixture(static o => o with { BufferBudgetBytes = 1 << 20 });
        byte[] row = Cpu(1);
        byte[] message = new byte[1 + 300_000 * row.Length]; // 9 MB
        message[0] = 1;
        for (int i = 0; i < 300_000; i++) row.CopyTo(message, 1 + i * row.Length);
        using RawClient client = fixture.Open("slung.v2");
        client.SendBinary(message);
        string last = "";
        while (last != "ack 300000") last = Next(client);
    }
}
