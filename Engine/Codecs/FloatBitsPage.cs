using System;
using System.Numerics;
using Slungd.Native.Bits;

namespace Slungd.Engine.Codecs;

/// <summary>Floats as the integers of their bits, without the zero bits that all have at the end (those of values that
/// were once 32-bit floats, say): id, u8 how many, then <see cref="PackedIntegers"/>. Good where sign and exponent
/// hardly change.</summary>
internal static class FloatBitsPage
{
    /// <summary>False when it takes more than <paramref name="to"/>.</summary>
    public static bool TryEncode(ReadOnlySpan<ulong> values, CodecEffort effort, Span<long> scratch, Span<byte> to,
        out int length)
    {
        length = 0;
        if (to.Length < 2) return false;
        int shift = Shift(values, scratch);
        if (!PackedIntegers.TryEncode(scratch[..values.Length], effort, to[2..], out int body)) return false;
        to[0] = (byte)PageEncoding.ValuesFloatBits;
        to[1] = (byte)shift;
        length = 2 + body;
        return true;
    }

    /// <summary>Restores a range of the <paramref name="count"/> values; see <see cref="PackedIntegers.TryDecode"/>.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, int count, int from, Span<ulong> into)
    {
        if (body.IsEmpty || body[0] > 63) return false;
        int shift = body[0];
        if (!PackedIntegers.TryDecode(body[1..], count, from, -1, Reinterpret.AsInt64(into))) return false;
        if (shift == 0) return true;
        foreach (ref ulong value in into) value <<= shift;
        return true;
    }

    private static int Shift(ReadOnlySpan<ulong> values, Span<long> scratch)
    {
        ulong any = 0;
        foreach (ulong value in values) any |= value;
        int shift = any == 0 ? 0 : BitOperations.TrailingZeroCount(any);
        for (int i = 0; i < values.Length; i++) scratch[i] = (long)(values[i] >> shift);
        return shift;
    }
}
