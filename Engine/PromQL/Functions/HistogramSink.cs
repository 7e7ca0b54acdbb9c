using System.Collections.Generic;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>Maps histograms to floats, leaves floats out, drops names: histogram_count() and the like.</summary>
internal sealed class HistogramSink(QueryContext context, string function, ColumnSink to) : ColumnSink
{
    private readonly List<HistogramBucket> _scratch = [];

    public static bool Knows(string function) =>
        function is "histogram_avg" or "histogram_count" or "histogram_stddev" or
        "histogram_stdvar" or "histogram_sum";

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        if (column.Histograms is null) return;
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
        {
            if (column.HistogramAt(step) is { } histogram) column.Set(step, ValueOf(histogram));
            else column.Remove(step);
        }
        LabelSet kept = NameDrop.From(labels, context, ref dropName);
        to.Accept(kept, dropName, column);
    }

    private double ValueOf(FloatHistogram histogram) => function switch
    {
        "histogram_avg" => histogram.Sum / histogram.Count,
        "histogram_count" => histogram.Count,
        "histogram_sum" => histogram.Sum,
        "histogram_stdvar" => NativeQuantiles.Variance(histogram, _scratch),
        _ => System.Math.Sqrt(NativeQuantiles.Variance(histogram, _scratch)),
    };
}
