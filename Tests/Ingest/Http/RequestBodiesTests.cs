using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Net.Http;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.Snappy;
using Slungd.Native.Memory;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Ingest.Net;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public sealed class RequestBodiesTests : IDisposable
{
    private const int Max = 10_000;

    private readonly RequestBodies _bodies = new(new ByteBudget(16 << 20), Max);
    private readonly CollectedLog _log = new();
    private readonly TimerClock _clock = new();
    private readonly SemaphoreSlim _begun = new(0);
    private readonly HttpRoute _length, _form, _large;
    private readonly HttpFixture _http;

    public RequestBodiesTests()
    {
        _length = new HttpRoute("/length") { Post = SendLength };
        _form = new HttpRoute("/form") { Post = TakeForm };
        _large = new HttpRoute("/large") { Get = SendLarge };
        _http = new HttpFixture(limits: new Limits { MaxBodyBytes = Max }, loggers: _log,
            clock: _clock, routes: [_length, _form, _large]);
    }

    public void Dispose() => _http.Dispose();

    private async Task SendLength(HttpContext context)
    {
        _begun.Release();
        NativeBufferWriter body = await _bodies.ReadAsync(context.Request, false, context.RequestAborted);
        context.Response.Headers["Length"] = $"{body.WrittenCount}";
        _bodies.Return(body);
    }

    private async Task TakeForm(HttpContext context)
    {
        _begun.Release();
        RequestParameters parameters = await RequestParameters.ReadForm(context.Request);
        context.Response.Headers["Length"] = $"{parameters["a"]!.Length + 2}";
    }

    private async Task SendLarge(HttpContext context)
    {
        byte[] piece = new byte[100_000];
        for (int i = 0; i < 1_000; i++)
        {
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            if (i == 0) _begun.Release();
        }
    }

    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Pack(byte[] data, string? coding)
    {
        using MemoryStream packed = new();
        if (coding == "gzip") using (GZipStream gzip = new(packed, CompressionLevel.Fastest)) gzip.Write(data);
        if (coding == "deflate") using (ZLibStream zlib = new(packed, CompressionLevel.Fastest)) zlib.Write(data);
        if (coding == "snappy")
        {
            byte[] block = new byte[SnappyBlock.MaxEncodedLength(data.Length)];
            return block[..SnappyBlock.Encode(data, block)];
        }
        // A frame of one block that is not packed (RFC 8878, section 3.1.1), in a window of 128 KiB.
        int block3 = data.Length << 3 | 1;
        if (coding == "zstd")
            return [0x28, 0xB5, 0x2F, 0xFD, 0, 0x38, (byte)block3, (byte)(block3 >> 8), (byte)(block3 >> 16), .. data];
        return coding is null ? data : packed.ToArray();
    }

    /// <summary>The status, and the length that was read.</summary>
    private string Post(byte[] body, string? coding = null, bool isChunked = false, string path = "/length")
    {
        using HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Headers.TransferEncodingChunked = isChunked;
        if (coding is not null) request.Content.Headers.ContentEncoding.Add(coding);
        if (path == "/form") request.Content.Headers.ContentType = new("application/x-www-form-urlencoded");
        using HttpResponseMessage answer = _http.Client.Send(request);
        string length = answer.Headers.TryGetValues("Length", out var values) ? $" {values.Single()}" : "";
        return $"{(int)answer.StatusCode}{length}";
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(null, true)]
    [InlineData("gzip", false)]
    [InlineData("gzip", true)]
    [InlineData("deflate", false)]
    [InlineData("snappy", true)]
    [InlineData("zstd", true)]
    public void TheLimitIsThatOfTheContent(string? coding, bool isChunked)
    {
        string whole = Post(Pack(Noise(Max), coding), coding, isChunked);
        if (coding == "zstd" && whole == "415") return; // no library
        Assert.Equal($"200 {Max}", whole);
        Assert.Equal("413", Post(Pack(Noise(Max + 1), coding), coding, isChunked));
        Assert.Equal("413", Post(Pack(new byte[Max + 1], coding), coding, isChunked));
        Assert.Equal($"200 {Max}", Post(Pack(new byte[Max], coding), coding, isChunked));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(null, true)]
    [InlineData("gzip", false)]
    [InlineData("deflate", true)]
    public void FormsHaveTheSame(string? coding, bool isChunked)
    {
        byte[] form = Encoding.ASCII.GetBytes("a=" + new string('x', Max - 1));
        Assert.Equal($"200 {Max}", Post(Pack(form[..^1], coding), coding, isChunked, "/form"));
        Assert.Equal("413", Post(Pack(form, coding), coding, isChunked, "/form"));
    }

    [Theory]
    [InlineData(Max, "200")]
    [InlineData(Max + 1, "413")]
    public void ChunksAreNotContent(int length, string status)
    {
        using RawClient client = new(_http.Address);
        StringBuilder text = new("POST /length HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < length; i++) text.Append("1\r\nx\r\n");
        client.Send(text.Append("0\r\n\r\n").ToString());
        Assert.StartsWith($"HTTP/1.1 {status} ", client.ReadHead());
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("snappy")]
    [InlineData("zstd")]
    public void WhatIsPackedIsWholeAndAlone(string coding)
    {
        byte[] packed = Pack(Noise(500), coding);
        string whole = Post(packed, coding);
        if (coding == "zstd" && whole == "415") return; // no library
        Assert.Equal("200 500", whole);
        byte[][] broken = [[], packed[..^1], [.. packed, 0], [.. packed, .. "junk"u8], [.. packed, .. new byte[9_000]]];
        foreach (byte[] body in broken) Assert.Equal("400", Post(body, coding));
        byte[] form = Pack([.. "a=1"u8], coding);
        string[] takes = ["gzip", "deflate"];
        if (!takes.Contains(coding)) return;
        Assert.Equal("200 3", Post(form, coding, path: "/form"));
        foreach (byte[] body in (byte[][])[[], form[..^1], [.. form, 0]])
            Assert.Equal("400", Post(body, coding, path: "/form"));
    }

    [Theory]
    [InlineData("/length", "Content-Length: 9000\r\n\r\nabc")]
    [InlineData("/length", "Content-Length: 9000\r\nContent-Encoding: gzip\r\n\r\n\u001f")]
    [InlineData("/length", "Transfer-Encoding: chunked\r\n\r\n1000\r\nabc")]
    [InlineData("/form", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000\r\n\r\nabc")]
    public async Task WhoResetsAnUploadIsNoFailureOfOurs(string path, string rest)
    {
        const int Times = 20;
        HttpRoute route = path == "/form" ? _form : _length;
        for (int i = 0; i < Times; i++)
        {
            using RawClient client = new(_http.Address);
            client.Send($"POST {path} HTTP/1.1\r\nHost: localhost\r\n{rest}");
            Assert.True(await _begun.WaitAsync(Patience.Limit));
            if (i % 2 == 0) client.Socket.Close(timeout: 0); // a reset, else an end
        }
        int Counted() => (int)(route.Answers(2) + route.Answers(4) + route.Answers(5));
        Assert.True(SpinWait.SpinUntil(() => Counted() == Times, Patience.Limit), $"{Counted()} were counted");
        Assert.Equal(Times, route.Answers(4));
        Assert.True(_log.Lines.IsEmpty, string.Join('\n', _log.Lines));
    }

    [Theory]
    [InlineData("Content-Length: 9000\r\n\r\nabc")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n1000\r\nabc")]
    public async Task WhoFallsSilentIsTold(string rest)
    {
        using RawClient client = new(_http.Address);
        client.Send($"POST /length HTTP/1.1\r\nHost: localhost\r\n{rest}");
        Assert.True(await _begun.WaitAsync(Patience.Limit));
        bool IsAnswered()
        {
            _clock.Move(TimeSpan.FromSeconds(1));
            return client.Socket.Available > 0;
        }
        Assert.True(SpinWait.SpinUntil(IsAnswered, Patience.Limit));
        string head = client.ReadHead();
        Assert.StartsWith("HTTP/1.1 503 ", head);
        Assert.Contains("Retry-After: 1\r\n", head);
        client.Socket.Shutdown(System.Net.Sockets.SocketShutdown.Send);
        Assert.True(SpinWait.SpinUntil(() => _length.Answers(5) == 1, Patience.Limit));
        _http.Dispose(); // waits until it is through with the connection
        Assert.True(_log.Lines.IsEmpty, string.Join('\n', _log.Lines));
    }

    [Fact]
    public async Task WhoLeavesInTheMidstOfAnAnswerIsNoFailureEither()
    {
        const int Times = 20;
        for (int i = 0; i < Times; i++)
        {
            using RawClient client = new(_http.Address);
            client.Send("GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n");
            Assert.True(await _begun.WaitAsync(Patience.Limit));
            if (i % 2 == 0) client.Socket.Close(timeout: 0); // a reset, else an end
        }
        Assert.True(SpinWait.SpinUntil(() => _large.Answers(2) == Times, Patience.Limit), $"{_large.Answers(2)}");
        Assert.True(_log.Lines.IsEmpty, string.Join('\n', _log.Lines));
    }
}
