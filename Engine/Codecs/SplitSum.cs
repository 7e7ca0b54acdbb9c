using System;
using System.Runtime.CompilerServices;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>The sum of a split page, without storing its values. A miss is summed with the left part that its index
/// names, the first one, and then put right.</summary>
[SkipLocalsInit]
internal static class SplitSum
{
    // Floats of smaller exponents are finite, and so are 2^16 of them in a sum.
    private const int ExponentBound = 0x7ff - 32;

    /// <summary>False when a value may be NaN, infinite or nearly so, when the first left part is too great for so many
    /// misses, or when the page is not sound.</summary>
    /// <param name="body">Of a split page.</param>
    /// <param name="count">Values it was written for.</param>
    /// <param name="sum">Within 1e-15 of the sum of magnitudes.</param>
    public static bool TryGet(ReadOnlySpan<byte> body, int count, out double sum)
    {
        sum = 0;
        if (!SplitBody.TryRead(body, count, out SplitBody split)) return false;
        foreach (ushort left in split.Lefts)
            if (!IsSmall(left, split.Right)) return false;

        double high = 0, low = 0, wrong = 0;
        split.Blocks.Sum(ref high, ref low);
        if (split.TailLength > 0)
        {
            Span<ulong> tail = stackalloc ulong[BitPacking.BlockLength];
            tail = tail[..split.TailLength];
            split.JoinTail(tail);
            Kernels.Sum(Reinterpret.AsDoubles(tail), ref high, ref low);
        }
        ulong first = (ulong)split.Lefts[0] << split.Right;
        int at = 0, position = 0;
        for (int i = 0; i < split.MissCount; i++, position++)
        {
            if (!split.TryReadMiss(ref at, ref position, out ulong left) || !IsSmall(left, split.Right)) return false;
            ulong right = split.RightAt(position);
            double summed = BitConverter.UInt64BitsToDouble(first | right);
            double value = BitConverter.UInt64BitsToDouble(left << split.Right | right);
            FloatAggregate.TwoSum(ref high, ref low, value - summed);
            wrong += Math.Abs(summed);
        }
        sum = high + low;
        // Kernels err by 2^-52 of the magnitudes that they see, and the differences by half of that. What misses add to
        // the magnitudes must not exceed those of the true values, which are at least the sum: then it is less than
        // 2^-50, 0.9e-15.
        return split.EndsAt(at) && wrong <= Math.Abs(sum);
    }

    private static bool IsSmall(ulong left, int right)
    {
        ulong greatest = left << right | (1ul << right) - 1;
        return (greatest >> 52 & 0x7ff) < ExponentBound;
    }
}
