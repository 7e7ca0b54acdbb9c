using System;
using System.Numerics;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>The shape that a column of integers is taken to have: a line (step 0: a constant), or each number near the
/// one before; everything may be in multiples of a scale. What the model leaves of the numbers is written. All
/// arithmetic is modulo 2^64, so every column has an exact form.</summary>
internal readonly record struct IntegerModel(bool IsDelta, long Scale, long Step)
{
    /// <summary>first, scale, step.</summary>
    public const int MaxHeaderLength = 3 * Varint.MaxLength;

    public const byte DeltaFlag = 1;
    public const byte ScaleFlag = 2;

    /// <summary>What the first byte of a column says of the model.</summary>
    public byte Flags => (byte)((IsDelta ? DeltaFlag : 0) | (Scale != 1 ? ScaleFlag : 0));

    /// <summary>A line without scale and slope costs nothing: its start is part of each block's origin.</summary>
    public bool IsFlat => !IsDelta && Scale == 1 && Step == 0;

    /// <summary>Deltas without a scale.</summary>
    public bool IsPlainDelta => IsDelta && Scale == 1;

    /// <summary>The nearest whole step from the first number to the last; 0 where a line leads nowhere, since the
    /// middle is not near it.</summary>
    public static long Trend(ReadOnlySpan<long> numbers, long scale)
    {
        if (numbers.Length < 2) return 0;
        double rise = (double)numbers[^1] - numbers[0], half = (double)numbers[numbers.Length / 2] - numbers[0];
        if (Math.Abs(half - rise / 2) > Math.Abs(rise) / 4) return 0;
        (long step, long rest) = Math.DivRem((numbers[^1] - numbers[0]) / scale, numbers.Length - 1);
        if (rest * 2 >= numbers.Length) step++;
        else if (rest * 2 <= -numbers.Length) step--;
        return step;
    }

    /// <summary>What the model leaves of the numbers from <paramref name="start"/> on.</summary>
    public void Reduce(ReadOnlySpan<long> numbers, int start, Span<long> into)
    {
        ReadOnlySpan<long> part = numbers.Slice(start, into.Length);
        if (IsDelta)
        {
            Kernels.Deltas(part, start == 0 ? First(numbers) : numbers[start - 1], into);
            if (Scale != 1) DivideExactly(into, Scale);
            return;
        }
        part.CopyTo(into);
        if (Scale != 1)
        {
            Kernels.AddLine(into, -numbers[0], 0);
            DivideExactly(into, Scale);
            Kernels.AddLine(into, -start * Step, -Step);
            return;
        }
        Kernels.AddLine(into, -(numbers[0] + start * Step), -Step);
    }

    /// <summary>Undoes <see cref="Reduce"/> in place, but for a flat model's first number. Returns the block's last
    /// number.</summary>
    /// <param name="block">The numbers from <paramref name="start"/> on.</param>
    /// <param name="start">Where in the column.</param>
    /// <param name="first">The number that the header holds.</param>
    /// <param name="before">Of deltas the number before the block.</param>
    /// <param name="digits">Not negative: the numbers become the bits of decimals.</param>
    public long Restore(Span<long> block, int start, long first, long before, int digits)
    {
        if (Scale != 1) Multiply(block, Scale);
        if (IsDelta)
            return digits < 0 ? Kernels.PrefixSum(block, before) : Kernels.PrefixSumDecimals(block, before, digits);
        long slope = Step * Scale;
        if (!IsFlat) Kernels.AddLine(block, first + start * slope, slope);
        long last = block[^1];
        if (digits >= 0) Kernels.FromDecimals(block, digits);
        return last;
    }

    /// <summary>The number that the header holds: of a line the first; of deltas the one before the first, such that
    /// the first delta is like the second.</summary>
    public long First(ReadOnlySpan<long> numbers) =>
        IsDelta && numbers.Length > 1 ? numbers[0] - (numbers[1] - numbers[0]) : numbers[0];

    /// <summary>Writes what follows the flags; returns the length.</summary>
    public int WriteHeader(ReadOnlySpan<long> numbers, Span<byte> to)
    {
        int at = Varint.WriteSigned(to, First(numbers));
        if (Scale != 1) at += Varint.Write(to[at..], (ulong)Scale);
        if (!IsDelta) at += Varint.WriteSigned(to[at..], Step);
        return at;
    }

    public static bool TryReadHeader(byte flags, ReadOnlySpan<byte> body, ref int at, out long first,
        out IntegerModel model)
    {
        model = default;
        if (!Varint.TryReadSigned(body, ref at, out first)) return false;
        ulong scale = 1;
        if ((flags & ScaleFlag) != 0 && !Varint.TryRead(body, ref at, out scale)) return false;
        long step = 0;
        bool isDelta = (flags & DeltaFlag) != 0;
        if (!isDelta && !Varint.TryReadSigned(body, ref at, out step)) return false;
        model = new IntegerModel(isDelta, (long)scale, step);
        return true;
    }

    /// <summary>A number that divides the distances of sampled numbers to the first one; milliseconds stored as
    /// nanoseconds have a million. If it does not divide some other distance, that one merely packs badly.</summary>
    public static long CommonDivisor(ReadOnlySpan<long> numbers)
    {
        const int Samples = 32;
        ulong divisor = 0;
        int stride = numbers.Length / Samples | 1; // odd, so that it meets all phases of a pattern of 2, 4, 8 ...
        for (int i = numbers.Length - 1; i > 0 && divisor != 1; i -= stride)
        {
            long distance = numbers[i] - numbers[i - 1];
            divisor = GreatestCommonDivisor(divisor, distance < 0 ? 0 - (ulong)distance : (ulong)distance);
        }
        if (divisor is 0 or 1 or > long.MaxValue) return 1;
        // Any odd number divides exactly modulo 2^64; a power of two must divide every distance.
        int shift = BitOperations.TrailingZeroCount(divisor);
        if (shift == 0) return (long)divisor;
        long any = 0;
        foreach (long number in numbers) any |= number - numbers[0];
        return (long)(divisor >> shift) << Math.Min(shift, BitOperations.TrailingZeroCount(any));
    }

    private static ulong GreatestCommonDivisor(ulong a, ulong b)
    {
        if (a == 0 || b == 0) return a | b;
        int shift = BitOperations.TrailingZeroCount(a | b);
        a >>= BitOperations.TrailingZeroCount(a);
        while (b != 0)
        {
            b >>= BitOperations.TrailingZeroCount(b);
            (a, b) = a < b ? (a, b - a) : (b, a - b);
        }
        return a << shift;
    }

    /// <summary>Divides each number by the scale, so that multiplying gives it back modulo 2^64 whatever it is.
    /// </summary>
    private static void DivideExactly(Span<long> numbers, long scale)
    {
        int shift = BitOperations.TrailingZeroCount(scale);
        long odd = scale >> shift;
        // The inverse of an odd number modulo 2^64; each step of Newton's method doubles the right bits, from 3 on.
        long inverse = odd;
        for (int bits = 3; bits < 64; bits *= 2) inverse *= 2 - odd * inverse;
        foreach (ref long number in numbers) number = (number >> shift) * inverse;
    }

    private static void Multiply(Span<long> numbers, long scale)
    {
        foreach (ref long number in numbers) number *= scale;
    }
}
