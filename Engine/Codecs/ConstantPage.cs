using System;
using System.Buffers.Binary;

namespace Slungd.Engine.Codecs;

/// <summary>Values that are all the same: id, then the 8 bytes of one, little-endian.</summary>
internal static class ConstantPage
{
    private const int Length = 1 + sizeof(ulong);

    /// <summary>False when two values differ in a bit.</summary>
    public static bool TryEncode(ReadOnlySpan<ulong> values, Span<byte> to, out int length)
    {
        length = 0;
        if (to.Length < Length || values.ContainsAnyExcept(values[0])) return false;
        to[0] = (byte)PageEncoding.ValuesConstant;
        BinaryPrimitives.WriteUInt64LittleEndian(to[1..], values[0]);
        length = Length;
        return true;
    }

    public static bool TryDecode(ReadOnlySpan<byte> body, Span<ulong> into)
    {
        if (body.Length != Length - 1) return false;
        into.Fill(BinaryPrimitives.ReadUInt64LittleEndian(body));
        return true;
    }
}
