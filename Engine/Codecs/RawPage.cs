using System;
using Slungd.Native.Bits;

namespace Slungd.Engine.Codecs;

/// <summary>The fallback for timestamps and values: id, then 8 bytes little-endian each.</summary>
internal static class RawPage
{
    public static int EncodedSize(int count) => 1 + sizeof(ulong) * count;

    public static int Encode(PageEncoding id, ReadOnlySpan<long> numbers, Span<byte> to)
    {
        to[0] = (byte)id;
        Reinterpret.AsBytes(numbers).CopyTo(to[1..]);
        return EncodedSize(numbers.Length);
    }

    /// <summary>Restores a range of the <paramref name="count"/> numbers.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, int count, int from, Span<long> into)
    {
        if (body.Length != sizeof(ulong) * count) return false;
        body.Slice(sizeof(ulong) * from, sizeof(ulong) * into.Length).CopyTo(Reinterpret.AsBytes(into));
        return true;
    }
}
