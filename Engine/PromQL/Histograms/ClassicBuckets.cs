using System;
using System.Collections.Generic;

namespace Slungd.Engine.PromQL.Histograms;

/// <summary>One bucket of a classic histogram: the number of observations up to its bound.</summary>
internal readonly record struct ClassicBucket(double Upper, double Count);

/// <summary>Quantiles and fractions of classic histograms (Prometheus, promql/quantile.go).</summary>
internal static class ClassicBuckets
{
    private const double SmallDelta = 1e-12;

    /// <summary>The quantile q, linear inside buckets. Sorts the buckets and makes their counts ascend;
    /// <paramref name="forced"/> says that this was needed.</summary>
    public static double Quantile(double q, List<ClassicBucket> buckets, out bool forced)
    {
        forced = false;
        if (double.IsNaN(q)) return double.NaN;
        if (q < 0) return double.NegativeInfinity;
        if (q > 1) return double.PositiveInfinity;
        if (!Prepare(buckets)) return double.NaN;
        forced = MakeAscend(buckets);
        int last = buckets.Count - 1;
        double observations = buckets[last].Count;
        if (buckets.Count < 2 || observations == 0)
        {
            forced = false;
            return double.NaN;
        }
        double rank = q * observations;
        int b = 0;
        while (b < last && !(buckets[b].Count >= rank)) b++;
        if (b == last) return buckets[last - 1].Upper;
        if (b == 0 && buckets[0].Upper <= 0) return buckets[0].Upper;
        double start = 0, end = buckets[b].Upper, count = buckets[b].Count;
        if (b > 0)
        {
            start = buckets[b - 1].Upper;
            count -= buckets[b - 1].Count;
            rank -= buckets[b - 1].Count;
        }
        return start + (end - start) * (rank / count);
    }

    /// <summary>The share of the observations between two values, linear inside buckets.</summary>
    public static double Fraction(double lower, double upper, List<ClassicBucket> buckets)
    {
        if (!Prepare(buckets)) return double.NaN;
        double count = buckets[^1].Count;
        if (count == 0 || double.IsNaN(lower) || double.IsNaN(upper)) return double.NaN;
        if (lower >= upper) return 0;
        return (RankOf(upper, buckets, count) - RankOf(lower, buckets, count)) / count;
    }

    // The number of observations below a value. Nothing is known inside the highest bucket, nor below a first bound
    // that is not positive.
    private static double RankOf(double value, List<ClassicBucket> buckets, double count)
    {
        double rank = 0, lower = buckets[0].Upper <= 0 ? double.NegativeInfinity : 0;
        foreach (ClassicBucket bucket in buckets)
        {
            if (lower >= value) return Math.Min(rank, count);
            if (bucket.Upper > value)
            {
                double share = double.IsInfinity(lower) ? 1
                    : double.IsInfinity(bucket.Upper) ? 0 : (value - lower) / (bucket.Upper - lower);
                return Math.Min(rank + (bucket.Count - rank) * share, count);
            }
            rank = bucket.Count;
            lower = bucket.Upper;
        }
        return count;
    }

    // Sorts, and merges equal bounds. False when there is no bucket up to infinity.
    private static bool Prepare(List<ClassicBucket> buckets)
    {
        buckets.Sort(static (a, b) => a.Upper.CompareTo(b.Upper));
        if (buckets.Count == 0 || !double.IsPositiveInfinity(buckets[^1].Upper)) return false;
        int kept = 0;
        for (int i = 1; i < buckets.Count; i++)
        {
            if (buckets[i].Upper == buckets[kept].Upper)
                buckets[kept] = buckets[kept] with { Count = buckets[kept].Count + buckets[i].Count };
            else
                buckets[++kept] = buckets[i];
        }
        buckets.RemoveRange(kept + 1, buckets.Count - kept - 1);
        return true;
    }

    // Counts of different age may go down: true when they had to be lifted by more than a rounding error.
    private static bool MakeAscend(List<ClassicBucket> buckets)
    {
        bool forced = false;
        double before = buckets[0].Count;
        for (int i = 1; i < buckets.Count; i++)
        {
            double now = buckets[i].Count;
            bool close = AlmostEqual(before, now);
            if (now < before && !close) forced = true;
            if (close || now < before) buckets[i] = buckets[i] with { Count = before };
            else before = now;
        }
        return forced;
    }

    private static bool AlmostEqual(double a, double b)
    {
        if (a == b) return true;
        double sum = Math.Abs(a) + Math.Abs(b), difference = Math.Abs(a - b);
        if (a == 0 || b == 0 || sum < 2.2250738585072014e-308) return difference < SmallDelta * 2.2250738585072014e-308;
        return difference / Math.Min(sum, double.MaxValue) < SmallDelta;
    }
}
