using System;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Quantiles of plain values.</summary>
internal static class Quantiles
{
    /// <summary>The quantile q, between two values their weighted mean; NaNs count as smaller than all others. Sorts
    /// the values.</summary>
    public static double Of(double q, Span<double> values)
    {
        if (values.Length == 0 || double.IsNaN(q)) return double.NaN;
        if (q < 0) return double.NegativeInfinity;
        if (q > 1) return double.PositiveInfinity;
        values.Sort(); // NaNs first
        double rank = q * (values.Length - 1);
        int lower = Math.Max(0, (int)Math.Floor(rank)), upper = Math.Min(values.Length - 1, lower + 1);
        double weight = rank - Math.Floor(rank);
        return values[lower] * (1 - weight) + values[upper] * weight;
    }
}
