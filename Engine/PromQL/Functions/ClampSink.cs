using System;
using Slungd.Engine.PromQL.Evaluation;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>clamp(), clamp_min(), clamp_max(): nothing where the bounds leave no room; histograms are left out.
/// </summary>
internal sealed class ClampSink(QueryContext context, double[]? min, double[]? max, ColumnSink to) : ColumnSink
{
    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
        {
            double low = min?[step] ?? double.NegativeInfinity, high = max?[step] ?? double.PositiveInfinity;
            if (high < low || column.HistogramAt(step) is not null) column.Remove(step);
            else column.Values[step] = Greater(low, Lesser(high, column.Values[step]));
        }
        if (column.IsEmpty) return;
        LabelSet kept = NameDrop.From(labels, context, ref dropName);
        to.Accept(kept, dropName, column);
    }

    // NaN if any is, except beside the infinity that nothing goes beyond, as in Go's math.Max and math.Min.
    private static double Greater(double a, double b) =>
        double.IsPositiveInfinity(a) || double.IsPositiveInfinity(b) ? double.PositiveInfinity : Math.Max(a, b);

    private static double Lesser(double a, double b) =>
        double.IsNegativeInfinity(a) || double.IsNegativeInfinity(b) ? double.NegativeInfinity : Math.Min(a, b);
}
