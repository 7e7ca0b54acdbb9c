using System;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>Floats that were written as decimals: value = integer / 10^digits, rounded to the nearest float, which
/// gives back the very bits. id, u8 digits, varint count of misses, the misses (varint gap, 8 bytes of the value), then
/// the integers as <see cref="PackedIntegers"/>. A miss (NaN, infinity, -0, full precision) stands in the column as the
/// integer before it.</summary>
internal static class DecimalPage
{
    private const int MinSamples = 8;
    private const int MaxSamples = 32;
    private const int MissBits = 80;

    /// <summary>How many digits after the point suit the values; false when too few of a sample are decimals.</summary>
    public static bool TryFindDigits(ReadOnlySpan<double> values, out int digits)
    {
        digits = 0;
        Span<int> ofDigits = stackalloc int[DecimalScale.MaxDigits + 1];
        ofDigits.Clear();
        int samples = Math.Min(Math.Clamp(values.Length / 16, MinSamples, MaxSamples), values.Length), misses = 0;
        for (int i = 0; i < samples; i++)
        {
            int needed = DigitsOf(values[(int)((uint)(i * 2 + 1) * (uint)values.Length / (uint)(2 * samples))], digits);
            if (needed < 0)
            {
                if (++misses > samples / 4) return false;
                continue;
            }
            ofDigits[needed]++;
            digits = Math.Max(digits, needed);
        }
        ChooseDigits(ofDigits, samples, ref digits);
        return true;
    }

    /// <summary>Whether so many digits, which suited another column, are the fewest that suit these values, too: a look
    /// at three of them. Most pages of a thread are alike.</summary>
    public static bool AreLikely(ReadOnlySpan<double> values, int digits)
    {
        int needing = 0;
        for (int i = 1; i <= 5; i += 2)
        {
            double value = values[(int)((uint)i * (uint)values.Length / 6)];
            if (!DecimalScale.TryGet(value, digits, out _)) return false;
            if (digits == 0 || !DecimalScale.TryGet(value, digits - 1, out _)) needing++;
        }
        return needing >= 2;
    }

    /// <summary>False when it takes more than <paramref name="to"/>.</summary>
    /// <param name="values">The page.</param>
    /// <param name="digits">After the point.</param>
    /// <param name="mayMiss">Otherwise false, too, when a value has more digits.</param>
    /// <param name="effort">How hard to try.</param>
    /// <param name="scratch">The thread's.</param>
    /// <param name="to">The page's room.</param>
    /// <param name="length">Of the page.</param>
    public static bool TryEncode(ReadOnlySpan<double> values, int digits, bool mayMiss, CodecEffort effort,
        CodecScratch scratch, Span<byte> to, out int length)
    {
        length = 0;
        Span<long> integers = scratch.Integers(values.Length);
        Span<ushort> misses = scratch.Misses(values.Length);
        misses = misses[..Kernels.ToDecimals(values, digits, integers, misses)];
        if (misses.Length > 0 && !mayMiss) return false;
        if (2 + Varint.MaxLength + misses.Length * (Varint.MaxLength + sizeof(double)) > to.Length) return false;
        to[0] = (byte)PageEncoding.ValuesDecimal;
        to[1] = (byte)digits;
        int at = 2 + Varint.Write(to[2..], (ulong)misses.Length);
        int next = 0;
        foreach (ushort miss in misses)
        {
            at += Varint.Write(to[at..], (ulong)(miss - next));
            BitConverter.TryWriteBytes(to[at..], values[miss]);
            at += sizeof(double);
            next = miss + 1;
        }
        if (!PackedIntegers.TryEncode(integers, effort, to[at..], out int body)) return false;
        length = at + body;
        return true;
    }

    /// <summary>Restores a range of the <paramref name="count"/> values; see <see cref="PackedIntegers.TryDecode"/>.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, int count, int from, Span<ulong> into)
    {
        if (!TryReadHeader(body, count, out int digits, out int misses, out int at)) return false;
        int missesAt = at;
        // First over the misses without storing them, then the integers, then the misses on top.
        for (int i = 0; i < misses; i++)
        {
            if (!Varint.TryRead(body, ref at, out _) || body.Length - at < sizeof(double)) return false;
            at += sizeof(double);
        }
        if (!PackedIntegers.TryDecode(body[at..], count, from, digits, Reinterpret.AsInt64(into))) return false;
        at = missesAt;
        for (int position = 0; misses > 0; misses--, position++)
        {
            Varint.TryRead(body, ref at, out ulong gap);
            if (gap >= (ulong)(count - position)) return false;
            position += (int)gap;
            if ((uint)(position - from) < (uint)into.Length) into[position - from] = BitConverter.ToUInt64(body[at..]);
            at += sizeof(double);
        }
        return true;
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> body, int count, out int digits, out int misses, out int at)
    {
        (digits, misses, at) = (0, 0, 1);
        if (body.IsEmpty || body[0] > DecimalScale.MaxDigits) return false;
        digits = body[0];
        if (!Varint.TryRead(body, ref at, out ulong read) || read > (ulong)count) return false;
        misses = (int)read;
        return true;
    }

    /// <summary>The fewest digits that give the value exactly, -1 when none do.</summary>
    /// <param name="value">Any float.</param>
    /// <param name="likely">What the values before needed: tried first.</param>
    private static int DigitsOf(double value, int likely)
    {
        int enough = likely;
        if (!DecimalScale.TryGet(value, likely, out _))
        {
            // More digits than needed do no harm while the integer stays in bounds: so one trial at the bound (or two,
            // as it is known to a digit only) tells whether any will do.
            int exponent = (int)(BitConverter.DoubleToInt64Bits(value) >> 52 & 0x7ff) - 1023;
            enough = Math.Clamp((50 - exponent) * 1233 >> 12, 0, DecimalScale.MaxDigits); // log10(2) = 1233 / 4096
            if (!DecimalScale.TryGet(value, enough, out _))
            {
                if (++enough > DecimalScale.MaxDigits || !DecimalScale.TryGet(value, enough, out _)) return -1;
            }
        }
        if (enough == 0 || enough == likely && !DecimalScale.TryGet(value, likely - 1, out _)) return enough;
        int digits = 0;
        while (!DecimalScale.TryGet(value, digits, out _)) digits++;
        return digits;
    }

    /// <summary>Fewer digits make narrower integers but more misses: a digit costs 3.3 bits of every value, a miss
    /// 80.</summary>
    private static void ChooseDigits(ReadOnlySpan<int> ofDigits, int samples, ref int digits)
    {
        double bestCost = double.MaxValue;
        int held = 0;
        for (int candidate = 0; candidate < ofDigits.Length; candidate++)
        {
            held += ofDigits[candidate];
            if (ofDigits[candidate] == 0) continue;
            double cost = 3.33 * candidate * samples + MissBits * (samples - held);
            if (cost >= bestCost) continue;
            bestCost = cost;
            digits = candidate;
        }
    }
}
