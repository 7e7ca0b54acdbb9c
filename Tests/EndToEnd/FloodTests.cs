using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.EndToEnd;

/// <summary>Clients that mean harm: the daemon stays small and goes on serving the others.</summary>
public sealed class FloodTests(ITestOutputHelper output) : IDisposable
{
    private const int Crowd = 300;
    private const long MaxGrowthBytes = 96L << 20; // far below what any of these would take without limits

    private readonly List<Socket> _sockets = [];

    public void Dispose()
    {
        foreach (Socket socket in _sockets) socket.Dispose();
    }

    [EndToEndFact]
    public async Task DribblersAndTheSilentHoldNobodyUp()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        long before = await Serves(daemon);
        string[] beginnings =
        [
            "", "G", "GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
            "POST /api/v1/import HTTP/1.1\r\nHost: localhost\r\nContent-Length: 60000000\r\n\r\n{\"metric\":",
            "POST /write HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\ncpu",
        ];
        foreach (IPEndPoint address in (IPEndPoint[])[daemon.SocketAddress, daemon.HttpAddress!])
            for (int i = 0; i < Crowd; i++) await Open(address, beginnings[i % beginnings.Length]);
        for (int round = 0; round < 5; round++)
        {
            foreach (Socket socket in _sockets) TrySend(socket, "x"u8);
            await Serves(daemon);
        }
        Bounded(daemon, before);
        for (int i = 0; i < _sockets.Count; i += 2) _sockets[i].Close(timeout: 0); // resets
        Bounded(daemon, await Serves(daemon));
    }

    [EndToEndFact]
    public async Task HeadsWithoutEndAreRefused()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        string field = "X-Long: " + new string('x', 8000) + "\r\n";
        string fields = string.Concat(Enumerable.Repeat(field, 20));
        string head = $"GET /health HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n";
        Assert.Equal(431, await RawHttp.Status(daemon.SocketAddress, head));
        Assert.Equal(431, await RawHttp.Status(daemon.HttpAddress!, head));
        string body = "POST /write HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n";
        Assert.Equal(413, await RawHttp.Status(daemon.HttpAddress!, body));
    }

    [EndToEndFact]
    public async Task SmallFramesPingsAndJunkTakeNoMemory()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        long before = await Serves(daemon);
        byte[] pings = Repeat([0x89, 0x80, 1, 2, 3, 4], 20_000);      // empty pings, masked
        byte[] fragments = Repeat([0x00, 0x80, 1, 2, 3, 4], 20_000);  // empty continuations
        byte[] texts = Repeat([0x81, 0x81, 0, 0, 0, 0, (byte)'{'], 20_000); // requests that are none
        byte[] junk = new byte[200_000];
        new Random(1).NextBytes(junk);
        byte[][] floods = [pings, [0x02, 0x80, 1, 2, 3, 4, .. fragments], texts, junk];
        for (int i = 0; i < 64; i++)
        {
            Socket socket = await Open(daemon.SocketAddress, RawHttp.Upgrade("localhost",
                "Sec-WebSocket-Protocol: slung.v2"));
            socket.Blocking = false; // nobody reads the answers
            TrySend(socket, floods[i % floods.Length]);
        }
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0; i < _sockets.Count; i++) TrySend(_sockets[i], floods[i % floods.Length]);
            if (round % 5 == 0) await Serves(daemon);
        }
        Bounded(daemon, before);
        await using WebSocketClient good = await WebSocketClient.Version2(daemon);
        await good.Send(WireMessages.RowsOf([new("cpu", ["a=1"], 1, 1)]));
        await good.Acknowledged(1);
    }

    [EndToEndTheory]
    [InlineData("gzip", "/api/v1/import/prometheus")]
    [InlineData("deflate", "/write")]
    [InlineData("gzip", "/v1/metrics")]
    [InlineData("gzip", "/api/v1/query")]
    public async Task BombsAreNotUnpacked(string coding, string path)
    {
        const int Unpacked = 256 << 20;
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        await Serves(daemon);
        using MemoryStream packed = new();
        await using (Stream packing = coding == "gzip" ? new GZipStream(packed, CompressionLevel.Fastest, true)
            : new ZLibStream(packed, CompressionLevel.Fastest, true))
        {
            byte[] zeros = new byte[1 << 20];
            for (int i = 0; i < Unpacked; i += zeros.Length) await packing.WriteAsync(zeros);
        }
        using ByteArrayContent body = new(packed.ToArray());
        body.Headers.ContentEncoding.Add(coding);
        body.Headers.ContentType = new(path == "/v1/metrics" ? "application/x-protobuf"
            : path == "/api/v1/query" ? "application/x-www-form-urlencoded" : "text/plain");
        using HttpResponseMessage answer = await daemon.Post(path, body);
        Assert.True(answer.StatusCode is HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.ServiceUnavailable,
            $"{answer.StatusCode}");
        long resident = await Serves(daemon);
        output.WriteLine($"{path}: {resident >> 20} MiB");
    }

    [EndToEndFact]
    public async Task KubernetesVariablesDoNoHarm()
    {
        using var data = new DataFolder();
        Dictionary<string, string> injected = new()
        {
            ["SLUNGD_SERVICE_HOST"] = "10.0.0.7", ["SLUNGD_SERVICE_PORT"] = "2077",
            ["SLUNGD_SERVICE_PORT_HTTP"] = "2078", ["SLUNGD_PORT"] = "tcp://10.0.0.7:2077",
            ["SLUNGD_PORT_2077_TCP"] = "tcp://10.0.0.7:2077", ["SLUNGD_PORT_2077_TCP_PROTO"] = "tcp",
            ["SLUNGD_PORT_2077_TCP_PORT"] = "2077", ["SLUNGD_PORT_2077_TCP_ADDR"] = "10.0.0.7",
            ["SLUNGD_HTTP_SERVICE_HOST"] = "10.0.0.8", ["SLUNGD_HTTP_PORT"] = "tcp://10.0.0.8:2078",
            ["SLUNGD_DATA_PORT"] = "tcp://10.0.0.9:1",
        };
        await using Daemon daemon = await Daemon.Start(data.Path, [], injected);
        await Serves(daemon);
        await daemon.Says("unknown environment variables, ignored: ");
        ProcessResult health = await Executable.Run(Binary.Path,
            ["health", "--listen", daemon.SocketAddress.ToString()], environment: injected);
        Assert.True(health.ExitCode == 0, health.Error);
        Assert.Equal(0, await daemon.Stop());
    }

    /// <summary>A good client is answered on both ports.</summary>
    /// <returns>How large the daemon is.</returns>
    private static async Task<long> Serves(Daemon daemon)
    {
        using (HttpResponseMessage http = await daemon.Get("/api/v1/dsl?q=COUNT:cpu:[]"))
            Assert.Equal(HttpStatusCode.OK, http.StatusCode);
        using HttpResponseMessage socket = await daemon.GetFromSocketDoor("/ready");
        Assert.Equal(HttpStatusCode.OK, socket.StatusCode);
        return daemon.ResidentBytes();
    }

    private void Bounded(Daemon daemon, long before)
    {
        long grown = daemon.ResidentBytes() - before;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{grown / 1048576.0:f1} MiB more for {_sockets.Count} connections"));
        Assert.True(grown < MaxGrowthBytes, $"{grown >> 20} MiB more");
    }

    private async Task<Socket> Open(IPEndPoint address, string beginning)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(socket);
        await socket.ConnectAsync(address);
        if (beginning.Length > 0) await socket.SendAsync(Encoding.ASCII.GetBytes(beginning));
        return socket;
    }

    /// <summary>Whatever the daemon takes; it may have had enough.</summary>
    private static void TrySend(Socket socket, ReadOnlySpan<byte> bytes)
    {
        socket.Blocking = false;
        try { socket.Send(bytes, SocketFlags.None, out _); }
        catch (SocketException)
        {
            // Closed, as it may be.
        }
    }

    private static byte[] Repeat(byte[] piece, int times)
    {
        byte[] all = new byte[piece.Length * times];
        for (int i = 0; i < times; i++) piece.CopyTo(all, i * piece.Length);
        return all;
    }
}
