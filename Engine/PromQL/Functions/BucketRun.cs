using System.Collections.Generic;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>histogram_quantile() or histogram_fraction() of collected histograms.</summary>
/// <param name="context">The query.</param>
/// <param name="table">The histograms.</param>
/// <param name="position">Of the first argument.</param>
/// <param name="vectorPosition">Of the vector.</param>
/// <param name="first">The quantile, or the lower bound, at each step.</param>
/// <param name="second">The upper bound at each step.</param>
/// <param name="quantile">Which of the two functions.</param>
internal sealed class BucketRun(QueryContext context, BucketTable table, TextRange position, TextRange vectorPosition,
    double[] first, double[] second, bool quantile)
{
    private readonly List<HistogramBucket> _scratch = [];
    private readonly List<ClassicBucket> _buckets = [];
    private readonly StepColumn _column = new(first.Length);

    public void Emit(BucketTable.Histogram histogram, ColumnSink to)
    {
        _column.Clear();
        bool dropName = histogram.DropName;
        LabelSet labels = NameDrop.From(histogram.Labels, context, ref dropName);
        // What is said about a histogram names it only when its name is still there.
        string name = labels.Name, native = histogram.Labels.Name;
        for (int step = 0; step < first.Length; step++)
        {
            if (table.At(histogram, step, _buckets) is { } sample)
                _column.Set(step, quantile ? Quantile(sample, first[step], native)
                    : Fraction(sample, first[step], second[step], native));
            else if (_buckets.Count > 0)
                _column.Set(step, quantile ? Quantile(first[step], name)
                    : ClassicBuckets.Fraction(first[step], second[step], _buckets));
        }
        if (!_column.IsEmpty) to.Accept(labels, dropName, _column);
    }

    private double Quantile(double q, string name)
    {
        double value = ClassicBuckets.Quantile(q, _buckets, out bool forced);
        if (forced) context.Annotations.ForcedMonotonicity(name, vectorPosition);
        return value;
    }

    private double Quantile(FloatHistogram sample, double q, string name)
    {
        double value = NativeQuantiles.Quantile(q, sample, _scratch, out bool hasNaNs);
        if (hasNaNs && double.IsNaN(value)) context.Annotations.QuantileIsNaN(name, position);
        else if (hasNaNs) context.Annotations.QuantileIsSkewed(name, position);
        return value;
    }

    private double Fraction(FloatHistogram sample, double lower, double upper, string name)
    {
        double value = NativeQuantiles.Fraction(lower, upper, sample, _scratch);
        bool computed = sample.Count != 0 && lower < upper;
        if (computed && NativeQuantiles.HoldsNaNs(sample, _scratch)) context.Annotations.FractionHasNaNs(name,
            position);
        return value;
    }
}
