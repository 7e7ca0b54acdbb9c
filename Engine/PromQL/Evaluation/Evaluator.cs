using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Evaluates expressions over a range of steps at once, column by column: a selector's series are read one
/// after the other, each only once, and flow through functions into aggregations without being kept. One per
/// query.</summary>
internal sealed partial class Evaluator(QueryContext context)
{
    /// <summary>Evaluates an instant vector; its series go to the sink.</summary>
    public void Evaluate(Expr expr, StepRange range, ColumnSink to)
    {
        if (range.Count > 1 && StepInvariance.Holds(expr))
        {
            SampleCounts? all = context.Counts, once = all is null ? null : new SampleCounts(1);
            context.Counts = once;
            Evaluate(expr, StepRange.At(range.Start), new SpreadSink(to, range.Count));
            all?.AddEverywhere(once!.Total);
            context.Counts = all;
            return;
        }
        switch (expr)
        {
            case ParenExpr paren:
                Evaluate(paren.Inner, range, to);
                break;
            case VectorSelector selector:
                EvaluateSelector(selector, range, SampleAspect.Value, to);
                break;
            case UnaryExpr { Negative: false } unary:
                Evaluate(unary.Operand, range, to);
                break;
            case UnaryExpr unary:
                WithoutNames(unary.Operand, to, sink => Evaluate(unary.Operand, range, new NegateSink(context, sink)));
                break;
            case BinaryExpr binary:
                EvaluateBinary(binary, range, to);
                break;
            case AggregateExpr aggregate:
                EvaluateAggregate(aggregate, range, to);
                break;
            case CallExpr call:
                EvaluateCall(call, range, to);
                break;
            default:
                throw QueryFailure.Execution($"expected an instant vector, got {expr.Kind.Name()}");
        }
    }

    /// <summary>Evaluates a scalar at each step.</summary>
    public double[] EvaluateScalar(Expr expr, StepRange range)
    {
        double[] values = new double[range.Count];
        switch (expr)
        {
            case NumberLiteral number:
                values.AsSpan().Fill(number.Value);
                return values;
            case ParenExpr paren:
                return EvaluateScalar(paren.Inner, range);
            case UnaryExpr unary:
                values = EvaluateScalar(unary.Operand, range);
                if (unary.Negative)
                    foreach (ref double value in values.AsSpan()) value = -value;
                return values;
            case BinaryExpr binary:
                double[] left = EvaluateScalar(binary.Left, range), right = EvaluateScalar(binary.Right, range);
                for (int i = 0; i < values.Length; i++)
                    values[i] = ScalarOperation.Apply(binary.Op, left[i], right[i]);
                return values;
            case CallExpr call:
                return EvaluateScalarCall(call, range);
            default:
                throw QueryFailure.Execution($"expected a scalar, got {expr.Kind.Name()}");
        }
    }

    /// <summary>The text of a string argument.</summary>
    public static string TextOf(Expr expr) => Unwrap(expr) is StringLiteral text ? text.Value
        : throw QueryFailure.Execution($"expected a string, got {expr.Kind.Name()}");

    /// <summary>The expression inside parentheses.</summary>
    public static Expr Unwrap(Expr expr)
    {
        while (expr is ParenExpr paren) expr = paren.Inner;
        return expr;
    }

    /// <summary>The samples of a range vector at one moment, as they are: the answer to `foo[5m]`.</summary>
    public void EvaluateRaw(Expr expr, long time, Action<LabelSet, bool, SampleWindow> take)
    {
        using SampleWindow window = new(context);
        StepRange at = StepRange.At(time);
        if (expr is SubqueryExpr subquery)
        {
            Windowing windowing = Durations.Of(subquery, at, context);
            windowing.Bounds(0, out long after, out long through);
            StepRange inner = windowing.InnerRange(at, context);
            SampleCounts? all = context.Counts, counts = all is null ? null : new SampleCounts(inner.Count);
            if (counts is not null) context.Reserve(inner.Count);
            context.Counts = counts;
            Evaluate(subquery.Inner, inner, new WindowSink(context, inner, window, (labels, dropName) =>
            {
                window.Advance(after, through);
                if (!window.IsEmpty) take(labels, dropName, window);
            }));
            all?.Add(0, counts!.Total);
            context.Counts = all;
            return;
        }
        MatrixSelector matrix = (MatrixSelector)expr;
        if (matrix.Selector.Edges != RangeEdges.Plain)
            throw QueryFailure.Execution("anchored and smoothed modifiers can only be used inside functions");
        Windowing span = Durations.Of(matrix, at, context);
        span.Bounds(0, out long start, out long end);
        foreach (SelectedSeries series in SeriesFinder.Find(context, matrix.Selector.Matchers,
            context.Scale.Stored(start, end)))
        {
            window.Open(series, start, end, keepStale: false);
            window.Advance(start, end);
            context.Counts?.Add(0, window);
            if (!window.IsEmpty) take(series.Labels, false, window);
        }
    }

    private void EvaluateSelector(VectorSelector selector, StepRange range, SampleAspect aspect, ColumnSink to)
    {
        if (range.Count == 0) return;
        if (selector.Edges != RangeEdges.Plain)
            throw QueryFailure.Execution("anchored and smoothed modifiers can only be used with ranges");
        Windowing windowing = Durations.Of(selector, range, context);
        windowing.Bounds(0, out long first, out _);
        windowing.Bounds(range.Count - 1, out _, out long last);
        List<SelectedSeries> found = SeriesFinder.Find(context, selector.Matchers, context.Scale.Stored(first, last));
        SeriesLoop.Run(context, found, range.Count,
            (worker, sink) => new SelectorRun(worker, windowing, aspect, sink), to);
    }

    // Runs something whose results lose their names. Series that differ only in the name then become one, or clash;
    // where the expression can't have several names they need not be kept for that.
    private void WithoutNames(Expr of, ColumnSink to, Action<ColumnSink> run)
    {
        if (context.DelaysNames || SingleName.Holds(of))
        {
            run(to);
            return;
        }
        ColumnTable table = new(context, merges: true);
        run(table);
        table.Drain(to);
    }
}
