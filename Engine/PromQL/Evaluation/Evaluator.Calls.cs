using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Functions;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Calls of functions that yield instant vectors or scalars.</summary>
internal sealed partial class Evaluator
{
    private void EvaluateCall(CallExpr call, StepRange range, ColumnSink to)
    {
        string name = call.Function.Name;
        if (RangeFunctions.Find(name) is { } function)
        {
            EvaluateRangeCall(call, function, range, to);
            return;
        }
        if (FloatFunctions.Find(name) is { } map)
        {
            if (call.Arguments.Length == 0) EmitScalars(Dates(map, range), to);
            else MapFloats(call, range, (value, _) => map(value), to);
            return;
        }
        if (HistogramSink.Knows(name))
        {
            WithoutNames(call.Arguments[0], to,
                sink => Evaluate(call.Arguments[0], range, new HistogramSink(context, name, sink)));
            return;
        }
        EvaluateSpecialCall(call, range, to);
    }

    private void EvaluateSpecialCall(CallExpr call, StepRange range, ColumnSink to)
    {
        switch (call.Function.Name)
        {
            case "absent": EvaluateAbsent(call, range, to); break;
            case "absent_over_time": EvaluateAbsentOverTime(call, range, to); break;
            case "clamp" or "clamp_min" or "clamp_max": EvaluateClamp(call, range, to); break;
            case "histogram_quantile" or "histogram_fraction": EvaluateBuckets(call, range, to); break;
            case "info": EvaluateInfo(call, range, to); break;
            case "label_replace" or "label_join": EvaluateLabels(call, range, to); break;
            case "round": EvaluateRound(call, range, to); break;
            case "sort" or "sort_desc" or "sort_by_label" or "sort_by_label_desc": EvaluateSort(call, range, to); break;
            case "timestamp": EvaluateTimestamp(call, range, to); break;
            case "vector": EmitScalars(EvaluateScalar(call.Arguments[0], range), to); break;
            default: throw QueryFailure.Execution($"unknown function with name \"{call.Function.Name}\"");
        }
    }

    private double[] EvaluateScalarCall(CallExpr call, StepRange range)
    {
        double[] values = new double[range.Count];
        switch (call.Function.Name)
        {
            case "pi":
                values.AsSpan().Fill(Math.PI);
                break;
            case "time":
                for (int i = 0; i < values.Length; i++) values[i] = range.TimeOf(i) / 1000.0;
                break;
            case "scalar":
                ScalarSink sink = new(values);
                Evaluate(call.Arguments[0], range, sink);
                break;
            default:
                throw QueryFailure.Execution($"unknown function with name \"{call.Function.Name}\"");
        }
        return values;
    }

    private static void EmitScalars(double[] values, ColumnSink to)
    {
        StepColumn column = new(values.Length);
        for (int i = 0; i < values.Length; i++) column.Set(i, values[i]);
        to.Accept(LabelSet.Empty, false, column);
    }

    private static double[] Dates(FloatFunction map, StepRange range)
    {
        double[] values = new double[range.Count];
        for (int i = 0; i < values.Length; i++) values[i] = map(Math.Floor(range.TimeOf(i) / 1000.0));
        return values;
    }

    private void MapFloats(CallExpr call, StepRange range, FloatStepFunction map, ColumnSink to) =>
        WithoutNames(call.Arguments[0], to,
            sink => Evaluate(call.Arguments[0], range, new FloatSink(context, map, sink)));

    private void EvaluateRangeCall(CallExpr call, RangeFunction function, StepRange range, ColumnSink to)
    {
        int matrixAt = Array.FindIndex(call.Arguments, static a => a.Kind == ValueKind.RangeVector);
        Expr matrix = Unwrap(call.Arguments[matrixAt]);
        List<double[]> scalars = [];
        for (int i = 0; i < call.Arguments.Length; i++)
            if (i != matrixAt) scalars.Add(EvaluateScalar(call.Arguments[i], range));
        if (range.Count == 0) return;
        if (function.KeepsName) RunWindows(call, function, matrix, scalars, range, to);
        else WithoutNames(matrix, to, sink => RunWindows(call, function, matrix, scalars, range, sink));
    }

    private void RunWindows(CallExpr call, RangeFunction function, Expr matrix, List<double[]> scalars, StepRange range,
        ColumnSink to)
    {
        if (matrix is SubqueryExpr subquery)
        {
            using SampleWindow window = new(context, function.TracksDrops);
            WindowRun run = new(context, call, function, window, scalars, range, to);
            Windowing windowing = Durations.Of(subquery, range, context);
            StepRange inner = windowing.InnerRange(range, context);
            SampleCounts? counts = context.Counts;
            context.Counts = null; // what the windows hold counts, not what it is made of
            Evaluate(subquery.Inner, inner, new WindowSink(context, inner, window,
                (labels, dropName) => run.Series(labels, dropName, windowing)));
            context.Counts = counts;
            return;
        }
        MatrixSelector selector = (MatrixSelector)matrix;
        Windowing span = Durations.Of(selector, range, context);
        RangeEdges edges = ExtendedEdges.Checked(selector.Selector.Edges, call.Function.Name);
        MatrixRun.Extent(context, span, edges, out long first, out long last);
        List<SelectedSeries> found = SeriesFinder.Find(context, selector.Selector.Matchers,
            context.Scale.Stored(first, last));
        bool byPages = function.OfTotal is not null && edges == RangeEdges.Plain && found.Count > 0 &&
            PayTotals(found[0], span, first, last);
        SeriesLoop.Run(context, found, range.Count, (worker, sink) =>
        {
            SampleWindow window = new(worker, function.TracksDrops);
            WindowRun run = new(worker, call, function, window, scalars, range, sink) { Edges = edges };
            return new MatrixRun(window, run, byPages ? new PageTotals(worker) : null, span, first, last);
        }, to);
    }

    private bool PayTotals(SelectedSeries series, Windowing span, long first, long last)
    {
        using PageTotals totals = new(context);
        return totals.Pays(series, span, first, last);
    }

    private void EvaluateClamp(CallExpr call, StepRange range, ColumnSink to)
    {
        string name = call.Function.Name;
        double[]? min = name == "clamp_max" ? null : EvaluateScalar(call.Arguments[1], range);
        double[]? max = name == "clamp_min" ? null : EvaluateScalar(call.Arguments[^1], range);
        Expr of = call.Arguments[0];
        WithoutNames(of, to, sink => Evaluate(of, range, new ClampSink(context, min, max, sink)));
    }

    private void EvaluateRound(CallExpr call, StepRange range, ColumnSink to)
    {
        double[]? nearest = call.Arguments.Length > 1 ? EvaluateScalar(call.Arguments[1], range) : null;
        MapFloats(call, range, (value, step) =>
        {
            double inverse = 1 / (nearest?[step] ?? 1); // loses fewer digits than dividing
            return Math.Floor(value * inverse + 0.5) / inverse;
        }, to);
    }

    private void EvaluateTimestamp(CallExpr call, StepRange range, ColumnSink to)
    {
        Expr of = Unwrap(call.Arguments[0]);
        WithoutNames(of, to, sink =>
        {
            TimestampSink times = new(context, of is VectorSelector, range, sink);
            if (of is VectorSelector selector) EvaluateSelector(selector, range, SampleAspect.Time, times);
            else Evaluate(of, range, times);
        });
    }

    private void EvaluateLabels(CallExpr call, StepRange range, ColumnSink to)
    {
        ColumnTable table = new(context, merges: true);
        ColumnSink sink = call.Function.Name == "label_join"
            ? LabelFunctions.Join(context, call, table) : LabelFunctions.Replace(context, call, table);
        Evaluate(call.Arguments[0], range, sink);
        table.Drain(to);
    }

    // Over several steps there is no order: results of range queries are sorted by their labels.
    private void EvaluateSort(CallExpr call, StepRange range, ColumnSink to)
    {
        string name = call.Function.Name;
        ColumnTable table = new(context, merges: false);
        bool byLabel = name.StartsWith("sort_by_label", StringComparison.Ordinal);
        Evaluate(call.Arguments[0], range, table);
        if (!byLabel) table.Entries.RemoveAll(static entry => !KeepFloats(entry.Column));
        if (range.Count == 1)
        {
            bool descending = name.EndsWith("_desc", StringComparison.Ordinal);
            IComparer<ColumnEntry> order = byLabel
                ? new NaturalOrder(Array.ConvertAll(call.Arguments[1..], TextOf))
                : Comparer<ColumnEntry>.Create((x, y) => CompareValues(x, y, descending));
            List<ColumnEntry> sorted = [.. table.Entries];
            StableSort.Sort(sorted, order);
            if (byLabel && descending) sorted.Reverse();
            table.Entries.Clear();
            table.Entries.AddRange(sorted);
        }
        table.Drain(to);
    }

    private static bool KeepFloats(StepColumn column)
    {
        for (int step = column.Histograms is null ? -1 : column.Next(0); step >= 0; step = column.Next(step + 1))
            if (column.HistogramAt(step) is not null) column.Remove(step);
        return !column.IsEmpty;
    }

    // NaNs come last, whichever way.
    private static int CompareValues(ColumnEntry x, ColumnEntry y, bool descending)
    {
        double a = x.Column.Values[0], b = y.Column.Values[0];
        if (double.IsNaN(a) || double.IsNaN(b)) return double.IsNaN(a).CompareTo(double.IsNaN(b));
        return descending ? b.CompareTo(a) : a.CompareTo(b);
    }

    private void EvaluateAbsent(CallExpr call, StepRange range, ColumnSink to)
    {
        PresenceSink presence = new(range.Count);
        Evaluate(call.Arguments[0], range, presence);
        presence.EmitAbsent(AbsentLabels.Of(Unwrap(call.Arguments[0])), to);
    }

    private void EvaluateAbsentOverTime(CallExpr call, StepRange range, ColumnSink to)
    {
        PresenceSink presence = new(range.Count);
        Expr matrix = Unwrap(call.Arguments[0]);
        if (range.Count > 0)
            RunWindows(call, RangeFunctions.Find("present_over_time")!, matrix, [], range, presence);
        presence.EmitAbsent(AbsentLabels.Of(matrix), to);
    }

    private void EvaluateBuckets(CallExpr call, StepRange range, ColumnSink to)
    {
        bool quantile = call.Function.Name == "histogram_quantile";
        double[] first = EvaluateScalar(call.Arguments[0], range);
        double[] second = quantile ? first : EvaluateScalar(call.Arguments[1], range);
        TextRange position = call.Arguments[0].Position;
        Expr of = call.Arguments[^1];
        foreach (double q in quantile ? first : [])
            if (!(q is >= 0 and <= 1)) context.Annotations.InvalidQuantile(q, position);
        BucketTable table = new(context, of.Position);
        Evaluate(of, range, table);
        WithoutNames(of, to, sink =>
        {
            BucketRun run = new(context, table, position, of.Position, first, second, quantile);
            foreach (BucketTable.Histogram histogram in table.Histograms) run.Emit(histogram, sink);
        });
    }
}
