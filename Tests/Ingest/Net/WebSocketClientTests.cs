using System;
using System.Net;
using System.Text;
using System.Threading.Tasks;
using Slungd.Engine.Model;
using Slungd.Ingest.Framing;
using Slungd.Ingest.Net;
using Slungd.Ingest.Protocols.SlungV2;
using Xunit;

namespace Slungd.Tests.Ingest.Net;

public sealed class WebSocketClientTests : IDisposable
{
    private readonly ServerFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    private WebSocketClient Connect(string? subprotocol = "slung.v2") =>
        WebSocketClient.Connect(_fixture.Server.Address, new WebSocketClientOptions { Subprotocol = subprotocol });

    [Fact]
    public void Sends_and_receives()
    {
        using WebSocketClient client = Connect();
        Assert.Equal("slung.v2", client.Subprotocol);
        client.Send(Opcode.Binary, Wire.Rows(Wire.Event(1, 42.5, "cpu", "a=1"), Wire.Event(2, 43, "cpu", "a=1")));
        Assert.Equal(ClientMessage.Binary, client.TryReceive(60_000));
        Assert.True(ReplyLayout.TryReadAck(client.Payload, out ulong acked));
        Assert.Equal(2UL, acked);
        client.Send(Opcode.Binary, [9]);
        Assert.Equal(ClientMessage.Binary, client.TryReceive(60_000));
        Assert.True(ReplyLayout.TryReadError(client.Payload, out ErrorReply error));
        Assert.Equal((2UL, 0u, RefusalCode.UnknownKind), (error.First, error.Count, error.Code));
        client.Send(Opcode.Text, """{"id":1,"query":"COUNT:cpu:[]"}"""u8);
        Assert.Equal(ClientMessage.Text, client.TryReceive(60_000));
        Assert.Equal("""{"id":1,"value":2,"count":2}""", Encoding.UTF8.GetString(client.Payload));
        Assert.Equal(ClientMessage.None, client.TryReceive(0));
        client.SendClose();
        Assert.Equal(ClientMessage.Close, client.TryReceive(60_000));
        Assert.Equal(CloseCode.Normal, client.CloseCode);
        Assert.Equal(ClientMessage.End, client.TryReceive(60_000));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5_000)]
    public void Queued_frames_of_any_size_arrive(int tagBytes)
    {
        using WebSocketClient client = Connect(subprotocol: null);
        Assert.Null(client.Subprotocol);
        string[] tags = new string[30];
        for (int i = 0; i < tags.Length; i++) tags[i] = i + new string('t', tagBytes); // 150,000 bytes: in pieces
        for (int i = 0; i < 100; i++)
        {
            client.Queue(Opcode.Binary, Wire.Event(i, i, "q"));
            client.Queue(Opcode.Binary, Wire.Event(i, i, "large", tags));
        }
        client.Flush();
        client.SendClose();
        Assert.Equal(ClientMessage.Close, client.TryReceive(60_000));
        Assert.Equal(100, _fixture.PointsOf("q").Count);
        Assert.Equal(100, _fixture.PointsOf("large", tags).Count);
    }

    [Fact]
    public void A_large_answer_grows_the_buffer()
    {
        SeriesId series = _fixture.Store.Series("cpu");
        for (int i = 0; i < 10_000; i++) _fixture.Store.Put(series, i, i);
        using WebSocketClient client = Connect();
        for (int round = 0; round < 3; round++)
        {
            client.Send(Opcode.Text, """{"id":1,"query":"RAW:cpu:[]"}"""u8);
            Assert.Equal(ClientMessage.Text, client.TryReceive(60_000));
            Assert.StartsWith("""{"id":1,"points":[""", Encoding.UTF8.GetString(client.Payload));
            Assert.EndsWith("}", Encoding.UTF8.GetString(client.Payload));
        }
    }

    [Fact]
    public async Task A_page_is_no_door()
    {
        using System.Net.Sockets.TcpListener server = new(System.Net.IPAddress.Loopback, 0);
        server.Start();
        Task serving = Task.Run(async () =>
        {
            using System.Net.Sockets.Socket peer = await server.AcceptSocketAsync();
            await peer.ReceiveAsync(new byte[4096]);
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 16\r\n\r\n<!doctype html>\n"u8.ToArray());
        });
        var address = (System.Net.IPEndPoint)server.LocalEndpoint;
        WebSocketException refused = Assert.Throws<WebSocketException>(
            () => WebSocketClient.Connect(address, new WebSocketClientOptions()));
        Assert.EndsWith("that is no WebSocket door (--listen): HTTP/1.1 200 OK", refused.Message);
        await serving;
    }

    [Fact]
    public void A_refused_upgrade_says_why()
    {
        _fixture.Sink.State = SinkState.Recovering;
        WebSocketException refused = Assert.Throws<WebSocketException>(() => Connect());
        Assert.Equal(503, refused.Status);
        Assert.Contains("503", refused.Message);
        var options = new WebSocketClientOptions { Origin = "http://evil.example" };
        refused = Assert.Throws<WebSocketException>(() => WebSocketClient.Connect(_fixture.Server.Address, options));
        Assert.Equal(403, refused.Status);
        Assert.Contains("--allow-origin", refused.Message);
    }

    [Fact]
    public void Nobody_there_is_an_error()
    {
        WebSocketException refused = Assert.Throws<WebSocketException>(
            () => WebSocketClient.Connect(new IPEndPoint(IPAddress.Loopback, 1), new WebSocketClientOptions()));
        Assert.Contains("127.0.0.1:1", refused.Message);
    }
}
