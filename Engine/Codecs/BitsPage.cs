using System;

namespace Slungd.Engine.Codecs;

/// <summary>Booleans: id, then one bit each, the first in the lowest bit of the first byte; spare bits are zero.
/// </summary>
internal static class BitsPage
{
    /// <summary>False when a value is neither 0 nor 1, or there is no room.</summary>
    public static bool TryEncode(ReadOnlySpan<ulong> values, Span<byte> to, out int length)
    {
        length = 0;
        int end = 1 + (values.Length + 7) / 8;
        if (to.Length < end || values.ContainsAnyExcept(0ul, 1ul)) return false;
        to[0] = (byte)PageEncoding.ValuesBits;
        to[1..end].Clear();
        for (int i = 0; i < values.Length; i++) to[1 + i / 8] |= (byte)(values[i] << i % 8);
        length = end;
        return true;
    }

    /// <summary>Restores a range of the <paramref name="count"/> values.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, int count, int from, Span<ulong> into)
    {
        if (body.Length != (count + 7) / 8) return false;
        if (count % 8 != 0 && body[^1] >> count % 8 != 0) return false;
        for (int i = 0; i < into.Length; i++) into[i] = (ulong)(body[(from + i) / 8] >> (from + i) % 8 & 1);
        return true;
    }
}
