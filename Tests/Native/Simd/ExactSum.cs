using System;
using System.Numerics;

namespace Slungd.Tests.NativeSimd;

/// <summary>Sums floats without rounding: whole numbers of 2^-1074, the smallest float.</summary>
internal sealed class ExactSum
{
    private BigInteger _sum;
    private BigInteger _magnitudes;

    public void Add(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        int exponent = (int)(bits >> 52 & 0x7ff);
        BigInteger units = bits & 0xf_ffff_ffff_ffff;
        if (exponent != 0) units = (units | 1L << 52) << exponent - 1;
        _sum += bits < 0 ? -units : units;
        _magnitudes += units;
    }

    /// <summary>Whether a float is within 1e-15 of the sum of magnitudes.</summary>
    public bool IsNear(double sum)
    {
        var got = new ExactSum();
        got.Add(sum);
        return BigInteger.Abs(got._sum - _sum) * 1_000_000_000_000_000 <= _magnitudes;
    }
}
