using System;
using System.Buffers;
using System.Text;

namespace Slungd.Ingest.Framing;

/// <summary>Writes HTTP/1.1 answers of known length.</summary>
internal static class HttpAnswer
{
    public const string Json = "application/json";

    /// <summary>What every answer tells browsers: guess no type, run and frame nothing, keep nothing.</summary>
    public const string SecurityFields = "X-Content-Type-Options: nosniff\r\n"
        + "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\nCache-Control: no-store\r\n";

    public const string PlainMetrics = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Writes head and body.</summary>
    /// <param name="to">Receives the bytes.</param>
    /// <param name="status">One of those that <see cref="Reason"/> knows.</param>
    /// <param name="contentType">Of the body.</param>
    /// <param name="body">The body; its length is announced also when it is left out.</param>
    /// <param name="now">For `Date`.</param>
    /// <param name="close">The connection ends after this answer.</param>
    /// <param name="omitBody">The request was HEAD.</param>
    /// <param name="field">One more header field with its line end, or nothing.</param>
    public static void Write(IBufferWriter<byte> to, int status, string contentType, ReadOnlySpan<byte> body,
        DateTimeOffset now, bool close, bool omitBody, string field = "")
    {
        string head = $"HTTP/1.1 {status} {Reason(status)}\r\nDate: {now:R}\r\nContent-Type: {contentType}\r\n"
            + $"Content-Length: {body.Length}\r\n{SecurityFields}{field}"
            + $"Connection: {(close ? "close" : "keep-alive")}\r\n\r\n";
        Encoding.ASCII.GetBytes(head, to);
        if (!omitBody) to.Write(body);
    }

    /// <summary>The answer to an upgrade that is granted (RFC 6455, section 4.2.2).</summary>
    public static void WriteUpgrade(IBufferWriter<byte> to, ReadOnlySpan<byte> key, string? subprotocol)
    {
        to.Write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"u8);
        to.Write("Sec-WebSocket-Accept: "u8);
        Handshake.WriteAccept(key, to.GetSpan(Handshake.AcceptLength));
        to.Advance(Handshake.AcceptLength);
        if (subprotocol is not null) Encoding.ASCII.GetBytes($"\r\nSec-WebSocket-Protocol: {subprotocol}", to);
        to.Write("\r\n\r\n"u8);
    }

    private static string Reason(int status) => status switch
    {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        408 => "Request Timeout",
        426 => "Upgrade Required",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        _ => throw new ArgumentOutOfRangeException(nameof(status)),
    };
}
