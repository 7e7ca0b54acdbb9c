using System;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>rate(), increase(), delta(), irate() and idelta() (Prometheus, promql/functions.go).</summary>
internal static class Rates
{
    /// <summary>The change over the window, extrapolated to its edges where samples come close to them.</summary>
    public static void Extrapolated(WindowCall call, bool isCounter, bool isRate)
    {
        if (call.Edges != RangeEdges.Plain)
        {
            ExtendedRates.Set(call, isCounter, isRate);
            return;
        }
        if (!call.TakeOneKind()) return;
        ReadOnlySpan<double> values = call.Values;
        int histograms = call.Window.HistogramCount;
        if (histograms > 1)
        {
            if (HistogramChange(call, isCounter) is not { } change) return;
            double factor = Factor(call, -1, call.Window.HistogramTimeAt(0),
                call.Window.HistogramTimeAt(histograms - 1), histograms - 1);
            call.Set(change.Multiply(isRate ? factor / call.WidthSeconds : factor));
        }
        else if (values.Length > 1)
        {
            double change = values[^1] - values[0];
            if (isCounter && call.Window.MayDrop) change = Corrected(change, values);
            double factor = Factor(call, isCounter && change > 0 && values[0] >= 0 ? values[0] / change : -1,
                call.Times[0], call.Times[^1], values.Length - 1);
            call.Set(change * (isRate ? factor / call.WidthSeconds : factor));
        }
    }

    /// <summary>The change between the last two samples.</summary>
    public static void Instant(WindowCall call, bool isRate)
    {
        ReadOnlySpan<double> values = call.Values;
        ReadOnlySpan<long> times = call.Times;
        int floats = values.Length, histograms = call.Window.HistogramCount;
        if (floats + histograms < 2) return;
        // Which kind the last two are: floats and histograms come in one order of time.
        int newFloats = 0, newHistograms = 0;
        while (newFloats + newHistograms < 2)
        {
            int f = floats - newFloats, h = histograms - newHistograms;
            bool takeFloat = h == 0 || f > 0 && times[f - 1] > call.Window.HistogramTimeAt(h - 1);
            newFloats += takeFloat ? 1 : 0;
            newHistograms += takeFloat ? 0 : 1;
        }
        if (newFloats == 2)
        {
            double seconds = call.Scale.Seconds(times[^1] - times[^2]);
            double change = isRate && values[^1] < values[^2] ? values[^1] : values[^1] - values[^2];
            call.Set(isRate ? change / seconds : change);
        }
        else if (newHistograms == 2)
        {
            InstantOfHistograms(call, isRate);
        }
        else
        {
            call.Annotations.MixedFloatsHistograms(call.Labels.Name, call.Position);
        }
    }

    // Adds what a counter lost in its resets, one after the other: summed apart, a huge loss would swallow all others.
    private static double Corrected(double change, ReadOnlySpan<double> values)
    {
        for (int i = 1; i < values.Length; i++)
            if (values[i] < values[i - 1]) change += values[i - 1];
        return change;
    }

    private static void InstantOfHistograms(WindowCall call, bool isRate)
    {
        int count = call.Window.HistogramCount;
        FloatHistogram last = call.Window.HistogramAt(count - 1), before = call.Window.HistogramAt(count - 2);
        bool gauges = last.Hint == CounterResetHint.Gauge && before.Hint == CounterResetHint.Gauge;
        bool anyGauge = last.Hint == CounterResetHint.Gauge || before.Hint == CounterResetHint.Gauge;
        if (isRate && anyGauge) call.Annotations.NotCounter(call.Labels.Name, call.Position);
        if (!isRate && !gauges) call.Annotations.NotGauge(call.Labels.Name, call.Position);
        FloatHistogram change = last.Copy();
        if (!isRate || !last.IsResetFrom(before))
        {
            HistogramMerge merge = change.Subtract(before);
            if (merge != HistogramMerge.Done)
            {
                call.Annotations.NotMerged(merge, call.Labels.Name, call.Position);
                return;
            }
        }
        change.Hint = CounterResetHint.Gauge;
        change.Compact();
        long span = call.Window.HistogramTimeAt(count - 1) - call.Window.HistogramTimeAt(count - 2);
        call.Set(isRate ? change.Divide(call.Scale.Seconds(span)) : change);
    }

    // What the sampled change is multiplied with to cover the window. With `toZero`, the part of the sampled time after
    // which a counter would have been zero, looking back, extrapolation ends there; -1 when that says nothing.
    private static double Factor(WindowCall call, double toZero, long first, long last, int intervals)
    {
        double toStart = call.Scale.Seconds(first - call.After);
        double toEnd = call.Scale.Seconds(Math.Max(0, call.Through - last));
        double sampled = call.Scale.Seconds(last - first), between = sampled / intervals;
        double threshold = between * 1.1;
        if (toStart >= threshold) toStart = between / 2;
        if (toZero >= 0) toStart = Math.Min(toStart, sampled * toZero);
        if (toEnd >= threshold) toEnd = between / 2;
        return (sampled + toStart + toEnd) / sampled;
    }

    // Null, with a warning, when the histograms don't fit each other.
    private static FloatHistogram? HistogramChange(WindowCall call, bool isCounter)
    {
        int count = call.Window.HistogramCount;
        FloatHistogram first = call.Window.HistogramAt(0), last = call.Window.HistogramAt(count - 1);
        string name = call.Labels.Name;
        if (isCounter && (first.Hint == CounterResetHint.Gauge || last.Hint == CounterResetHint.Gauge))
            call.Annotations.NotCounter(name, call.Position);
        FloatHistogram before = first, second = call.Window.HistogramAt(1);
        // Behind a reset the first sample's layout does not matter.
        if (isCounter && second.IsResetFrom(first))
            before = new FloatHistogram { Schema = second.Schema, Bounds = second.Bounds };
        if (last.IsCustom != before.IsCustom)
        {
            call.Annotations.NotMerged(HistogramMerge.MixedSchemas, name, call.Position);
            return null;
        }
        int schema = Math.Min(last.Schema, before.Schema);
        for (int i = 1; i < count - 1 && isCounter; i++)
        {
            FloatHistogram current = call.Window.HistogramAt(i);
            if (current.Hint == CounterResetHint.Gauge) call.Annotations.NotCounter(name, call.Position);
            schema = Math.Min(schema, current.Schema);
            if (current.IsCustom == before.IsCustom) continue;
            call.Annotations.NotMerged(HistogramMerge.MixedSchemas, name, call.Position);
            return null;
        }
        FloatHistogram change = last.Copy();
        if (!last.IsCustom) change.ToSchema(schema);
        HistogramMerge merge = change.Subtract(before);
        for (int i = 1; i < count && isCounter && merge == HistogramMerge.Done; i++)
        {
            FloatHistogram current = call.Window.HistogramAt(i);
            if (current.IsResetFrom(before)) merge = change.Add(before);
            before = current;
        }
        if (merge != HistogramMerge.Done)
        {
            call.Annotations.NotMerged(merge, name, call.Position);
            return null;
        }
        if (!isCounter && (first.Hint != CounterResetHint.Gauge || last.Hint != CounterResetHint.Gauge))
            call.Annotations.NotGauge(name, call.Position);
        change.Hint = CounterResetHint.Gauge;
        return change.Compact();
    }
}
