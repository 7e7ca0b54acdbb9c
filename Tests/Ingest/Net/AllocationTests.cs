using System;
using System.Linq;
using Slungd.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

/// <summary>The promise of no managed allocation per frame or event: the loops' threads are asked how much they have
/// allocated before and after.</summary>
public sealed class AllocationTests : IDisposable
{
    private readonly QuietSink _sink = new();
    private readonly ServerFixture _fixture;

    public AllocationTests() => _fixture = new ServerFixture(static o => o with { Threads = 1 }, _sink);

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void The_original_protocol_allocates_nothing_per_event()
    {
        byte[] frame = RawClient.Frame(2, Wire.Event(1, 1, "temp", "sensor=1", "env=bench"));
        byte[] malformed = RawClient.Frame(2, [1, 2, 3]);
        byte[] text = RawClient.Frame(1, Wire.Event(1, 0, "temp", "sensor=1"));
        AssertQuiet(null, [.. frame, .. frame, .. text, .. malformed, .. RawClient.Frame(10, [1])], points: 3);
    }

    [Fact]
    public void ROWS_allocate_nothing_per_event_and_refusals_nothing_per_reply()
    {
        byte[] good = Wire.Event(1, 1, "temp", "a=1");
        byte[] rows = Wire.Rows(good, Wire.Event(-1, 1, "temp", "a=1"), Wire.Event(1, 1, "x"));
        AssertQuiet("slung.v2", [.. RawClient.Frame(2, rows), .. RawClient.Frame(2, [77]), .. RawClient.Frame(9, [])],
            points: 3);
    }

    [Fact]
    public void COLUMNS_allocate_nothing_per_block()
    {
        byte[] define = Wire.Definitions(Wire.Define(1, "a"), Wire.Define(2, "b"));
        byte[] columns = Wire.Columns(Wire.Block(1, [1, 2, 3], [1, 2, 3]), Wire.Regular(2, 1, 1, 4, 5));
        AssertQuiet("slung.v2", [.. RawClient.Frame(2, define), .. RawClient.Frame(2, columns)], points: 5);
    }

    [Fact]
    public void Messages_cut_over_frames_and_receives_allocate_nothing()
    {
        byte[] rows = Wire.Rows(Wire.Event(1, 1, "temp", new string('x', 3_000)), Wire.Event(1, 1, "y"));
        byte[] cut = [.. Frame(2, rows.AsSpan(0, 1_000), false), .. RawClient.Frame(10, []),
            .. Frame(0, rows.AsSpan(1_000), true)];
        AssertQuiet("slung.v2", cut, points: 2, pieces: 3);
    }

    private static byte[] Frame(int opcode, ReadOnlySpan<byte> payload, bool final) =>
        RawClient.Frame(opcode, payload, final);

    private void AssertQuiet(string? subprotocol, byte[] frames, int points, int pieces = 1)
    {
        using RawClient client = _fixture.Open(subprotocol);
        byte[] many = [.. Enumerable.Repeat(frames, 50).SelectMany(static f => f)];
        byte[] burst = [.. Enumerable.Repeat(many, 40).SelectMany(static m => m)];
        long all = _sink.Points + 40 * 50 * points;
        client.Send(burst);
        HttpTests.WaitFor(() => _sink.Points == all);
        Send(10); // now every pool and table has its size
        long before = Allocated();
        Send(200);
        long allocated = Allocated() - before;
        // The smallest object per message would be 240,000 bytes.
        Assert.True(allocated < 16_000, $"{allocated} bytes for {200 * 50} rounds");

        void Send(int times)
        {
            byte[] replies = new byte[1 << 20];
            for (int i = 0; i < times; i++)
            {
                long want = _sink.Points + 50 * points;
                for (int piece = 0; piece < pieces; piece++)
                {
                    int from = many.Length * piece / pieces;
                    client.Socket.Send(many.AsSpan(from..(many.Length * (piece + 1) / pieces)));
                }
                HttpTests.WaitFor(() => _sink.Points == want);
                if (client.Socket.Available > 0) client.Socket.Receive(replies);
            }
        }
    }

    private long Allocated()
    {
        SocketLoop loop = _fixture.Server.Loops[0];
        System.Threading.Thread.Sleep(20); // the turn that counts has ended
        return loop.Counters.AllocatedBytes;
    }
}
