using System;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>Timestamps at equal distances but for a few gaps: id, signed first, then for each run a varint of how many
/// steps it takes, the steps' signed length, and, unless the page ends there, the signed distance to the first of the
/// next run. Modulo 2^64.</summary>
internal static class RunsPage
{
    // Shorter runs are smaller as packed deltas with exceptions.
    private const int MeanRun = 512;

    /// <summary>False when there are many runs, or no room.</summary>
    public static bool TryEncode(ReadOnlySpan<long> timestamps, Span<byte> to, out int length)
    {
        length = 0;
        if (to.Length < 1 + Varint.MaxLength) return false;
        to[0] = (byte)PageEncoding.TimestampsRuns;
        int at = 1 + Varint.WriteSigned(to[1..], timestamps[0]), runs = 0;
        for (int i = 0; i < timestamps.Length; i++)
        {
            if (++runs > 1 + timestamps.Length / MeanRun || to.Length - at < 3 * Varint.MaxLength) return false;
            int first = i;
            long step = i + 1 < timestamps.Length ? timestamps[i + 1] - timestamps[i] : 0;
            while (i + 1 < timestamps.Length && timestamps[i + 1] - timestamps[i] == step) i++;
            at += Varint.Write(to[at..], (ulong)(i - first));
            at += Varint.WriteSigned(to[at..], step);
            if (i + 1 < timestamps.Length) at += Varint.WriteSigned(to[at..], timestamps[i + 1] - timestamps[i]);
        }
        length = at;
        return true;
    }

    /// <summary>Restores the timestamps from number <paramref name="first"/> of <paramref name="count"/> on.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, int count, int first, Span<long> into)
    {
        int at = 0;
        if (!Varint.TryReadSigned(body, ref at, out long start)) return false;
        for (int i = 0; i < count;)
        {
            if (!Varint.TryRead(body, ref at, out ulong steps) || steps >= (ulong)(count - i)) return false;
            if (!Varint.TryReadSigned(body, ref at, out long step)) return false;
            int end = i + (int)steps + 1, from = Math.Max(i, first), to = Math.Min(end, first + into.Length);
            if (from < to) Kernels.Fill(into[(from - first)..(to - first)], start + (from - i) * step, step);
            start += (long)steps * step;
            i = end;
            if (i == count) break;
            if (!Varint.TryReadSigned(body, ref at, out long gap)) return false;
            start += gap;
        }
        return at == body.Length;
    }
}
