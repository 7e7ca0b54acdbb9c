using System;
using System.Globalization;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Aggregations.</summary>
internal sealed partial class Evaluator
{
    private void EvaluateAggregate(AggregateExpr aggregate, StepRange range, ColumnSink to)
    {
        Grouping grouping = new(aggregate);
        switch (aggregate.Op)
        {
            case TokenKind.CountValues:
                string label = TextOf(aggregate.Parameter!);
                if (!LabelName.IsValid(label))
                    throw QueryFailure.Execution($"invalid label name {StringText.Quote(label)}");
                CountValues counts = new(context, grouping, aggregate.Without, label, range.Count);
                Evaluate(aggregate.Operand, range, counts);
                counts.Emit(to);
                break;
            case TokenKind.Topk or TokenKind.Bottomk:
                double[] ks = EvaluateCounts(aggregate, range);
                Ranking ranking = new(context, grouping, aggregate, ks);
                Evaluate(aggregate.Operand, range, ranking);
                ranking.Emit(to);
                break;
            case TokenKind.Limitk:
                Evaluate(aggregate.Operand, range, new LimitSink(grouping, EvaluateCounts(aggregate, range), to));
                break;
            case TokenKind.LimitRatio:
                Evaluate(aggregate.Operand, range, new RatioSink(EvaluateRatios(aggregate, range), to));
                break;
            default:
                Aggregation aggregation = new(context, grouping, aggregate, EvaluateQuantiles(aggregate, range),
                    range.Count);
                Evaluate(aggregate.Operand, range, aggregation);
                aggregation.Emit(to);
                break;
        }
    }

    private double[] EvaluateCounts(AggregateExpr aggregate, StepRange range)
    {
        double[] counts = EvaluateScalar(aggregate.Parameter!, range);
        foreach (double k in counts)
        {
            if (double.IsNaN(k)) throw QueryFailure.Execution("Parameter value is NaN");
            if (Math.Abs(k) < 9.2233720368547748e18) continue;
            string value = NumberText.FormatShort(k);
            throw QueryFailure.Execution($"Scalar value {value} {(k > 0 ? "overflows" : "underflows")} int64");
        }
        return counts;
    }

    private double[] EvaluateRatios(AggregateExpr aggregate, StepRange range)
    {
        double[] ratios = EvaluateScalar(aggregate.Parameter!, range);
        double min = double.PositiveInfinity, max = double.NegativeInfinity;
        foreach (double ratio in ratios)
        {
            if (double.IsNaN(ratio)) throw QueryFailure.Execution("Ratio value is NaN");
            min = Math.Min(min, ratio);
            max = Math.Max(max, ratio);
        }
        TextRange position = aggregate.Parameter!.Position;
        if (max > 1) context.Annotations.InvalidRatio(max, 1, position);
        if (min < -1) context.Annotations.InvalidRatio(min, -1, position);
        return ratios;
    }

    // The quantile at each step; empty for other aggregations.
    private double[] EvaluateQuantiles(AggregateExpr aggregate, StepRange range)
    {
        if (aggregate.Op != TokenKind.Quantile) return [];
        double[] quantiles = EvaluateScalar(aggregate.Parameter!, range);
        double min = double.PositiveInfinity, max = double.NegativeInfinity;
        bool anyNaN = false;
        foreach (double q in quantiles)
        {
            anyNaN |= double.IsNaN(q);
            if (q < min) min = q;
            if (q > max) max = q;
        }
        TextRange position = aggregate.Parameter!.Position;
        if (anyNaN) context.Annotations.InvalidQuantile(double.NaN, position);
        if (max > 1) context.Annotations.InvalidQuantile(max, position);
        if (min < 0) context.Annotations.InvalidQuantile(min, position);
        return quantiles;
    }
}
