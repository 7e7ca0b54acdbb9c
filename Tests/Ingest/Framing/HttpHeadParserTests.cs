using System;
using System.Text;
using Slungd.Ingest.Framing;
using Xunit;

namespace Slungd.Tests.Ingest.Framing;

public class HttpHeadParserTests
{
    private const string Upgrade = "GET /?token=1 HTTP/1.1\r\nHost: localhost:2077\r\nupgrade: WebSocket\r\n"
        + "Connection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        + "Sec-WebSocket-Protocol: chat, slung.v2\r\nSec-WebSocket-Extensions: permessage-deflate\r\n"
        + "Origin:\t http://localhost:2077 \r\n\r\n";

    [Fact]
    public void Reads_an_upgrade_however_it_is_cut()
    {
        byte[] bytes = Encoding.Latin1.GetBytes(Upgrade + "rest");
        int scanned = 0;
        for (int length = 0; length < Upgrade.Length; length++)
        {
            Assert.Equal(HeadStatus.Incomplete,
                HttpHeadParser.Parse(bytes.AsSpan(0, length), "slung.v2"u8, ref scanned, out _, out _));
        }
        HeadStatus status = HttpHeadParser.Parse(bytes, "slung.v2"u8, ref scanned, out HttpHead head, out int consumed);
        Assert.Equal(HeadStatus.Complete, status);
        Assert.Equal(Upgrade.Length, consumed);
        Assert.Equal(HttpMethod.Get, head.Method);
        Assert.True(head.Path.SequenceEqual("/"u8));
        Assert.True(head.Host.SequenceEqual("localhost:2077"u8));
        Assert.True(head.Origin.SequenceEqual("http://localhost:2077"u8));
        Assert.True(head.AsksForWebSocket);
        Assert.True(head.WebSocketVersion.SequenceEqual("13"u8));
        Assert.True(Handshake.IsValidKey(head.WebSocketKey));
        Assert.True(head.OffersProtocol);
        Assert.False(head.HasBody);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n")]
    [InlineData("GET / HTTP/1.1\r\nHost:\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]:2077\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a_b.c-d:99999\r\n\r\n")]
    [InlineData("GET http://a HTTP/1.1\r\nHost: b\r\n\r\n")]
    [InlineData("GET HTTPS://a/?q HTTP/1.1\r\nHost: b\r\n\r\n")]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    [InlineData("GET / HTTP/1.9\r\nHost: a\r\nX: \xFF\r\n\r\n")]
    public void Is_tolerant_where_the_standard_asks_for_it(string text)
    {
        Assert.Equal(HeadStatus.Complete, Parse(text, out HttpHead head));
        Assert.True(head.Path.SequenceEqual("/"u8));
    }

    [Theory]
    [InlineData("\u0016\u0003\u0001")] // TLS
    [InlineData("GET\r\n\r\n")]
    [InlineData("GET /\r\n\r\n")]
    [InlineData("GET  / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1 \r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/2.0\r\nHost: a\r\n\r\n")]
    [InlineData("PRI * HTTP/2.0\r\n\r\n")]
    [InlineData("GET / http/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET a HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /\u0001 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET http:/// HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("G(T / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: 127.0.0.1:bad\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a:\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: :80\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: u@a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: []:1\r\n\r\n")]
    [InlineData("GET http://u@a/ HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost : a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n: empty\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nOrigin: x\r\nOrigin: y\r\n\r\n")]
    public void Everything_doubtful_is_malformed(string text) => Assert.Equal(HeadStatus.Malformed, Parse(text, out _));

    [Theory]
    [InlineData("HTTP/1.1", "", true)]
    [InlineData("HTTP/1.1", "Connection: close\r\n", false)]
    [InlineData("HTTP/1.1", "Connection: upgrade\r\nConnection: Close\r\n", false)]
    [InlineData("HTTP/1.0", "", false)]
    [InlineData("HTTP/1.0", "Connection: Keep-Alive\r\n", true)]
    public void Knows_whether_the_connection_stays(string version, string fields, bool keeps)
    {
        Parse($"GET /health {version}\r\nHost: a\r\n{fields}\r\n", out HttpHead head);
        Assert.Equal(keeps, head.KeepsAlive);
    }

    [Theory]
    [InlineData("Content-Length: 0\r\n", false)]
    [InlineData("Content-Length: 12\r\n", true)]
    [InlineData("Transfer-Encoding: chunked\r\n", true)]
    public void Knows_whether_a_body_follows(string fields, bool has)
    {
        Parse($"POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n", out HttpHead head);
        Assert.Equal(HttpMethod.Post, head.Method);
        Assert.Equal(has, head.HasBody);
    }

    [Fact]
    public void The_proof_is_that_of_the_standard()
    {
        Span<byte> accept = stackalloc byte[Handshake.AcceptLength];
        Handshake.WriteAccept("dGhlIHNhbXBsZSBub25jZQ=="u8, accept); // RFC 6455, section 1.3
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", Encoding.ASCII.GetString(accept));
    }

    [Theory]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==", true)]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ=", false)]
    [InlineData("dGhlIHNhbXBsZSBub25jZSEh", false)]
    [InlineData("dGhlIHNhbXBsZSBub25j!Q==", false)]
    [InlineData("", false)]
    public void A_key_is_sixteen_bytes(string key, bool valid) =>
        Assert.Equal(valid, Handshake.IsValidKey(Encoding.ASCII.GetBytes(key)));

    private static HeadStatus Parse(string text, out HttpHead head)
    {
        int scanned = 0;
        return HttpHeadParser.Parse(Encoding.Latin1.GetBytes(text), "slung.v2"u8, ref scanned, out head, out _);
    }
}
