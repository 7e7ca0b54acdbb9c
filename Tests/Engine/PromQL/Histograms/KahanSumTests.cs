using System;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.PromQL.Histograms;
using Xunit;

namespace Slungd.Tests.Engine.PromQL.Histograms;

public sealed class KahanSumTests
{
    [Fact]
    public void BothWaysAreTheSameBitByBit() =>
        Prop.ForAll(ArbMap.Default.ArbFor<double[]>(), Compare).QuickCheckThrowOnFailure();

    [Fact]
    public void BothWaysAreTheSameWhereSummingLosesDigits()
    {
        Compare([1e16, 1, -1e16, 1e-300, 3, -0.0, 1e100, 1, -1e100, 0.1, 0.2, -0.3]);
        Compare([-0.0, -0.0]);
        Compare([double.Epsilon, 1, -1, -double.Epsilon]);
        Random random = new(5);
        double[] values = new double[1000];
        for (int i = 0; i < values.Length; i++)
            values[i] = (random.NextDouble() - 0.5) * Math.Pow(2, random.Next(-200, 200));
        Compare(values);
    }

    [Fact]
    public void AnOverflowShows()
    {
        double sum = 0, low = 0;
        foreach (double value in (double[])[double.MaxValue, double.MaxValue, -double.MaxValue])
            KahanSum.AddFinite(value, ref sum, ref low);
        Assert.False(double.IsFinite(sum + low));
    }

    private static void Compare(double[] values)
    {
        double sum = 0, low = 0, plain = 0, plainLow = 0;
        foreach (double value in values)
        {
            KahanSum.AddFinite(value, ref sum, ref low);
            KahanSum.Add(value, ref plain, ref plainLow);
        }
        if (!double.IsFinite(sum + low)) return; // then it means nothing
        Assert.Equal(BitConverter.DoubleToInt64Bits(plain), BitConverter.DoubleToInt64Bits(sum));
        Assert.Equal(plainLow, low); // of zeros the sign may differ
    }
}
