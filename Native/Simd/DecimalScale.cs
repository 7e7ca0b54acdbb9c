using System;

namespace Slungd.Native.Simd;

/// <summary>Powers of ten for floats that were written as decimals.</summary>
internal static class DecimalScale
{
    /// <summary>The most digits after the point; 10^15 has 35 significant bits and stands exactly in a float.</summary>
    public const int MaxDigits = 15;

    /// <summary>Integers of decimals stay below this in magnitude: then adding <see cref="Magic"/> rounds to the
    /// nearest integer and leaves it in the low bits.</summary>
    public const double Bound = 1L << 51;

    /// <summary>1.5 x 2^52: a float whose last bit counts one.</summary>
    public const double Magic = 3L << 51;

    public const long MagicBits = 0x4338000000000000;

    private static readonly double[] s_powers =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];

    /// <summary>10^digits, exactly.</summary>
    public static double Power(int digits) => s_powers[digits];

    /// <summary>The float nearest to 10^-digits.</summary>
    public static double Reciprocal(int digits) => 1 / s_powers[digits];

    /// <summary>The float nearest to what <see cref="Reciprocal"/> lacks of 10^-digits.</summary>
    public static double ReciprocalRest(int digits) =>
        Math.FusedMultiplyAdd(-Reciprocal(digits), s_powers[digits], 1) / s_powers[digits];

    /// <summary>The integer q below <see cref="Bound"/> with value == q / 10^digits to the bit; false when there is
    /// none.</summary>
    public static bool TryGet(double value, int digits, out long integer)
    {
        double scaled = value * s_powers[digits];
        integer = 0;
        if (!(Math.Abs(scaled) < Bound)) return false;
        integer = BitConverter.DoubleToInt64Bits(scaled + Magic) - MagicBits;
        return BitConverter.DoubleToInt64Bits(integer / s_powers[digits]) == BitConverter.DoubleToInt64Bits(value);
    }
}
