using System;
using System.Buffers.Binary;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.SlungV2;

/// <summary>The binary messages from server to client (design, section 4.2), little-endian:
/// <code>
///  ACK    0x81 | u64 n
///  ERROR  0x82 | u64 first | u32 count | u16 code | u16 text_len | text
/// </code></summary>
internal static class ReplyLayout
{
    public const byte AckKind = 0x81;
    public const byte ErrorKind = 0x82;
    public const int AckBytes = 9;
    public const int ErrorHeaderBytes = 17;

    public static void WriteAck(Span<byte> to, ulong below)
    {
        to[0] = AckKind;
        BinaryPrimitives.WriteUInt64LittleEndian(to[1..], below);
    }

    public static void WriteError(Span<byte> to, ulong first, uint count, RefusalCode code, ReadOnlySpan<byte> text)
    {
        to[0] = ErrorKind;
        BinaryPrimitives.WriteUInt64LittleEndian(to[1..], first);
        BinaryPrimitives.WriteUInt32LittleEndian(to[9..], count);
        BinaryPrimitives.WriteUInt16LittleEndian(to[13..], (ushort)code);
        BinaryPrimitives.WriteUInt16LittleEndian(to[15..], (ushort)text.Length);
        text.CopyTo(to[ErrorHeaderBytes..]);
    }

    /// <summary>False when the message is no ACK.</summary>
    public static bool TryReadAck(ReadOnlySpan<byte> message, out ulong below)
    {
        below = 0;
        if (message.Length != AckBytes || message[0] != AckKind) return false;
        below = BinaryPrimitives.ReadUInt64LittleEndian(message[1..]);
        return true;
    }

    /// <summary>False when the message is no ERROR.</summary>
    public static bool TryReadError(ReadOnlySpan<byte> message, out ErrorReply error)
    {
        error = default;
        if (message.Length < ErrorHeaderBytes || message[0] != ErrorKind) return false;
        int length = BinaryPrimitives.ReadUInt16LittleEndian(message[15..]);
        if (message.Length != ErrorHeaderBytes + length) return false;
        error.First = BinaryPrimitives.ReadUInt64LittleEndian(message[1..]);
        error.Count = BinaryPrimitives.ReadUInt32LittleEndian(message[9..]);
        error.Code = (RefusalCode)BinaryPrimitives.ReadUInt16LittleEndian(message[13..]);
        error.Text = message[ErrorHeaderBytes..];
        return true;
    }
}
