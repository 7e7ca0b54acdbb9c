using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Tasks;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.EndToEnd;

/// <summary>Heads, messages and bodies that are larger than they may be, as they come and unpacked: each is answered as
/// such, and takes no more memory than one that is not.</summary>
public class BodyLimitsTests(ITestOutputHelper output)
{
    private const int MaxBody = 64 << 10, Unpacked = 16 << 20; // packed it is shorter than a body may be
    private const long MaxGrowthBytes = 32L << 20;

    [EndToEndFact]
    public async Task BodiesAndBombsAreRefusedAtEachPath()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--max-body", "64KiB");
        (HttpMethod, string, string)[] doors =
        [
            (HttpMethod.Post, "/api/v1/write", "application/x-protobuf"),
            (HttpMethod.Post, "/api/v1/read", "application/x-protobuf"),
            (HttpMethod.Post, "/api/v1/import/prometheus", "text/plain"),
            (HttpMethod.Post, "/api/v1/import", "application/json"),
            (HttpMethod.Post, "/write", "text/plain"), (HttpMethod.Post, "/api/v2/write", "text/plain"),
            (HttpMethod.Post, "/v1/metrics", "application/x-protobuf"),
            (HttpMethod.Post, "/api/v1/otlp/v1/metrics", "application/json"),
            (HttpMethod.Put, "/api/v1/workflows/w", "application/wasm"),
        ];
        (string? Coding, byte[] Body)[] bodies =
        [
            (null, new byte[2 * MaxBody]), // what is taken for snappy may be a little longer than its content
            ("gzip", Packed(static to => new GZipStream(to, CompressionLevel.SmallestSize))),
            ("deflate", Packed(static to => new ZLibStream(to, CompressionLevel.SmallestSize))),
            ("zstd", ZstdBomb()), ("snappy", SnappyBomb()),
        ];
        using (HttpResponseMessage warm = await daemon.Get("/metrics")) { }
        long before = daemon.ResidentBytes();
        List<string> taken = [];
        foreach ((HttpMethod method, string path, string type) in doors)
        {
            foreach ((string? coding, byte[] body) in bodies)
            {
                foreach (bool isChunked in (bool[])[false, true])
                {
                    HttpStatusCode status = await Send(daemon, method, path, type, coding, body, isChunked);
                    bool hasNone = coding == "zstd" && status == HttpStatusCode.UnsupportedMediaType; // no library
                    if (status != HttpStatusCode.RequestEntityTooLarge && !hasNone)
                        taken.Add($"{path} {coding ?? "identity"} {(isChunked ? "chunked " : "")}{status}");
                }
            }
        }
        Assert.Empty(taken);
        long grown = daemon.ResidentBytes() - before;
        output.WriteLine($"{grown >> 20} MiB more");
        Assert.InRange(grown, long.MinValue, MaxGrowthBytes);
        Assert.Equal(HttpStatusCode.NoContent,
            await Send(daemon, HttpMethod.Post, "/write", "text/plain", null, "cpu value=1 1"u8.ToArray(), true));
    }

    [EndToEndFact]
    public async Task WhatCanNotBeUnpackedIsABadRequest()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        byte[] good = Packed(static to => new GZipStream(to, CompressionLevel.SmallestSize), unpacked: 1 << 16);
        foreach (string coding in (string[])["gzip", "deflate", "snappy", "zstd"])
        {
            byte[][] broken = [[], "nonsense"u8.ToArray(), good[..(good.Length / 2)]];
            foreach (byte[] body in coding == "gzip" ? broken[1..] : broken[1..2])
            {
                HttpStatusCode status = await Send(daemon, HttpMethod.Post, "/api/v1/import/prometheus", "text/plain",
                    coding, body, isChunked: false);
                Assert.True(status == HttpStatusCode.BadRequest
                    || coding == "zstd" && status == HttpStatusCode.UnsupportedMediaType, $"{coding}: {status}");
            }
        }
        Assert.Equal(HttpStatusCode.UnsupportedMediaType,
            await Send(daemon, HttpMethod.Post, "/write", "text/plain", "br", [1], isChunked: false));
    }

    [EndToEndFact]
    public async Task TheDefaultsAreThoseOfTheManual()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await Send(daemon, HttpMethod.Post, "/write", "text/plain",
            null, new byte[(64 << 20) + 1], isChunked: true));
        foreach (IPEndPoint address in (IPEndPoint[])[daemon.SocketAddress, daemon.HttpAddress!])
        {
            Assert.Equal(200, await RawHttp.Status(address, Head(65_000)));
            Assert.Equal(431, await RawHttp.Status(address, Head(66_000)));
        }
        using RawPeer peer = await RawPeer.WebSocket(daemon.SocketAddress);
        await peer.SendFrame(0x82, [], announced: (16 << 20) + 1); // is enough
        Assert.Equal(1009, await peer.ReadClose());
    }

    [EndToEndFact]
    public async Task HeadsAndMessagesAsTheOptionsSay()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--max-head", "2KiB", "--max-message", "1KiB");
        foreach (IPEndPoint address in (IPEndPoint[])[daemon.SocketAddress, daemon.HttpAddress!])
        {
            Assert.Equal(200, await RawHttp.Status(address, Head(2000)));
            Assert.Equal(431, await RawHttp.Status(address, Head(2100)));
        }
        foreach (bool isSplit in (bool[])[false, true])
        {
            byte[] message = new byte[1024];
            message[0] = WireMessages.Rows;
            using RawPeer peer = await RawPeer.WebSocket(daemon.SocketAddress);
            await peer.SendFrame(0x82, message); // malformed, but not too large
            Assert.Equal(0x82, (await peer.ReadFrame()).First);
            if (isSplit) await peer.SendFrame(0x02, message);
            await peer.SendFrame((byte)(isSplit ? 0x80 : 0x82), isSplit ? [1] : [.. message, 1]);
            Assert.Equal(1009, await peer.ReadClose());
        }
    }

    [EndToEndFact]
    public async Task GrpcMessagesAreBoundedUnpackedToo()
    {
        using var data = new DataFolder();
        await using Daemon daemon = await Daemon.Start(data, "--max-body", "64KiB", "--otlp-grpc", "127.0.0.1:0");
        IPEndPoint door = await daemon.Door("OTLP door for gRPC");
        Assert.Equal("0", await GrpcCalls.Status(door, [], null));
        long before = daemon.ResidentBytes();
        Assert.Equal("8", await GrpcCalls.Status(door, new byte[MaxBody + 1], null));
        byte[] gzip = Packed(static to => new GZipStream(to, CompressionLevel.SmallestSize), unpacked: 32 << 20);
        Assert.Equal("8", await GrpcCalls.Status(door, gzip, "gzip"));
        Assert.Contains(await GrpcCalls.Status(door, ZstdBomb(), "zstd"), (string[])["8", "12"]);
        Assert.InRange(daemon.ResidentBytes() - before, long.MinValue, MaxGrowthBytes);
    }

    private static string Head(int bytes)
    {
        const string Begin = "GET /health HTTP/1.1\r\nHost: localhost\r\n";
        StringBuilder head = new(Begin);
        while (head.Length < bytes - 2)
        {
            int length = Math.Min(bytes - 2 - head.Length, 4000);
            head.Append("X: ").Append('x', Math.Max(length - 5, 0)).Append("\r\n");
        }
        return head.Append("\r\n").ToString();
    }

    private static async Task<HttpStatusCode> Send(Daemon daemon, HttpMethod method, string path, string type,
        string? coding, byte[] body, bool isChunked)
    {
        using HttpRequestMessage request = new(method, $"http://{daemon.HttpAddress}{path}");
        request.Content = isChunked ? new StreamContent(new MemoryStream(body)) : new ByteArrayContent(body);
        request.Headers.TransferEncodingChunked = isChunked;
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        if (coding is not null) request.Content.Headers.ContentEncoding.Add(coding);
        using HttpResponseMessage answer = await daemon.Send(request);
        return answer.StatusCode;
    }

    private static byte[] Packed(Func<Stream, Stream> packer, int unpacked = Unpacked)
    {
        using MemoryStream packed = new();
        using (Stream packing = packer(packed))
        {
            byte[] zeros = new byte[Math.Min(unpacked, 1 << 20)];
            for (int i = 0; i < unpacked; i += zeros.Length) packing.Write(zeros);
        }
        return packed.ToArray();
    }

    /// <summary>One frame of blocks that repeat one byte 128 Ki times each (RFC 8878, section 3.1.1.2).</summary>
    private static byte[] ZstdBomb()
    {
        const int BlockBytes = 128 << 10;
        List<byte> frame = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38]; // a window of 128 KiB
        for (int at = BlockBytes; at <= 16 * Unpacked; at += BlockBytes)
        {
            int header = BlockBytes << 3 | 1 << 1 | (at == 16 * Unpacked ? 1 : 0);
            frame.AddRange([(byte)header, (byte)(header >> 8), (byte)(header >> 16), 0]);
        }
        return [.. frame];
    }

    /// <summary>Snappy's block format: a length, a literal of one byte, and copies of 64 bytes from one byte before.
    /// </summary>
    private static byte[] SnappyBomb()
    {
        List<byte> block = [0x80, 0x80, 0x80, 0x08, 0x00, 0]; // 16 MiB
        for (int i = 0; i < 10_000; i++) block.AddRange([0xFE, 0x01, 0x00]);
        return [.. block];
    }
}
