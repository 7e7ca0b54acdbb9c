using System;
using System.Collections.Generic;
using System.Text;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

/// <summary>The corner cases of RFC 6455 as the Autobahn suite has them, against a real listener. There is no echo to
/// compare: what arrives is seen in the store, and the connection's fate in its close code.</summary>
public sealed class WebSocketConformanceTests : IDisposable
{
    private static readonly byte[] Point = Wire.Event(1, 42.5, "cpu", "a=1");

    private readonly ServerFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    public static TheoryData<string, string, int> Violations => new()
    {
        { "RSV1", "C2 80 00000000", 1002 },
        { "RSV2", "A2 80 00000000", 1002 },
        { "RSV3", "92 80 00000000", 1002 },
        { "RSV1 on a ping", "C9 80 00000000", 1002 },
        { "reserved opcode 3", "83 80 00000000", 1002 },
        { "reserved opcode 4", "84 80 00000000", 1002 },
        { "reserved opcode 7", "87 80 00000000", 1002 },
        { "reserved opcode 11", "8B 80 00000000", 1002 },
        { "reserved opcode 15", "8F 80 00000000", 1002 },
        { "unmasked binary", "82 01 00", 1002 },
        { "unmasked ping", "89 00", 1002 },
        { "unmasked close", "88 00", 1002 },
        { "fragmented ping", "09 80 00000000", 1002 },
        { "fragmented close", "08 80 00000000", 1002 },
        { "ping of 126 bytes", "89 FE 007E 00000000", 1002 },
        { "pong of 126 bytes", "8A FE 007E 00000000", 1002 },
        { "close with a 64-bit length", "88 FF 0000000000000001 00000000", 1002 },
        { "continuation without a message", "80 80 00000000", 1002 },
        { "unfinished continuation without a message", "00 80 00000000", 1002 },
        { "continuation after a finished message", "82 80 00000000 80 80 00000000", 1002 },
        { "message inside a message", "02 80 00000000 82 80 00000000", 1002 },
        { "text inside binary", "02 80 00000000 81 80 00000000", 1002 },
        { "length with the highest bit", "82 FF 8000000000000000 00000000", 1002 },
        { "length of all ones", "82 FF FFFFFFFFFFFFFFFF 00000000", 1002 },
        { "one byte more than allowed", "82 FF 0000000001000001 00000000", 1009 },
        { "a terabyte", "82 FF 0000010000000000 00000000", 1009 },
        { "text, one byte more than allowed", "81 FF 0000000001000001 00000000", 1009 },
        { "fragments that add up to too much", "02 81 00000000 00 00 FF 0000000001000000 00000000", 1009 },
        { "close of one byte", "88 81 00000000 03", 1002 },
        { "close with bad UTF-8", "88 84 00000000 03E8 C3 28", 1007 },
        { "close with a cut character", "88 83 00000000 03E8 C3", 1007 },
    };

    [Theory]
    [MemberData(nameof(Violations))]
    public void A_violation_closes_with_its_code(string what, string hex, int code)
    {
        _ = what;
        using RawClient client = _fixture.Open();
        client.SendHex(hex);
        Assert.Equal(code, client.ReadClose());
        Assert.Equal(1, _fixture.Sum(static c => c.Violations));
    }

    [Theory]
    [MemberData(nameof(Violations))]
    public void A_violation_is_found_byte_by_byte_too(string what, string hex, int code)
    {
        _ = what;
        using RawClient client = _fixture.Open();
        foreach (byte b in Convert.FromHexString(hex.Replace(" ", "")))
        {
            try
            {
                client.Send([b]);
            }
            catch (System.IO.IOException)
            {
                break; // the server has parted already
            }
        }
        Assert.Equal(code, client.ReadClose());
    }

    [Theory]
    [InlineData(1000, 1000)]
    [InlineData(1001, 1001)]
    [InlineData(1002, 1002)]
    [InlineData(1003, 1003)]
    [InlineData(1007, 1007)]
    [InlineData(1008, 1008)]
    [InlineData(1009, 1009)]
    [InlineData(1010, 1010)]
    [InlineData(1011, 1011)]
    [InlineData(1012, 1012)]
    [InlineData(1013, 1013)]
    [InlineData(1014, 1014)]
    [InlineData(3000, 3000)]
    [InlineData(3999, 3999)]
    [InlineData(4000, 4000)]
    [InlineData(4999, 4999)]
    [InlineData(0, 1002)]
    [InlineData(999, 1002)]
    [InlineData(1004, 1002)]
    [InlineData(1005, 1002)]
    [InlineData(1006, 1002)]
    [InlineData(1015, 1002)]
    [InlineData(1016, 1002)]
    [InlineData(1100, 1002)]
    [InlineData(2000, 1002)]
    [InlineData(2999, 1002)]
    [InlineData(5000, 1002)]
    [InlineData(65535, 1002)]
    public void A_valid_close_code_is_echoed_and_an_invalid_one_is_an_error(int sent, int answered)
    {
        using RawClient client = _fixture.Open();
        client.SendFrame(8, [(byte)(sent >> 8), (byte)sent]);
        Assert.Equal(answered, client.ReadClose());
    }

    [Theory]
    [InlineData("")]
    [InlineData("bye")]
    [InlineData("tschüß €")]
    public void A_close_is_answered_once_and_what_follows_is_ignored(string reason)
    {
        using RawClient client = _fixture.Open();
        byte[] close = reason.Length == 0 ? [] : [3, 0xE8, .. Encoding.UTF8.GetBytes(reason)];
        client.Send([.. RawClient.Frame(8, close), .. RawClient.Frame(2, Point), .. RawClient.Frame(9, [1])]);
        (int opcode, byte[] payload) = client.ReadFrame();
        Assert.Equal(8, opcode);
        Assert.Equal(reason.Length == 0 ? [] : [3, 0xE8], payload);
        Assert.True(client.ReadEnd());
        Assert.Empty(_fixture.PointsOf("cpu", "a=1"));
    }

    [Fact]
    public void A_close_reason_may_fill_the_frame()
    {
        using RawClient client = _fixture.Open();
        client.SendFrame(8, [3, 0xE8, .. new byte[123].AsSpan().ToArray()]);
        Assert.Equal(1000, client.ReadClose());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    public void A_ping_is_answered_with_its_payload(int length)
    {
        byte[] payload = new byte[length];
        new Random(length).NextBytes(payload);
        using RawClient client = _fixture.Open();
        client.SendFrame(9, payload);
        (int opcode, byte[] answer) = client.ReadFrame();
        Assert.Equal(10, opcode);
        Assert.Equal(payload, answer);
    }

    [Fact]
    public void Pings_are_answered_in_order_and_pongs_nobody_asked_for_are_ignored()
    {
        using RawClient client = _fixture.Open();
        client.SendFrame(10, [9]);
        for (byte i = 0; i < 10; i++) client.SendFrame(9, [i]);
        for (byte i = 0; i < 10; i++) Assert.Equal([i], client.ReadFrame().Payload);
    }

    [Fact]
    public void Control_frames_may_come_between_fragments()
    {
        using RawClient client = _fixture.Open();
        client.SendFrame(2, Point.AsSpan(0, 10), final: false);
        client.SendFrame(9, [1, 2]);
        client.SendFrame(0, Point.AsSpan(10, 10), final: false);
        client.SendFrame(10, []);
        client.SendFrame(0, [], final: false);
        client.SendFrame(9, [3]);
        client.SendFrame(0, Point.AsSpan(20));
        Assert.Equal([1, 2], client.ReadFrame().Payload);
        Assert.Equal([3], client.ReadFrame().Payload);
        AssertStored(client, 1);
    }

    [Fact]
    public void A_header_cut_behind_fragments_waits_for_its_rest()
    {
        byte[] last = RawClient.Frame(0, Point.AsSpan(20));
        for (int cut = 1; cut < last.Length; cut++)
        {
            using RawClient client = _fixture.Open();
            client.Send([.. RawClient.Frame(2, Point.AsSpan(0, 5), final: false),
                .. RawClient.Frame(0, Point.AsSpan(5, 15), final: false), .. RawClient.Frame(9, [1]), .. last[..cut]]);
            Assert.Equal([1], client.ReadFrame().Payload);
            client.Send(last.AsSpan(cut));
            client.SendFrame(8, [3, 0xE8]);
            Assert.Equal(1000, client.ReadClose());
        }
        Assert.Equal(last.Length - 1, _fixture.Sum(static c => c.Original.Points));
        Assert.Equal(0, _fixture.Sum(static c => c.Original.Malformed));
    }

    [Fact]
    public void Our_close_in_the_middle_of_a_message_waits_for_the_peers()
    {
        byte[] frame = RawClient.Frame(2, Point);
        using RawClient client = _fixture.Open();
        client.Send([.. RawClient.Frame(9, []), .. frame[..20]]);
        Assert.Equal(10, client.ReadFrame().Opcode);
        _fixture.Pass(61);
        Assert.Equal("close 1001", Wire.Show(client.ReadFrame()));
        client.Send([.. frame[20..], .. frame, .. RawClient.Frame(8, [3, 0xE9])]);
        Assert.True(client.ReadEnd());
        Assert.Equal(0, _fixture.Sum(static c => c.Violations));
        Assert.Equal(0, _fixture.Sum(static c => c.Original.Messages));
    }

    [Fact]
    public void A_message_may_come_in_fragments_of_one_byte()
    {
        using RawClient client = _fixture.Open();
        for (int i = 0; i < Point.Length; i++)
            client.SendFrame(i == 0 ? 2 : 0, Point.AsSpan(i, 1), final: i == Point.Length - 1);
        AssertStored(client, 1);
    }

    [Fact]
    public void Everything_may_come_byte_by_byte()
    {
        using RawClient client = _fixture.Open();
        List<byte> bytes = [.. RawClient.Frame(2, Point), .. RawClient.Frame(9, [7])];
        bytes.AddRange(RawClient.Frame(1, Wire.Event(2, 0, "cpu", "a=1"))); // zeros are UTF-8
        foreach (byte b in bytes)
        {
            client.Send([b]);
            Thread.Yield();
        }
        Assert.Equal([7], client.ReadFrame().Payload);
        AssertStored(client, 2);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(300_000)]
    public void Every_encoding_of_the_length_is_read(int tagBytes)
    {
        // As many tags as it takes; they are one long series key.
        var tags = new List<string>();
        for (int left = tagBytes; left > 0; left -= 60_000) tags.Add(new string('t', Math.Min(left, 60_000)) + left);
        using RawClient client = _fixture.Open();
        client.SendBinary(Wire.Event(5, 6, "long", [.. tags]));
        client.SendFrame(8, [3, 0xE8]);
        Assert.Equal(1000, client.ReadClose());
        Assert.Equal([(5L, 6.0)], _fixture.PointsOf("long", [.. tags]));
    }

    [Fact]
    public void A_message_of_the_largest_size_is_taken()
    {
        var limits = new Limits { MaxMessageBytes = 1 << 20 };
        using var fixture = new ServerFixture(o => o with { Limits = limits });
        string[] tags = new string[18];
        for (int i = 0; i < 17; i++) tags[i] = i.ToString("d2") + new string('x', 60_000);
        int rest = (1 << 20) - Wire.Event(1, 1, "big", tags[..17]).Length - 2;
        tags[17] = new string('y', rest);
        byte[] message = Wire.Event(1, 1, "big", tags);
        Assert.Equal(1 << 20, message.Length);
        using RawClient client = fixture.Open();
        client.SendBinary(message);
        client.SendFrame(2, message.AsSpan(0, 1 << 19), final: false);
        client.SendFrame(0, message.AsSpan(1 << 19));
        client.SendFrame(2, message.AsSpan(0, 1 << 19), final: false);
        client.SendFrame(0, [.. message.AsSpan(1 << 19), 0]);
        Assert.Equal(1009, client.ReadClose());
        Assert.Equal(2, fixture.Sum(static c => c.Original.Points));
    }

    [Fact]
    public void A_length_in_more_bytes_than_it_needs_is_read()
    {
        using RawClient client = _fixture.Open();
        byte[] small = RawClient.Frame(2, Point);
        client.Send([0x82, 0xFE, 0, (byte)Point.Length, .. small.AsSpan(2)]);
        client.Send([0x82, 0xFF, 0, 0, 0, 0, 0, 0, 0, (byte)Point.Length, .. small.AsSpan(2)]);
        AssertStored(client, 2, distinct: 1);
    }

    [Theory]
    [InlineData("c3 28")]
    [InlineData("48 65 6c 6c 6f ff")]
    [InlineData("ce ba e1 bd b9 cf 83 ce bc ce b5 ed a0 80 65")]
    [InlineData("f4 90 80 80")]
    [InlineData("c3")]
    [InlineData("e2 82")]
    [InlineData("f0 9f 98")]
    public void Text_that_is_not_UTF8_closes_with_1007(string hex)
    {
        byte[] text = Convert.FromHexString(hex.Replace(" ", ""));
        using (RawClient whole = _fixture.Open())
        {
            whole.SendFrame(1, text);
            Assert.Equal(1007, whole.ReadClose());
        }
        for (int cut = 1; cut < text.Length; cut++)
        {
            using RawClient client = _fixture.Open();
            client.SendFrame(1, text.AsSpan(0, cut), final: false);
            client.SendFrame(0, text.AsSpan(cut));
            Assert.Equal(1007, client.ReadClose());
        }
    }

    [Fact]
    public void Bad_UTF8_is_found_before_the_message_ends()
    {
        using RawClient client = _fixture.Open();
        client.SendFrame(1, [0x61, 0xF4], final: false);
        client.SendFrame(0, [0x90], final: false); // beyond U+10FFFF: no end can make it right
        Assert.Equal(1007, client.ReadClose());
    }

    [Fact]
    public void A_character_may_be_cut_anywhere()
    {
        byte[] text = Encoding.UTF8.GetBytes("aé€😀");
        using RawClient client = _fixture.Open();
        for (int cut = 0; cut <= text.Length; cut++)
        {
            client.SendFrame(1, text.AsSpan(0, cut), final: false);
            client.SendFrame(9, [(byte)cut]);
            client.SendFrame(0, text.AsSpan(cut));
            Assert.Equal([(byte)cut], client.ReadFrame().Payload);
        }
        client.SendFrame(8, [3, 0xE8]);
        Assert.Equal(1000, client.ReadClose()); // not one of them was an event, and not one closed the connection
        Assert.Equal(text.Length + 1, _fixture.Sum(static c => c.Original.Malformed));
    }

    [Fact]
    public void Frames_may_follow_the_upgrade_at_once()
    {
        using RawClient client = _fixture.Connect();
        client.Send([.. Encoding.ASCII.GetBytes(RawClient.UpgradeRequest()), .. RawClient.Frame(2, Point)]);
        Assert.StartsWith("HTTP/1.1 101 ", client.ReadHead());
        AssertStored(client, 1);
    }

    [Fact]
    public void A_peer_that_just_goes_loses_nothing_it_sent()
    {
        using (RawClient client = _fixture.Open())
        {
            client.SendBinary(Point);
            client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
            Assert.Equal(-1, client.ReadClose());
        }
        Assert.Equal([(1L, 42.5)], _fixture.PointsOf("cpu", "a=1"));
    }

    private void AssertStored(RawClient client, int points, int? distinct = null)
    {
        client.SendFrame(8, [3, 0xE8]);
        Assert.Equal(1000, client.ReadClose());
        Assert.Equal(points, _fixture.Sum(static c => c.Original.Points));
        Assert.Equal(distinct ?? points, _fixture.PointsOf("cpu", "a=1").Count);
    }
}
