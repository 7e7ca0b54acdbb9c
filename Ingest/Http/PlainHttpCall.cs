using System;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Slungd.Ingest.Security;

namespace Slungd.Ingest.Http;

/// <summary>One HTTP/1.1 request on a connection of its own, in clear or over TLS, for workflows: follows no redirect,
/// sends no cookie, knows no proxy (RFC 9112).</summary>
internal static class PlainHttpCall
{
    private const int MaxHeadBytes = 64 << 10;

    /// <summary>What chunked coding may add to a body.</summary>
    private const int ChunkOverheadBytes = 1 << 20;

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <summary>Sends and receives everything.</summary>
    /// <param name="url">http or https; the latter's certificate must be one that the system trusts.</param>
    /// <param name="method">Such as GET.</param>
    /// <param name="body">Sent always.</param>
    /// <param name="maxAnswerBytes">A longer body is refused.</param>
    /// <param name="cancellation">Ends it at any time.</param>
    /// <returns>The answer's body, whatever its status.</returns>
    /// <exception cref="SocketException">The host can't be reached.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    /// <exception cref="AuthenticationException">TLS: the host is not who it should be, or there is no TLS here.
    /// </exception>
    /// <exception cref="InvalidDataException">The answer is no HTTP, cut off, or too long.</exception>
    public static async Task<byte[]> Send(Uri url, string method, byte[] body, int maxAnswerBytes,
        CancellationToken cancellation)
    {
        using Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(url.IdnHost, url.Port, cancellation);
        await using Stream plain = new NetworkStream(socket);
        await using Stream stream = url.Scheme == Uri.UriSchemeHttps
            ? await OutboundTls.Secure(plain, url.IdnHost, cancellation) : plain;
        string host = url.HostNameType == UriHostNameType.IPv6 ? url.Host : url.IdnHost;
        if (!url.IsDefaultPort) host = $"{host}:{url.Port}";
        string head = $"{method} {url.PathAndQuery} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: slungd\r\n"
            + $"Content-Type: application/octet-stream\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. body], cancellation);

        byte[] answer = new byte[4096];
        int length = 0;
        while (true)
        {
            if (length == answer.Length)
            {
                if (length >= MaxHeadBytes + maxAnswerBytes + ChunkOverheadBytes) throw TooLong(maxAnswerBytes);
                Array.Resize(ref answer, length * 2);
            }
            int got = await stream.ReadAsync(answer.AsMemory(length), cancellation);
            length += got;
            // While it is chunked it is only looked at when it may be whole: else a slow sender makes it quadratic.
            if (TryRead(answer.AsSpan(0, length), got == 0, maxAnswerBytes) is { } whole) return whole;
            if (got == 0) throw new InvalidDataException("the answer was cut off");
        }
    }

    /// <summary>The body, once the answer is whole; null before.</summary>
    internal static byte[]? TryRead(ReadOnlySpan<byte> answer, bool isAtEnd, int maxBytes)
    {
        while (true)
        {
            int end = answer.IndexOf("\r\n\r\n"u8);
            if (end < 0 && answer.Length <= MaxHeadBytes && !isAtEnd) return null;
            if (end < 12 || !answer.StartsWith("HTTP/1."u8)
                || !int.TryParse(answer.Slice(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int status))
                throw new InvalidDataException("the answer is no HTTP/1.1");
            ReadOnlySpan<byte> head = answer[..(end + 2)];
            answer = answer[(end + 4)..];
            if (status is >= 100 and < 200) continue; // the real answer follows
            if (status is 204 or 304) return [];
            if (!FieldOf(head, "transfer-encoding"u8).IsEmpty)
                return TryReadChunks(answer, maxBytes);
            ReadOnlySpan<byte> length = FieldOf(head, "content-length"u8);
            if (length.IsEmpty)
            {
                if (answer.Length > maxBytes) throw TooLong(maxBytes);
                return isAtEnd ? answer.ToArray() : null;
            }
            if (!int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out int bytes)
                || bytes > maxBytes)
                throw TooLong(maxBytes);
            return answer.Length >= bytes ? answer[..bytes].ToArray() : null;
        }
    }

    /// <summary>RFC 9112, section 7.1; extensions and trailers are skipped.</summary>
    private static byte[]? TryReadChunks(ReadOnlySpan<byte> coded, int maxBytes)
    {
        if (coded.IndexOf("0\r\n"u8) < 0 || !coded.EndsWith("\r\n"u8)) return null;
        using MemoryStream body = new();
        while (true)
        {
            int end = coded.IndexOf(LineEnd);
            if (end < 0) return null;
            ReadOnlySpan<byte> size = coded[..end];
            int extension = size.IndexOf((byte)';');
            if (extension >= 0) size = size[..extension];
            if (!int.TryParse(size.Trim((byte)' '), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
                out int bytes) || bytes < 0)
                throw new InvalidDataException("the answer has a chunk without a length");
            coded = coded[(end + LineEnd.Length)..];
            if (bytes == 0) return body.ToArray();
            if (body.Length + bytes > maxBytes) throw TooLong(maxBytes);
            if (coded.Length < bytes + LineEnd.Length) return null;
            body.Write(coded[..bytes]);
            coded = coded[(bytes + LineEnd.Length)..];
        }
    }

    /// <summary>The value of a header field, trimmed; empty without it.</summary>
    private static ReadOnlySpan<byte> FieldOf(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        while (!head.IsEmpty)
        {
            int end = head.IndexOf(LineEnd);
            ReadOnlySpan<byte> line = end < 0 ? head : head[..end];
            head = end < 0 ? [] : head[(end + LineEnd.Length)..];
            int colon = line.IndexOf((byte)':');
            if (colon > 0 && Ascii.EqualsIgnoreCase(line[..colon], name)) return line[(colon + 1)..].Trim(" \t"u8);
        }
        return [];
    }

    private static InvalidDataException TooLong(int maxBytes) =>
        new($"expected an answer of at most {maxBytes} bytes");
}
