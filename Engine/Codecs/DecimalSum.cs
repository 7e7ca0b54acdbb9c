using System;
using System.Runtime.CompilerServices;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>The sum of a decimal page: that of its integers, which is exact, divided once. Packed blocks are summed as
/// they are; no value is restored.</summary>
[SkipLocalsInit]
internal static class DecimalSum
{
    /// <summary>False when the page has misses, which may be anything, or is not sound.</summary>
    /// <param name="body">Of a decimal page.</param>
    /// <param name="count">Values it was written for.</param>
    /// <param name="sum">Within 1e-15 of the sum of magnitudes.</param>
    public static bool TryGet(ReadOnlySpan<byte> body, int count, out double sum)
    {
        sum = 0;
        int at = 1;
        if (body.IsEmpty || body[0] > DecimalScale.MaxDigits) return false;
        if (!Varint.TryRead(body, ref at, out ulong misses) || misses > 0) return false;
        if (!PackedIntegers.TrySum(body[at..], count, out Int128 integers)) return false;
        // Rounded twice: to a float, and by the division.
        sum = (double)integers / DecimalScale.Power(body[0]);
        return true;
    }
}
