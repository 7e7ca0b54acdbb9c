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
            else column.Values[step] = Math.Max(low, Math.Min(high, column.Values[step])); // NaN if any is
        }
        if (column.IsEmpty) return;
        LabelSet kept = NameDrop.From(labels, context, ref dropName);
        to.Accept(kept, dropName, column);
    }
}
