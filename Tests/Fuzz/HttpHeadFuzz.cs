using System;
using Slungd.Ingest.Framing;

namespace Slungd.Tests.Fuzz;

/// <summary>The head parser: the same verdict however the bytes arrive, and every span lies in the input.</summary>
internal static class HttpHeadFuzz
{
    public static readonly byte[][] Seeds =
    [
        """
        GET / HTTP/1.1
        Host: localhost:2077
        Upgrade: websocket
        Connection: Upgrade
        Sec-WebSocket-Version: 13
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
        Sec-WebSocket-Protocol: slung.v2


        """u8.ToArray(),
        "POST http://[::1]:2077/x?y HTTP/1.0\nContent-Length: 12\nConnection: keep-alive, close\n\nabc"u8.ToArray(),
        "\r\nHEAD /health HTTP/1.1\r\nHost: a\r\nOrigin: null\r\n\r\n"u8.ToArray(),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        int scanned = 0;
        HeadStatus whole = HttpHeadParser.Parse(input, "slung.v2"u8, ref scanned, out HttpHead head, out int consumed);
        if (whole == HeadStatus.Complete) Check(input, head, consumed);
        scanned = 0;
        int step = 1 + input.Length / 7;
        for (int length = 0; ; length = Math.Min(length + step, input.Length))
        {
            HeadStatus status = HttpHeadParser.Parse(input[..length], "slung.v2"u8, ref scanned, out _, out int taken);
            if (status == HeadStatus.Incomplete && length < input.Length) continue;
            if (status != whole) throw new InvalidOperationException($"{status} in pieces, {whole} as a whole");
            if (status == HeadStatus.Complete && taken != consumed)
                throw new InvalidOperationException($"{taken} bytes in pieces, {consumed} as a whole");
            return;
        }
    }

    private static void Check(ReadOnlySpan<byte> input, in HttpHead head, int consumed)
    {
        if (consumed <= 0 || consumed > input.Length) throw new InvalidOperationException($"{consumed} bytes consumed");
        ReadOnlySpan<byte> taken = input[..consumed];
        bool inside = Inside(taken, head.Path) && Inside(taken, head.Host) && Inside(taken, head.Origin)
            && Inside(taken, head.WebSocketKey) && Inside(taken, head.WebSocketVersion);
        if (!inside) throw new InvalidOperationException("a field lies outside the head");
        if (head.MinorVersion >= 1 && !head.HasHost) throw new InvalidOperationException("HTTP/1.1 without a host");
    }

    // A few answers are constants of the parser.
    private static bool Inside(ReadOnlySpan<byte> whole, ReadOnlySpan<byte> part) =>
        part.IsEmpty || whole.Overlaps(part) || part.SequenceEqual("/"u8) || part.SequenceEqual("twice"u8);
}
