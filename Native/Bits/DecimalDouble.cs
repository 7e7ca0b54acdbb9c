using System;
using System.Numerics;

namespace Slungd.Native.Bits;

/// <summary>Decimal digits to the nearest double, ties to even, as `double.Parse` does it but without looking at text:
/// one or two multiplications by a power of five of 128 bits (D. Lemire, "Number Parsing at a Gigabyte per Second",
/// 2021, algorithm 1). Within these powers the product is always precise enough, so there is no second path.</summary>
internal static class DecimalDouble
{
    /// <summary>The most digits that always fit in 64 bits.</summary>
    public const int MaxDigits = 19;

    /// <summary>The largest power of five in 64 bits, and the largest power of ten here, up and down.</summary>
    public const int MaxPower = 27;

    private const int MantissaBits = 52;
    private const int ExponentBias = 1023;

    // 5^q with the highest bit set, from q = -MaxPower on: exact from 0 on, below rounded up.
    private static readonly UInt128[] s_powers = Powers();

    /// <summary>The bits of digits * 10^power.</summary>
    /// <param name="digits">Any number.</param>
    /// <param name="power">Between -<see cref="MaxPower"/> and <see cref="MaxPower"/>.</param>
    public static ulong Bits(ulong digits, int power)
    {
        if (digits == 0) return 0;
        int zeros = BitOperations.LeadingZeroCount(digits);
        digits <<= zeros;
        UInt128 five = s_powers[power + MaxPower];
        ulong upper = Math.BigMul(digits, (ulong)(five >> 64), out ulong lower);
        if ((upper & 0x1ff) == 0x1ff) // too close to call with the high half alone
        {
            ulong carry = Math.BigMul(digits, (ulong)five, out _);
            lower += carry;
            if (lower < carry) upper++;
        }
        int top = (int)(upper >> 63);
        int shift = top + 64 - MantissaBits - 3;
        ulong mantissa = upper >> shift; // 54 bits: the last decides the rounding
        int exponent = (217706 * power >> 16) + 63 + top - zeros + ExponentBias; // 217706 / 2^16: log2 of 10
        bool isTie = lower <= 1 && power is >= -4 and <= 23 && (mantissa & 3) == 1 && mantissa << shift == upper;
        if (isTie) mantissa &= ~1UL;
        mantissa = mantissa + (mantissa & 1) >> 1;
        if (mantissa == 2UL << MantissaBits) // rounded up to the next power of two
        {
            mantissa = 1UL << MantissaBits;
            exponent++;
        }
        return mantissa & ~(1UL << MantissaBits) | (ulong)exponent << MantissaBits;
    }

    private static UInt128[] Powers()
    {
        var powers = new UInt128[2 * MaxPower + 1];
        ulong five = 1;
        for (int q = 0; q <= MaxPower; q++, five *= 5)
        {
            int zeros = BitOperations.LeadingZeroCount(five);
            powers[MaxPower + q] = (UInt128)five << 64 + zeros;
            powers[MaxPower - q] = q == 0 ? powers[MaxPower] : Reciprocal(five, 64 - zeros + 127);
        }
        return powers;
    }

    /// <summary>2^exponent / divisor, one more than rounded down.</summary>
    private static UInt128 Reciprocal(ulong divisor, int exponent)
    {
        UInt128 quotient = 0;
        ulong rest = 1;
        for (int i = 0; i < exponent; i++)
        {
            rest <<= 1;
            quotient <<= 1;
            if (rest < divisor) continue;
            rest -= divisor;
            quotient |= 1;
        }
        return quotient + 1;
    }
}
