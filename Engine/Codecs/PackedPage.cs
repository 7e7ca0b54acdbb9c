using System;

namespace Slungd.Engine.Codecs;

/// <summary>Timestamps and integers as <see cref="PackedIntegers"/>: id, then that.</summary>
internal static class PackedPage
{
    /// <summary>False when it takes more than <paramref name="to"/>.</summary>
    public static bool TryEncode(PageEncoding id, ReadOnlySpan<long> numbers, CodecEffort effort, Span<byte> to,
        out int length)
    {
        length = 0;
        if (!PackedIntegers.TryEncode(numbers, effort, to[1..], out int body)) return false;
        to[0] = (byte)id;
        length = 1 + body;
        return true;
    }

    /// <inheritdoc cref="PackedIntegers.TryDecode"/>
    public static bool TryDecode(ReadOnlySpan<byte> body, int count, int from, Span<long> into) =>
        PackedIntegers.TryDecode(body, count, from, -1, into);
}
