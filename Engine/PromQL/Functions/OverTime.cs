using System;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Native.Simd;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>The plain aggregations over a window (Prometheus, promql/functions.go).</summary>
internal static class OverTime
{
    private const int LanesPay = 32; // below, calling the kernel costs more than it saves

    public static void Count(WindowCall call) => call.Set(call.Values.Length + call.Window.HistogramCount);

    public static void Sum(WindowCall call)
    {
        if (!call.TakeOneKind()) return;
        if (call.Values.Length == 0)
        {
            if (SumHistograms(call) is { } total) call.Set(total);
            return;
        }
        double sum = 0, low = 0;
        AddUp(call.Values, ref sum, ref low);
        call.Set(double.IsInfinity(sum) ? sum : sum + low);
    }

    public static void Average(WindowCall call)
    {
        if (!call.TakeOneKind()) return;
        ReadOnlySpan<double> values = call.Values;
        if (values.Length == 0)
        {
            AverageHistograms(call);
            return;
        }
        double sum = 0, low = 0;
        AddUp(values, ref sum, ref low);
        // The mean directly, unless the sum overflows: then one value after the other.
        call.Set(double.IsInfinity(sum) ? IncrementalMean(values) : sum / values.Length + low / values.Length);
    }

    public static void Min(WindowCall call)
    {
        if (!call.TakeFloats()) return;
        ReadOnlySpan<double> values = call.Values;
        if (values.Length >= LanesPay)
        {
            call.Set(Kernels.Min(values));
            return;
        }
        double min = values[0];
        foreach (double value in values)
            if (value < min || double.IsNaN(min)) min = value;
        call.Set(min);
    }

    public static void Max(WindowCall call)
    {
        if (!call.TakeFloats()) return;
        ReadOnlySpan<double> values = call.Values;
        if (values.Length >= LanesPay)
        {
            call.Set(Kernels.Max(values));
            return;
        }
        double max = values[0];
        foreach (double value in values)
            if (value > max || double.IsNaN(max)) max = value;
        call.Set(max);
    }

    public static void TimeOfMin(WindowCall call)
    {
        if (!call.TakeFloats()) return;
        ReadOnlySpan<double> values = call.Values;
        int at = 0;
        for (int i = 1; i < values.Length; i++)
            if (values[i] <= values[at] || double.IsNaN(values[at])) at = i;
        call.Set(call.Scale.Seconds(call.Times[at]));
    }

    public static void TimeOfMax(WindowCall call)
    {
        if (!call.TakeFloats()) return;
        ReadOnlySpan<double> values = call.Values;
        int at = 0;
        for (int i = 1; i < values.Length; i++)
            if (values[i] >= values[at] || double.IsNaN(values[at])) at = i;
        call.Set(call.Scale.Seconds(call.Times[at]));
    }

    public static void Last(WindowCall call)
    {
        int histograms = call.Window.HistogramCount;
        ReadOnlySpan<long> times = call.Times;
        if (histograms == 0 || times.Length > 0 && times[^1] > call.Window.HistogramTimeAt(histograms - 1))
            call.Set(call.Values[^1]);
        else
            call.Set(call.Window.HistogramAt(histograms - 1));
    }

    public static void First(WindowCall call)
    {
        ReadOnlySpan<long> times = call.Times;
        if (call.Window.HistogramCount == 0 || times.Length > 0 && times[0] < call.Window.HistogramTimeAt(0))
            call.Set(call.Values[0]);
        else
            call.Set(call.Window.HistogramAt(0));
    }

    public static void TimeOfLast(WindowCall call)
    {
        int histograms = call.Window.HistogramCount;
        long last = call.Times.Length > 0 ? call.Times[^1] : long.MinValue;
        if (histograms > 0) last = Math.Max(last, call.Window.HistogramTimeAt(histograms - 1));
        call.Set(call.Scale.Seconds(last));
    }

    public static void TimeOfFirst(WindowCall call)
    {
        long first = call.Times.Length > 0 ? call.Times[0] : long.MaxValue;
        if (call.Window.HistogramCount > 0) first = Math.Min(first, call.Window.HistogramTimeAt(0));
        call.Set(call.Scale.Seconds(first));
    }

    private static void AddUp(ReadOnlySpan<double> values, ref double sum, ref double low)
    {
        if (values.Length >= LanesPay)
        {
            Kernels.Sum(values, ref sum, ref low);
        }
        else
        {
            double high = 0, rest = 0;
            foreach (double value in values) KahanSum.AddFinite(value, ref high, ref rest);
            (sum, low) = (high, rest);
        }
        if (double.IsFinite(sum + low)) return;
        sum = low = 0; // what an overflow or NaN makes of it is said by the plain loop
        foreach (double value in values) KahanSum.Add(value, ref sum, ref low);
    }

    private static double IncrementalMean(ReadOnlySpan<double> values)
    {
        double sum = 0, low = 0, mean = 0;
        bool incremental = false;
        for (int i = 0; i < values.Length; i++)
        {
            double count = i + 1;
            if (!incremental)
            {
                double nextSum = sum, nextLow = low;
                KahanSum.Add(values[i], ref nextSum, ref nextLow);
                if (i == 0 || !double.IsInfinity(nextSum))
                {
                    (sum, low) = (nextSum, nextLow);
                    continue;
                }
                incremental = true;
                mean = sum / (count - 1);
                low /= count - 1;
            }
            double q = (count - 1) / count;
            mean *= q;
            low *= q;
            KahanSum.Add(values[i] / count, ref mean, ref low);
        }
        return incremental ? mean + low : sum / values.Length + low / values.Length;
    }

    private static FloatHistogram? SumHistograms(WindowCall call)
    {
        FloatHistogram sum = call.Window.HistogramAt(0).Copy();
        for (int i = 1; i < call.Window.HistogramCount; i++)
            if (!Merged(call, sum.Add(call.Window.HistogramAt(i)))) return null;
        return sum.Compact();
    }

    private static void AverageHistograms(WindowCall call)
    {
        FloatHistogram mean = call.Window.HistogramAt(0).Copy();
        for (int i = 1; i < call.Window.HistogramCount; i++)
        {
            double count = i + 1;
            FloatHistogram toAdd = call.Window.HistogramAt(i).Copy().Divide(count);
            if (!Merged(call, toAdd.Subtract(mean.Copy().Divide(count)))) return;
            if (!Merged(call, mean.Add(toAdd))) return;
        }
        call.Set(mean.Compact());
    }

    private static bool Merged(WindowCall call, HistogramMerge merge)
    {
        if (merge == HistogramMerge.Done) return true;
        call.Annotations.NotMerged(merge, call.Labels.Name, call.Position);
        return false;
    }
}
