using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Net;
using System.Threading.Tasks;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>More connections than a door takes: those above get an answer that says so, the others are served, and who
/// leaves makes room.</summary>
public sealed class ConnectionLimitsTests : IDisposable
{
    private const int Most = 3, Spare = 64;
    private const string Ask = "GET /api/v1/query?query=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private const string Probe = "GET /ready HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private readonly DataFolder _data = new();
    private readonly List<RawPeer> _peers = [];

    public void Dispose()
    {
        foreach (RawPeer peer in _peers) peer.Dispose();
        _data.Dispose();
    }

    [EndToEndFact]
    public async Task TheThousandAndTwentyFifthWebSocketIsTurnedAway()
    {
        const int All = 1024;
        await using Daemon daemon = await Daemon.Start(_data);
        for (int i = 0; i < All; i += Spare) // who is silent for a minute is closed
            _peers.AddRange(await Task.WhenAll(Enumerable.Range(0, Spare).Select(
                _ => RawPeer.WebSocket(daemon.SocketAddress))));
        string answer = await RawHttp.Answer(daemon.SocketAddress, RawHttp.Upgrade("localhost"));
        Assert.StartsWith("HTTP/1.1 503 ", answer);
        Assert.Contains("Retry-After: ", answer);
        Assert.Contains("too many connections", answer);
        Assert.Contains("X-Content-Type-Options: nosniff", answer);
        Assert.Equal(200, await RawHttp.Status(daemon.SocketAddress, Probe));
        Assert.Equal(1, await daemon.Metric("slungd_socket_turned_away_total"));
        Assert.Equal(All, await daemon.Metric("slungd_websocket_connections"));
        await _peers[^1].SendFrame(0x82, [WireMessages.Rows, .. WireMessages.Event(1, 2, "cpu")]); // still served
        await daemon.Counted("cpu:[]:[0,9]", 1);
        _peers[0].Dispose();
        await Patience.Until("room for one", () => RawHttp.Status(daemon.SocketAddress, RawHttp.Upgrade("localhost")),
            static status => status == 101);
    }

    [EndToEndFact]
    public async Task FarTooManyAreClosedAndProbesAreNotOnFullDoors()
    {
        await using Daemon daemon = await Daemon.Start(_data, "--max-connections", $"{Most}");
        await Fill(daemon.SocketAddress, Most + Spare);
        await Fill(daemon.HttpAddress!, Most + Spare);
        using RawPeer far = await RawPeer.To(daemon.SocketAddress);
        Assert.StartsWith("HTTP/1.1 503 ", await far.ReadHead()); // without a word from the peer
        using RawPeer farther = await RawPeer.To(daemon.HttpAddress!);
        Assert.Empty(await farther.Read(1));
        _peers[0].Dispose();
        _peers[^1].Dispose();
        foreach (IPEndPoint address in (IPEndPoint[])[daemon.SocketAddress, daemon.HttpAddress!])
            await Patience.Until("room for one", () => StatusOrNone(address, Probe), static status => status == 200);
    }

    [EndToEndFact]
    public async Task HttpConnectionsAboveTheLimitGetProbesAlone()
    {
        await using Daemon daemon = await Daemon.Start(_data, "--max-connections", $"{Most}");
        IPEndPoint door = daemon.HttpAddress!;
        for (int i = 0; i < Most; i++)
        {
            _peers.Add(await RawPeer.To(door));
            await _peers[i].Send(Ask);
            Assert.StartsWith("HTTP/1.1 200 ", await _peers[i].ReadHead());
        }
        string above = await RawHttp.Answer(door, Ask); // to its end, which comes at once
        Assert.Equal(1, await daemon.Metric("slungd_http_turned_away_total"));
        Assert.StartsWith("HTTP/1.1 503 ", above);
        Assert.Contains("Retry-After: 1", above);
        Assert.Contains("Connection: close", above);
        Assert.Contains("X-Content-Type-Options: nosniff", above);
        Assert.Contains("\"error\":\"too many connections\"", above);
        foreach (string path in (string[])["/health", "/ready", "/metrics"])
        {
            string probe = $"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n";
            Assert.StartsWith("HTTP/1.1 200 ", await RawHttp.Answer(door, probe));
        }
        using RawPeer served = await RawPeer.To(daemon.SocketAddress); // the other door is another matter
        await served.Send(Probe);
        Assert.StartsWith("HTTP/1.1 200 ", await served.ReadHead());
        _peers[0].Dispose();
        await Patience.Until("room for one", () => RawHttp.Status(door, Ask), static status => status == 200);
    }

    [EndToEndFact]
    public async Task GrpcConnectionsAboveTheLimitAreUnavailable()
    {
        await using Daemon daemon = await Daemon.Start(_data, "--max-connections", $"{Most}", "--otlp-grpc",
            "127.0.0.1:0");
        IPEndPoint door = await daemon.Door("OTLP door for gRPC");
        await Fill(door, Most);
        Assert.Equal("14 too many connections ", await GrpcCalls.Answer(door, [], null));
        _peers[0].Dispose();
        await Patience.Until("room for one", () => GrpcCalls.Status(door, [], null), static status => status == "0");
    }

    [EndToEndFact]
    public async Task GraphiteConnectionsAboveTheLimitAreClosed()
    {
        await using Daemon daemon = await Daemon.Start(_data, "--max-connections", $"{Most}", "--graphite",
            "127.0.0.1:0");
        IPEndPoint door = await daemon.Door("Graphite door");
        await Fill(door, Most);
        using RawPeer above = await RawPeer.To(door);
        Assert.Empty(await above.Read(1));
        foreach (RawPeer peer in _peers) await peer.Send("cpu 1 1\n");
        await daemon.Counted("cpu:[]:[0,9000000]", 1);
        _peers[0].Dispose();
        await Patience.Until("room for one", async () =>
        {
            using RawPeer peer = await RawPeer.To(door);
            try { await peer.Send("disk 1 1\n"); }
            catch (System.Net.Sockets.SocketException)
            {
                return 0; // closed at once, as it may still be
            }
            return await daemon.Value("COUNT:disk:[]:[0,9000000]");
        }, static count => count == 1);
    }

    private async Task Fill(IPEndPoint address, int count)
    {
        for (int i = 0; i < count; i++) _peers.Add(await RawPeer.To(address));
    }

    private static async Task<int> StatusOrNone(IPEndPoint address, string request)
    {
        using RawPeer peer = await RawPeer.To(address);
        try { await peer.Send(request); }
        catch (System.Net.Sockets.SocketException)
        {
            return 0; // closed at once, as it may still be
        }
        string head = await peer.ReadHead();
        return head.Length == 0 ? 0 : int.Parse(head.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
