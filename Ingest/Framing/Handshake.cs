using System;
using System.Buffers.Text;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Framing;

/// <summary>The WebSocket opening handshake's proof (RFC 6455, section 4.2.2, step 5.4).</summary>
internal static class Handshake
{
    public const int KeyLength = 24;
    public const int AcceptLength = 28;

    /// <summary>True when the key is the base64 of 16 bytes.</summary>
    public static bool IsValidKey(ReadOnlySpan<byte> key) =>
        key.Length == KeyLength && Base64.IsValid(key, out int decoded) && decoded == 16;

    /// <summary>Writes the 28 characters of `Sec-WebSocket-Accept`.</summary>
    public static void WriteAccept(ReadOnlySpan<byte> key, Span<byte> accept)
    {
        ReadOnlySpan<byte> guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"u8;
        Span<byte> text = stackalloc byte[KeyLength + guid.Length];
        key.CopyTo(text);
        guid.CopyTo(text[KeyLength..]);
        Span<byte> hash = stackalloc byte[Sha1.HashLength];
        Sha1.Hash(text, hash);
        Base64.EncodeToUtf8(hash, accept, out _, out _);
    }
}
