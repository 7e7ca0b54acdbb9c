using System;
using System.Buffers.Binary;
using System.Text;
using Slungd.Native.Checks;
using Slungd.Native.Simd;

namespace Slungd.Ingest.Framing;

/// <summary>Puts unfragmented frames together (RFC 6455, section 5.2; the layout is drawn at
/// <see cref="FrameReader"/>). </summary>
internal static class FrameWriter
{
    /// <summary>The longest header: two bytes, u64 length, mask.</summary>
    public const int MaxHeaderBytes = 14;

    /// <summary>Room for the payload of any control frame.</summary>
    public const int MaxControlPayload = 125;

    public static int HeaderBytes(long payloadLength, bool masked) =>
        (payloadLength < 126 ? 2 : payloadLength <= ushort.MaxValue ? 4 : 10) + (masked ? sizeof(uint) : 0);

    /// <summary>Writes a server's header.</summary>
    /// <returns>Its length.</returns>
    public static int WriteHeader(Span<byte> to, Opcode opcode, long payloadLength)
    {
        to[0] = (byte)(0x80 | (byte)opcode);
        if (payloadLength < 126)
        {
            to[1] = (byte)payloadLength;
            return 2;
        }
        if (payloadLength <= ushort.MaxValue)
        {
            to[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)payloadLength);
            return 4;
        }
        to[1] = 127;
        BinaryPrimitives.WriteUInt64BigEndian(to[2..], (ulong)payloadLength);
        return 10;
    }

    /// <summary>Writes a client's header, with the mask's key at its end.</summary>
    /// <returns>Its length.</returns>
    public static int WriteMaskedHeader(Span<byte> to, Opcode opcode, long payloadLength, uint key)
    {
        int length = WriteHeader(to, opcode, payloadLength);
        to[1] |= 0x80;
        BinaryPrimitives.WriteUInt32LittleEndian(to[length..], key);
        return length + sizeof(uint);
    }

    /// <summary>Writes a whole server's frame.</summary>
    /// <returns>Its length.</returns>
    public static int Write(Span<byte> to, Opcode opcode, ReadOnlySpan<byte> payload)
    {
        int header = WriteHeader(to, opcode, payload.Length);
        payload.CopyTo(to[header..]);
        return header + payload.Length;
    }

    /// <summary>Writes a whole client's frame.</summary>
    /// <returns>Its length.</returns>
    public static int WriteMasked(Span<byte> to, Opcode opcode, ReadOnlySpan<byte> payload, uint key)
    {
        int header = WriteMaskedHeader(to, opcode, payload.Length, key);
        Span<byte> body = to.Slice(header, payload.Length);
        payload.CopyTo(body);
        XorMask.Apply(body, key);
        return header + payload.Length;
    }

    /// <summary>Writes a Close payload: the code big-endian and as much of the reason as fits, cut between characters.
    /// </summary>
    /// <returns>Its length; 0 for <see cref="CloseCode.None"/>.</returns>
    public static int WriteClosePayload(Span<byte> to, CloseCode code, string? reason)
    {
        if (code == CloseCode.None) return 0;
        Invariant.Check(to.Length >= MaxControlPayload);
        BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)code);
        Encoding.UTF8.GetEncoder().Convert(reason, to[2..MaxControlPayload], flush: true, out _, out int bytes, out _);
        return 2 + bytes;
    }
}
