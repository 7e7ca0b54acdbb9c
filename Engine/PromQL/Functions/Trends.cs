using System;
using System.Globalization;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>deriv(), predict_linear() and double_exponential_smoothing().</summary>
internal static class Trends
{
    public static void Derivative(WindowCall call)
    {
        if (!TakeTwo(call)) return;
        Regress(call, call.Times[0], out double slope, out _);
        call.Set(slope);
    }

    public static void Predict(WindowCall call)
    {
        if (!TakeTwo(call)) return;
        Regress(call, call.Now, out double slope, out double intercept);
        call.Set(slope * call.Arguments[0] + intercept);
    }

    public static void Smooth(WindowCall call)
    {
        double smoothing = call.Arguments[0], trend = call.Arguments[1];
        if (smoothing <= 0 || smoothing >= 1) throw Invalid("smoothing factor. Expected: 0 < sf < 1", smoothing);
        if (trend <= 0 || trend >= 1) throw Invalid("trend factor. Expected: 0 < tf < 1", trend);
        if (!TakeTwo(call)) return;
        ReadOnlySpan<double> values = call.Values;
        double before = 0, now = values[0], slope = values[1] - values[0];
        for (int i = 1; i < values.Length; i++)
        {
            if (i > 1) slope = trend * (now - before) + (1 - trend) * slope;
            double next = smoothing * values[i] + (1 - smoothing) * (now + slope);
            (before, now) = (now, next);
        }
        call.Set(now);
    }

    // Two floats at least; says so when histograms beside floats are left out.
    private static bool TakeTwo(WindowCall call) => call.TakeFloats() && call.Values.Length > 1;

    private static QueryFailure Invalid(string what, double got) =>
        QueryFailure.Execution(string.Create(CultureInfo.InvariantCulture, $"invalid {what}, got: {got:0.000000}"));

    // Least squares; x in seconds from `origin`, where the intercept is taken.
    private static void Regress(WindowCall call, long origin, out double slope, out double intercept)
    {
        ReadOnlySpan<double> values = call.Values;
        ReadOnlySpan<long> times = call.Times;
        double sumX = 0, lowX = 0, sumY = 0, lowY = 0, sumXY = 0, lowXY = 0, sumX2 = 0, lowX2 = 0;
        bool constant = true;
        for (int i = 0; i < values.Length; i++)
        {
            constant &= values[i] == values[0];
            double x = call.Scale.Seconds(times[i] - origin), y = values[i];
            KahanSum.Add(x, ref sumX, ref lowX);
            KahanSum.Add(y, ref sumY, ref lowY);
            KahanSum.Add(x * y, ref sumXY, ref lowXY);
            KahanSum.Add(x * x, ref sumX2, ref lowX2);
        }
        if (constant)
        {
            bool infinite = double.IsInfinity(values[0]);
            slope = infinite ? double.NaN : 0;
            intercept = infinite ? double.NaN : values[0];
            return;
        }
        double n = values.Length;
        sumX += lowX;
        sumY += lowY;
        double covariance = sumXY + lowXY - sumX * sumY / n, variance = sumX2 + lowX2 - sumX * sumX / n;
        slope = covariance / variance;
        intercept = sumY / n - slope * sumX / n;
    }
}
