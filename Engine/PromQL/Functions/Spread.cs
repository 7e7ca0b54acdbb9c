using System;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>quantile_over_time(), mad_over_time(), stddev_over_time() and stdvar_over_time().</summary>
internal static class Spread
{
    public static void Quantile(WindowCall call)
    {
        if (call.Values.Length == 0) return;
        double q = call.Arguments[0];
        if (!(q is >= 0 and <= 1)) call.Annotations.InvalidQuantile(q, call.Position);
        call.TakeFloats();
        call.Set(Quantiles.Of(q, call.Values.ToArray()));
    }

    public static void MedianDeviation(WindowCall call)
    {
        if (!call.TakeFloats()) return;
        double median = Quantiles.Of(0.5, call.Values.ToArray());
        double[] deviations = call.Values.ToArray();
        foreach (ref double value in deviations.AsSpan()) value = Math.Abs(value - median);
        call.Set(Quantiles.Of(0.5, deviations));
    }

    public static void Variance(WindowCall call, bool root)
    {
        if (!call.TakeFloats()) return;
        double count = 0, mean = 0, lowMean = 0, squares = 0, lowSquares = 0;
        foreach (double value in call.Values)
        {
            count++;
            double delta = value - (mean + lowMean);
            KahanSum.Add(delta / count, ref mean, ref lowMean);
            KahanSum.Add(delta * (value - (mean + lowMean)), ref squares, ref lowSquares);
        }
        double variance = (squares + lowSquares) / count;
        call.Set(root ? Math.Sqrt(variance) : variance);
    }
}
