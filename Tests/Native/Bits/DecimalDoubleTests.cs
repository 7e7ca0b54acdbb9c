using System;
using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Native.Bits;
using Xunit;

namespace Slungd.Tests.Native.Bits;

public class DecimalDoubleTests
{
    private static void IsNearest(ulong digits, int power)
    {
        double expected = double.Parse(digits.ToString(CultureInfo.InvariantCulture) + "e" + power,
            CultureInfo.InvariantCulture);
        Assert.Equal(BitConverter.DoubleToUInt64Bits(expected), DecimalDouble.Bits(digits, power));
    }

    [Fact]
    public void AnyDigitsWithAnyPowerAreTheNearestDouble() =>
        Prop.ForAll(ArbMap.Default.ArbFor<int>(), static seed =>
        {
            var random = new Random(seed);
            for (int i = 0; i < 200; i++)
            {
                ulong digits = (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
                IsNearest(digits, random.Next(-DecimalDouble.MaxPower, DecimalDouble.MaxPower + 1));
            }
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void TheEdgesAreExact()
    {
        ulong[] edges =
        [
            0, 1, 9, 10, 8999, 1UL << 53, (1UL << 53) + 1, (1UL << 53) + 2, (1UL << 53) + 3, (1UL << 54) + 2,
            (1UL << 54) + 6, 1UL << 63, (1UL << 63) + 1024, (1UL << 63) + 1025, (1UL << 63) + 3072,
            9_999_999_999_999_999_999, ulong.MaxValue, ulong.MaxValue - 1024, ulong.MaxValue - 1023,
            9_007_199_254_740_993, 9_819_639_278_544_743, 12_345_678_901_234_567_890,
        ];
        const int most = DecimalDouble.MaxPower;
        foreach (ulong digits in edges)
            for (int power = -most; power <= most; power++) IsNearest(digits, power);
    }

    /// <summary>Halfway between two doubles: the products that need the rule for ties, and their neighbours.</summary>
    [Fact]
    public void TiesGoToEven()
    {
        var random = new Random(7);
        for (int i = 0; i < 20_000; i++)
        {
            ulong odd = ((ulong)random.NextInt64(1L << 52, 1L << 53) << 1) | 1; // 54 bits: a tie by itself
            IsNearest(odd, 0);
            int up = random.Next(0, 5);
            ulong five = (ulong)Math.Pow(5, up);
            IsNearest(odd / five * five, 0);
            if (odd <= ulong.MaxValue / five) IsNearest(odd * five, -up);
            IsNearest(odd + 1, -up);
        }
    }
}
