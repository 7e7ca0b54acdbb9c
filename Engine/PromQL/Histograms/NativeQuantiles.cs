using System;
using System.Collections.Generic;

namespace Slungd.Engine.PromQL.Histograms;

/// <summary>Quantiles, fractions and moments of native histograms (Prometheus, promql/quantile.go). Inside exponential
/// buckets interpolation is exponential, inside custom ones and the zero bucket linear.</summary>
internal static class NativeQuantiles
{
    /// <summary>The quantile q. <paramref name="hasNaNs"/>: the histogram has seen NaNs, which count as larger than
    /// everything.</summary>
    public static double Quantile(double q, FloatHistogram histogram, List<HistogramBucket> scratch, out bool hasNaNs)
    {
        hasNaNs = false;
        if (q < 0) return double.NegativeInfinity;
        if (q > 1) return double.PositiveInfinity;
        if (histogram.Count == 0 || double.IsNaN(q)) return double.NaN;
        scratch.Clear();
        histogram.AllBuckets(scratch);
        bool forward = double.IsNaN(histogram.Sum) || q < 0.5;
        double rank = (forward ? q : 1 - q) * histogram.Count, count = 0;
        HistogramBucket bucket = default;
        for (int i = 0; i < scratch.Count; i++)
        {
            HistogramBucket next = scratch[forward ? i : scratch.Count - 1 - i];
            bucket = next;
            if (next.Count == 0) continue;
            count += next.Count;
            if (count >= rank) break;
        }
        if (histogram.IsCustom)
        {
            if (double.IsNegativeInfinity(bucket.Lower))
            {
                if (bucket.Upper <= 0) return bucket.Upper;
                bucket = bucket with { Lower = 0 };
            }
            else if (double.IsPositiveInfinity(bucket.Upper))
            {
                return bucket.Lower;
            }
        }
        else
        {
            bucket = OneSided(bucket, histogram);
        }
        count = Math.Min(count, histogram.Count);
        hasNaNs = double.IsNaN(histogram.Sum) && (count < rank || HoldsNaNs(histogram, scratch));
        if (count < rank) return hasNaNs ? double.NaN : bucket.Upper;
        rank = forward ? rank - (count - bucket.Count) : count - rank;
        return Interpolate(bucket, rank / bucket.Count, histogram.IsCustom);
    }

    /// <summary>The share of the observations between two values.</summary>
    public static double Fraction(double lower, double upper, FloatHistogram histogram, List<HistogramBucket> scratch)
    {
        if (histogram.Count == 0 || double.IsNaN(lower) || double.IsNaN(upper)) return double.NaN;
        if (lower >= upper) return 0;
        scratch.Clear();
        histogram.AllBuckets(scratch);
        double whole = histogram.Count;
        if (double.IsNaN(histogram.Sum)) // NaNs lie in no bucket, so in no range
        {
            whole = 0;
            foreach (HistogramBucket bucket in scratch) whole += bucket.Count;
        }
        return (RankOf(upper, histogram, scratch, whole) - RankOf(lower, histogram, scratch, whole)) / histogram.Count;
    }

    /// <summary>True when some observations were NaN: they are counted, but lie in no bucket.</summary>
    public static bool HoldsNaNs(FloatHistogram histogram, List<HistogramBucket> scratch)
    {
        if (!double.IsNaN(histogram.Sum)) return false;
        scratch.Clear();
        histogram.AllBuckets(scratch);
        double inBuckets = 0;
        foreach (HistogramBucket bucket in scratch) inBuckets += bucket.Count;
        return inBuckets < histogram.Count;
    }

    /// <summary>The estimated variance: every observation is taken to lie in the middle of its bucket.</summary>
    public static double Variance(FloatHistogram histogram, List<HistogramBucket> scratch)
    {
        double mean = histogram.Sum / histogram.Count, variance = 0, low = 0;
        scratch.Clear();
        histogram.AllBuckets(scratch);
        foreach (HistogramBucket bucket in scratch)
        {
            if (bucket.Count == 0) continue;
            double middle = histogram.IsCustom ? (bucket.Upper + bucket.Lower) / 2
                : bucket.Lower <= 0 && bucket.Upper >= 0 ? 0
                : bucket.Upper < 0 ? -Math.Sqrt(bucket.Upper * bucket.Lower) : Math.Sqrt(bucket.Upper * bucket.Lower);
            double delta = middle - mean;
            KahanSum.Add(bucket.Count * delta * delta, ref variance, ref low);
        }
        return (variance + low) / histogram.Count;
    }

    // The number of observations below a value.
    private static double RankOf(double value, FloatHistogram histogram, List<HistogramBucket> buckets, double whole)
    {
        double rank = 0;
        foreach (HistogramBucket bucket in buckets)
        {
            bool zero = !histogram.IsCustom && bucket.Lower <= 0 && bucket.Upper >= 0;
            HistogramBucket b = zero ? OneSided(bucket, histogram) : bucket;
            if (histogram.IsCustom && double.IsNegativeInfinity(b.Lower) && b.Upper > 0) b = b with { Lower = 0 };
            if (b.Lower >= value) return Math.Min(rank, whole);
            if (b.Upper > value)
            {
                double share = histogram.IsCustom || zero
                    ? (value - b.Lower) / (b.Upper - b.Lower)
                    : ExponentialShare(b, value);
                // Nothing is known inside a bucket without end: all of it counts, or nothing.
                if (double.IsInfinity(b.Lower)) share = 1;
                else if (double.IsInfinity(b.Upper)) share = 0;
                return Math.Min(rank + b.Count * share, whole);
            }
            rank += b.Count;
        }
        return whole;
    }

    private static double ExponentialShare(HistogramBucket bucket, double value)
    {
        double lower = Math.Log2(Math.Abs(bucket.Lower)), upper = Math.Log2(Math.Abs(bucket.Upper));
        double at = Math.Log2(Math.Abs(value));
        return value > 0 ? (at - lower) / (upper - lower) : 1 - (at - upper) / (lower - upper);
    }

    // With buckets on one side only, the zero bucket is taken to end at zero on the other.
    private static HistogramBucket OneSided(HistogramBucket bucket, FloatHistogram histogram)
    {
        if (!(bucket.Lower < 0 && bucket.Upper > 0)) return bucket;
        if (histogram.Negative.Length == 0 && histogram.Positive.Length > 0) return bucket with { Lower = 0 };
        if (histogram.Positive.Length == 0 && histogram.Negative.Length > 0) return bucket with { Upper = 0 };
        return bucket;
    }

    private static double Interpolate(HistogramBucket bucket, double share, bool custom)
    {
        if (custom || bucket.Lower <= 0 && bucket.Upper >= 0)
            return bucket.Lower + (bucket.Upper - bucket.Lower) * share;
        double lower = Math.Log2(Math.Abs(bucket.Lower)), upper = Math.Log2(Math.Abs(bucket.Upper));
        return bucket.Lower > 0
            ? Math.Pow(2, lower + (upper - lower) * share)
            : -Math.Pow(2, upper + (lower - upper) * (1 - share));
    }
}
