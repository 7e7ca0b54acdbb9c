using System;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>rate(), increase() and delta() over ranges that are anchored at the last sample before them, or smoothed by
/// interpolation at both edges (experimental). The window reaches beyond the range by the lookback.</summary>
internal static class ExtendedRates
{
    public static void Set(WindowCall call, bool isCounter, bool isRate)
    {
        if (call.Window.HistogramCount > 0)
            throw QueryFailure.Execution("smoothed and anchored modifiers do not work with native histograms");
        ReadOnlySpan<long> times = call.Times;
        ReadOnlySpan<double> values = call.Values;
        bool smoothed = call.Edges == RangeEdges.Smoothed;
        int first = 0, last = values.Length - 1;
        while (first < last && times[first + 1] <= call.After) first++;
        if (smoothed)
        {
            last = 0;
            while (last < values.Length - 1 && times[last] < call.Through) last++;
        }
        if (times[last] <= call.After) return;
        double left = smoothed && times[first] < call.After
            ? At(call.After, times, values, first, isCounter) : values[first];
        double right = smoothed && last > 0 && times[last] > call.Through
            ? At(call.Through, times, values, last - 1, isCounter) : values[last];
        double change = right - left;
        if (isCounter)
        {
            double before = left;
            for (int i = first; i <= last; i++)
            {
                if (times[i] <= call.After || times[i] >= call.Through) continue;
                if (values[i] < before) change += before;
                before = values[i];
            }
            if (right < before) change += before;
        }
        call.Set(isRate ? change / call.WidthSeconds : change);
    }

    // The value between two samples; a counter that was reset between them starts at zero.
    private static double At(long time, ReadOnlySpan<long> times, ReadOnlySpan<double> values, int index,
        bool isCounter)
    {
        double from = values[index], to = values[index + 1];
        if (isCounter && to < from) from = 0;
        return from + (to - from) * (time - times[index]) / (times[index + 1] - times[index]);
    }
}
