using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

/// <summary>The portable poller does what epoll does: the paths that wait for it, once each.</summary>
public sealed class SelectPollerTests : IDisposable
{
    private static readonly byte[] Point = Wire.Event(1, 1, "cpu", "a=1");

    private readonly ServerFixture _fixture = new(static o => o with { PortablePolling = true });

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public void Serves_points_replies_and_texts()
    {
        using RawClient original = _fixture.Open();
        using RawClient client = _fixture.Open("slung.v2");
        using RawClient third = _fixture.Open("slung.v2");
        for (int i = 1; i <= 20; i++)
        {
            client.SendBinary(Wire.Rows(Point));
            Assert.Equal($"ack {i}", Wire.Show(client.ReadFrame()));
            third.SendFrame(9, []);
            Assert.Equal(10, third.ReadFrame().Opcode);
        }
        Assert.True(_fixture.Server.TrySendText(1, "hello"u8));
        Assert.Equal("hello", original.ReadText());
        original.SendFrame(8, []);
        Assert.Equal(0, original.ReadClose());
    }

    [Fact]
    public void Holds_back_and_goes_on()
    {
        using RawClient client = _fixture.Open("slung.v2");
        _fixture.Sink.State = SinkState.MemoryShort;
        client.SendBinary(Wire.Rows(Point));
        HttpTests.WaitFor(() => _fixture.Sum(static c => c.HeldBack) == 1);
        _fixture.Sink.State = SinkState.Ready;
        Assert.Equal("ack 1", Wire.Show(client.ReadFrame()));
    }

    [Fact]
    public void Waits_until_a_slow_peer_reads()
    {
        using RawClient client = _fixture.Open("slung.v2");
        byte[] text = new byte[50_000];
        int sent = 0;
        while (sent < 400 && _fixture.Server.TrySendText(1, text)) sent++;
        for (int i = 0; i < sent; i++) Assert.Equal(text.Length, client.ReadFrame().Payload.Length);
    }

    [Fact]
    public void Stops()
    {
        using RawClient client = _fixture.Open();
        var stop = new System.Threading.Thread(() => _fixture.Server.Stop(TimeSpan.FromSeconds(30)));
        stop.Start();
        Assert.Equal("close 1001", Wire.Show(client.ReadFrame()));
        client.SendFrame(8, [3, 0xE9]);
        client.Dispose();
        stop.Join();
    }
}
