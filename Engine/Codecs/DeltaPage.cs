using System;
using Slungd.Native.Bits;

namespace Slungd.Engine.Codecs;

/// <summary>Timestamps as differences: id, then the first timestamp and each difference to the one before as zigzag
/// varints.</summary>
internal static class DeltaPage
{
    /// <summary>False when it takes more than <paramref name="to"/>.</summary>
    public static bool TryEncode(ReadOnlySpan<long> timestamps, Span<byte> to, out int length)
    {
        length = 0;
        to[0] = (byte)PageEncoding.TimestampsDelta;
        int at = 1;
        long previous = 0;
        foreach (long timestamp in timestamps)
        {
            ulong delta = Varint.ZigZag(timestamp - previous);
            previous = timestamp;
            if (to.Length - at < Varint.MaxLength && to.Length - at < Varint.LengthOf(delta)) return false;
            at += Varint.Write(to[at..], delta);
        }
        length = at;
        return true;
    }

    public static bool TryDecode(ReadOnlySpan<byte> body, Span<long> into)
    {
        int at = 0;
        long previous = 0;
        for (int i = 0; i < into.Length; i++)
        {
            if (!Varint.TryReadSigned(body, ref at, out long delta)) return false;
            previous += delta;
            into[i] = previous;
        }
        return at == body.Length;
    }
}
