using System;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>Timestamps at equal distances: id, then start and step as zigzag varints. Modulo 2^64, so that any distance
/// has a step.</summary>
internal static class RegularPage
{
    /// <summary>False when the distances differ, or there is no room.</summary>
    public static bool TryEncode(ReadOnlySpan<long> timestamps, Span<byte> to, out int length)
    {
        length = 0;
        long step = timestamps.Length > 1 ? timestamps[1] - timestamps[0] : 0;
        if (!Kernels.IsRegular(timestamps, step)) return false;
        Span<byte> page = stackalloc byte[1 + 2 * Varint.MaxLength];
        page[0] = (byte)PageEncoding.TimestampsRegular;
        int end = 1 + Varint.WriteSigned(page[1..], timestamps[0]);
        end += Varint.WriteSigned(page[end..], step);
        if (!page[..end].TryCopyTo(to)) return false;
        length = end;
        return true;
    }

    /// <summary>Restores the timestamps from number <paramref name="from"/> on.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, int from, Span<long> into)
    {
        int at = 0;
        if (!Varint.TryReadSigned(body, ref at, out long start)) return false;
        if (!Varint.TryReadSigned(body, ref at, out long step) || at != body.Length) return false;
        Kernels.Fill(into, start + from * step, step);
        return true;
    }
}
