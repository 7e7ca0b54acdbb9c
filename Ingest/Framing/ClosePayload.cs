using System;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace Slungd.Ingest.Framing;

/// <summary>The body of a Close frame: nothing, or a u16 big-endian code and a reason in UTF-8 (RFC 6455,
/// 5.5.1).</summary>
internal static class ClosePayload
{
    /// <summary>Reads the peer's code; <see cref="CloseCode.None"/> when the body is empty.</summary>
    /// <returns>The code to close with when the body itself is wrong, else None.</returns>
    public static CloseCode Read(ReadOnlySpan<byte> payload, out CloseCode code)
    {
        code = CloseCode.None;
        if (payload.IsEmpty) return CloseCode.None;
        if (payload.Length < sizeof(ushort)) return CloseCode.ProtocolError;
        int value = BinaryPrimitives.ReadUInt16BigEndian(payload);
        if (!CloseCodes.MayBeSent(value)) return CloseCode.ProtocolError;
        if (!Utf8.IsValid(payload[sizeof(ushort)..])) return CloseCode.InvalidPayload;
        code = (CloseCode)value;
        return CloseCode.None;
    }
}
