using System;
using System.Buffers;
using System.Buffers.Binary;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.Protobuf;

/// <summary>Writes fields of protobuf messages. A message inside another is written into a writer of its own first,
/// since its length comes before it.</summary>
internal static class ProtoWriter
{
    public static void Number(IBufferWriter<byte> to, int field, ulong value)
    {
        Span<byte> bytes = to.GetSpan(2 * Varint.MaxLength);
        int length = Varint.Write(bytes, (ulong)field << 3);
        to.Advance(length + Varint.Write(bytes[length..], value));
    }

    /// <summary>Of type sint32 or sint64.</summary>
    public static void Signed(IBufferWriter<byte> to, int field, long value) => Number(to, field, Varint.ZigZag(value));

    public static void Double(IBufferWriter<byte> to, int field, double value)
    {
        Span<byte> bytes = to.GetSpan(Varint.MaxLength + sizeof(double));
        int length = Varint.Write(bytes, (ulong)field << 3 | 1);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes[length..], value);
        to.Advance(length + sizeof(double));
    }

    /// <summary>A message, a string, or bytes.</summary>
    public static void Bytes(IBufferWriter<byte> to, int field, ReadOnlySpan<byte> value)
    {
        Span<byte> head = to.GetSpan(2 * Varint.MaxLength);
        int length = Varint.Write(head, (ulong)field << 3 | 2);
        to.Advance(length + Varint.Write(head[length..], (ulong)value.Length));
        to.Write(value);
    }
}
