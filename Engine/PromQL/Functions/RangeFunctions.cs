using System.Collections.Generic;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Native.Simd;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>How a function over range vectors is computed.</summary>
/// <param name="Function">One window's result.</param>
/// <param name="KeepsName">The result means what the samples mean.</param>
/// <param name="TracksDrops">It asks for <see cref="SampleWindow.MayDrop"/>.</param>
/// <param name="OfTotal">The result from the window's totals, where these are enough: pages then need not be read.
/// </param>
internal sealed record RangeFunction(WindowFunction Function, bool KeepsName = false, bool TracksDrops = false,
    TotalFunction? OfTotal = null);

/// <summary>A function of what a window amounts to; it holds at least one float, and the sum is finite.</summary>
internal delegate double TotalFunction(in FloatAggregate total);

/// <summary>The functions over range vectors, by name. absent_over_time() is not one of them: it looks at all series
/// together.</summary>
internal static class RangeFunctions
{
    private static readonly Dictionary<string, RangeFunction> s_byName = new()
    {
        ["avg_over_time"] = new(OverTime.Average,
            OfTotal: static (in total) => total.Sum / total.Count + total.SumLow / total.Count),
        ["changes"] = new(Changes.Count),
        ["count_over_time"] = new(OverTime.Count, OfTotal: static (in total) => total.Count),
        ["delta"] = new(static call => Rates.Extrapolated(call, isCounter: false, isRate: false)),
        ["deriv"] = new(Trends.Derivative),
        ["double_exponential_smoothing"] = new(Trends.Smooth),
        ["first_over_time"] = new(OverTime.First, KeepsName: true),
        ["idelta"] = new(static call => Rates.Instant(call, isRate: false)),
        ["increase"] = new(static call => Rates.Extrapolated(call, isCounter: true, isRate: false),
            TracksDrops: true),
        ["irate"] = new(static call => Rates.Instant(call, isRate: true)),
        ["last_over_time"] = new(OverTime.Last, KeepsName: true),
        ["mad_over_time"] = new(Spread.MedianDeviation),
        ["max_over_time"] = new(OverTime.Max, OfTotal: static (in total) => total.Max),
        ["min_over_time"] = new(OverTime.Min, OfTotal: static (in total) => total.Min),
        ["predict_linear"] = new(Trends.Predict),
        ["present_over_time"] = new(static call => call.Set(1), OfTotal: static (in _) => 1),
        ["quantile_over_time"] = new(Spread.Quantile),
        ["rate"] = new(static call => Rates.Extrapolated(call, isCounter: true, isRate: true),
            TracksDrops: true),
        ["resets"] = new(Changes.Resets),
        ["stddev_over_time"] = new(static call => Spread.Variance(call, root: true)),
        ["stdvar_over_time"] = new(static call => Spread.Variance(call, root: false)),
        ["sum_over_time"] = new(OverTime.Sum, OfTotal: static (in total) => total.Sum + total.SumLow),
        ["ts_of_first_over_time"] = new(OverTime.TimeOfFirst),
        ["ts_of_last_over_time"] = new(OverTime.TimeOfLast),
        ["ts_of_max_over_time"] = new(OverTime.TimeOfMax),
        ["ts_of_min_over_time"] = new(OverTime.TimeOfMin),
    };

    public static RangeFunction? Find(string name) => s_byName.GetValueOrDefault(name);
}
