using System;

namespace Slungd.Engine.PromQL.Histograms;

/// <summary>The upper bounds of exponential buckets: bucket i of schema s ends at 2^(i * 2^-s), and starts where bucket
/// i - 1 ends (Prometheus, model/histogram/generic.go).</summary>
internal static class BucketBounds
{
    private const int Steps = 256; // 2^8: of the finest schema

    private static readonly double[] s_fractions = MakeFractions();

    public static double UpperOf(int index, int schema)
    {
        if (schema <= 0)
        {
            long exponent = (long)index << -schema;
            if (exponent == 1024) return double.MaxValue; // the bucket before the one that overflows
            return Math.ScaleB(1.0, (int)Math.Clamp(exponent, -2000, 2000));
        }
        double fraction = s_fractions[(index & ((1 << schema) - 1)) << (FloatHistogram.MaxSchema - schema)];
        int power = index >> schema;
        if (fraction == 1 && power == 1024) return double.MaxValue;
        return Math.ScaleB(fraction, power);
    }

    private static double[] MakeFractions()
    {
        double[] fractions = new double[Steps];
        for (int i = 0; i < Steps; i++) fractions[i] = Math.Pow(2, i / (double)Steps);
        return fractions;
    }
}
