using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Slungd.Native.Bits;

namespace Slungd.Engine.PromQL.Histograms;

/// <summary>A histogram as the payload of a point. Little-endian, varints as in <see cref="Varint"/>:
/// <code>
/// u8 version (1) | u8 flags | i8 schema | f64 sum | [f64 zero threshold] | number count | number zero count |
/// [varint n, n x f64 bounds] | side positive | [side negative]
/// side   := varint n, n x ( signed varint index, from the index before + 1 | number count )
/// number := varint when all counts are whole and below 2^53, else f64
/// flags  := bits 0-1 hint | bit 2 whole numbers | bit 3 threshold is not 0 | bit 4 custom bounds | bit 5 negative side
/// </code>
/// A stale marker is a histogram whose sum is the stale NaN.</summary>
internal static class HistogramCodec
{
    private const byte Version = 1;
    private const byte Whole = 4;
    private const byte HasThreshold = 8;
    private const byte HasBounds = 16;
    private const byte HasNegative = 32;
    private const byte Known = 0x3f;
    private const double MaxWhole = 1L << 53;

    public static byte[] Encode(FloatHistogram histogram)
    {
        bool whole = AreWhole(histogram);
        byte flags = (byte)((byte)histogram.Hint | (whole ? Whole : 0) |
            (histogram.ZeroThreshold != 0 ? HasThreshold : 0) | (histogram.IsCustom ? HasBounds : 0) |
            (histogram.Negative.Length > 0 ? HasNegative : 0));
        List<byte> into = [Version, flags, (byte)(sbyte)histogram.Schema];
        PutFloat(into, histogram.Sum);
        if (histogram.ZeroThreshold != 0) PutFloat(into, histogram.ZeroThreshold);
        PutNumber(into, histogram.Count, whole);
        PutNumber(into, histogram.ZeroCount, whole);
        if (histogram.IsCustom)
        {
            PutVarint(into, (ulong)histogram.Bounds.Length);
            foreach (double bound in histogram.Bounds) PutFloat(into, bound);
        }
        PutSide(into, histogram.Positive, whole);
        if (histogram.Negative.Length > 0) PutSide(into, histogram.Negative, whole);
        return [.. into];
    }

    /// <summary>False when the bytes are no histogram.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> from, out FloatHistogram histogram)
    {
        histogram = new FloatHistogram();
        if (from.Length < 3 || from[0] != Version || (from[1] & ~Known) != 0) return false;
        byte flags = from[1];
        int schema = (sbyte)from[2], at = 3;
        bool whole = (flags & Whole) != 0, custom = (flags & HasBounds) != 0;
        if (custom ? schema != FloatHistogram.CustomSchema || (flags & (HasNegative | HasThreshold)) != 0
            : schema is < FloatHistogram.MinSchema or > FloatHistogram.MaxSchema) return false;
        histogram.Schema = schema;
        histogram.Hint = (CounterResetHint)(flags & 3);
        double threshold = 0;
        if (!TryFloat(from, ref at, out double sum)) return false;
        if ((flags & HasThreshold) != 0 && (!TryFloat(from, ref at, out threshold) || !(threshold > 0))) return false;
        if (!TryNumber(from, ref at, whole, out double count)) return false;
        if (!TryNumber(from, ref at, whole, out double zeroCount)) return false;
        histogram.Sum = sum;
        histogram.ZeroThreshold = threshold;
        histogram.Count = count;
        histogram.ZeroCount = zeroCount;
        if (custom && !TryBounds(from, ref at, histogram)) return false;
        if (!TrySide(from, ref at, whole, histogram.Positive)) return false;
        if (custom && OutsideBounds(histogram)) return false;
        if ((flags & HasNegative) != 0 && !TrySide(from, ref at, whole, histogram.Negative)) return false;
        return at == from.Length;
    }

    private static bool TryBounds(ReadOnlySpan<byte> from, ref int at, FloatHistogram into)
    {
        if (!Varint.TryRead(from, ref at, out ulong length) || length > (ulong)(from.Length - at) / 8) return false;
        double[] bounds = new double[length];
        double before = double.NegativeInfinity;
        foreach (ref double bound in bounds.AsSpan())
        {
            if (!TryFloat(from, ref at, out bound) || !(bound > before) || double.IsInfinity(bound)) return false;
            before = bound;
        }
        into.Bounds = bounds;
        return true;
    }

    private static bool OutsideBounds(FloatHistogram histogram) => histogram.Positive.Length > 0 &&
        (histogram.Positive.Indexes[0] < 0 || histogram.Positive.Indexes[^1] > histogram.Bounds.Length);

    private static bool TrySide(ReadOnlySpan<byte> from, ref int at, bool whole, BucketList into)
    {
        if (!Varint.TryRead(from, ref at, out ulong length) || length > (ulong)(from.Length - at)) return false;
        long next = 0;
        for (ulong i = 0; i < length; i++)
        {
            if (!Varint.TryReadSigned(from, ref at, out long skip)) return false;
            if (i > 0 && skip < 0 || skip is < int.MinValue or > int.MaxValue) return false;
            next += skip;
            if (next is < int.MinValue / 2 or > int.MaxValue / 2) return false;
            if (!TryNumber(from, ref at, whole, out double count)) return false;
            into.Append((int)next, count);
            next++;
        }
        return true;
    }

    private static void PutSide(List<byte> into, BucketList side, bool whole)
    {
        PutVarint(into, (ulong)side.Length);
        long next = 0;
        for (int i = 0; i < side.Length; i++)
        {
            PutVarint(into, Varint.ZigZag(side.Indexes[i] - next));
            PutNumber(into, side.Counts[i], whole);
            next = side.Indexes[i] + 1L;
        }
    }

    private static bool AreWhole(FloatHistogram histogram)
    {
        if (!IsWhole(histogram.Count) || !IsWhole(histogram.ZeroCount)) return false;
        foreach (double count in histogram.Positive.Counts)
            if (!IsWhole(count)) return false;
        foreach (double count in histogram.Negative.Counts)
            if (!IsWhole(count)) return false;
        return true;
    }

    // Minus zero is not whole: it would come back as zero.
    private static bool IsWhole(double number) => number is >= 0 and < MaxWhole && number == Math.Floor(number) &&
        !double.IsNegative(number);

    private static void PutNumber(List<byte> into, double number, bool whole)
    {
        if (whole) PutVarint(into, (ulong)number);
        else PutFloat(into, number);
    }

    private static void PutFloat(List<byte> into, double number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(bytes, number);
        into.AddRange(bytes);
    }

    private static void PutVarint(List<byte> into, ulong number)
    {
        Span<byte> bytes = stackalloc byte[10];
        into.AddRange(bytes[..Varint.Write(bytes, number)]);
    }

    private static bool TryNumber(ReadOnlySpan<byte> from, ref int at, bool whole, out double number)
    {
        if (!whole) return TryFloat(from, ref at, out number);
        bool read = Varint.TryRead(from, ref at, out ulong bits);
        number = bits;
        return read && bits < MaxWhole;
    }

    private static bool TryFloat(ReadOnlySpan<byte> from, ref int at, out double number)
    {
        number = 0;
        if (from.Length - at < 8) return false;
        number = BinaryPrimitives.ReadDoubleLittleEndian(from[at..]);
        at += 8;
        return true;
    }
}
