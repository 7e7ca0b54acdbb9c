using System;
using System.Collections.Generic;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Syntax;
using Slungd.Native.Simd;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>Runs a range function over the windows of one series after the other.</summary>
internal sealed class WindowRun
{
    private readonly QueryContext _context;
    private readonly RangeFunction _function;
    private readonly SampleWindow _window;
    private readonly List<double[]> _scalars;
    private readonly StepRange _range;
    private readonly ColumnSink _to;
    private readonly WindowCall _call;
    private readonly StepColumn _column;
    private readonly string _name;
    private readonly SampleCounts? _counts;

    public WindowRun(QueryContext context, CallExpr call, RangeFunction function, SampleWindow window,
        List<double[]> scalars, StepRange range, ColumnSink to)
    {
        _context = context;
        _function = function;
        _window = window;
        _scalars = scalars;
        _range = range;
        _to = to;
        _name = call.Function.Name;
        _counts = context.Counts;
        _call = new WindowCall(window, range, context.Scale, context.Annotations, call.Arguments[0].Position)
        {
            Arguments = new double[scalars.Count],
        };
        _column = new StepColumn(range.Count);
    }

    public RangeEdges Edges
    {
        get => _call.Edges;
        set => _call.Edges = value;
    }

    /// <summary>Ranges with extended edges need samples of the lookback before, and when smoothed after,
    /// them.</summary>
    public static void Widen(QueryContext context, RangeEdges edges, ref long first, ref long last)
    {
        if (edges == RangeEdges.Plain) return;
        long lookback = context.Scale.Units(context.Options.Lookback);
        first -= lookback;
        if (edges == RangeEdges.Smoothed) last += lookback;
    }

    /// <summary>Runs over a series of the store from the totals of pages; false when they are not enough.</summary>
    public bool TrySeries(SelectedSeries series, PageTotals totals, Windowing windowing)
    {
        _column.Clear();
        for (int step = 0; step < _range.Count; step++)
        {
            windowing.Bounds(step, out long after, out long through);
            if (!totals.TryAddUp(series, after, through, out FloatAggregate total)) return false;
            if (total.Count > 0) _column.Set(step, _function.OfTotal!(total));
            _counts?.Add(step, total.Count);
        }
        Emit(series.Labels, false);
        return true;
    }

    /// <summary>Runs over a series whose samples the window has been opened on.</summary>
    public void Series(LabelSet labels, bool dropName, Windowing windowing)
    {
        _column.Clear();
        _call.Labels = labels;
        _call.WidthSeconds = windowing.Width / 1000.0;
        RangeEdges edges = Edges;
        WindowFunction function = _function.Function;
        int steps = _range.Count;
        for (int step = 0; step < steps; step++)
        {
            windowing.Bounds(step, out long after, out long through);
            long from = after, to = through;
            if (edges != RangeEdges.Plain) Widen(_context, edges, ref from, ref to);
            _window.Advance(from, to);
            if (_window.IsEmpty) continue;
            for (int i = 0; i < _scalars.Count; i++) _call.Arguments[i] = _scalars[i][step];
            _context.Work(_window.Values.Length + _window.HistogramCount);
            _call.Begin(_column, step, after, through);
            function(_call);
            _counts?.Add(step, _window);
        }
        Emit(labels, dropName);
    }

    private void Emit(LabelSet labels, bool dropName)
    {
        if (_column.IsEmpty) return;
        if (_name is "rate" or "increase") CheckCounter(labels);
        LabelSet kept = _function.KeepsName ? labels : NameDrop.From(labels, _context, ref dropName);
        _to.Accept(kept, dropName, _column);
    }

    // A rate of something that by its name or type is no counter deserves a hint, if it is made of floats.
    private void CheckCounter(LabelSet labels)
    {
        string name = labels.Name;
        if (name.Length == 0 || _column.Histograms is not null) return;
        if (_context.Options.TypeAndUnitLabels)
        {
            string type = labels.Get("__type__");
            if (type is not ("counter" or "histogram"))
                _context.Annotations.MaybeNoCounterByType(name, type, _call.Position);
            return;
        }
        bool counter = name.EndsWith("_total", StringComparison.Ordinal) ||
            name.EndsWith("_sum", StringComparison.Ordinal) || name.EndsWith("_count", StringComparison.Ordinal) ||
            name.EndsWith("_bucket", StringComparison.Ordinal);
        if (!counter) _context.Annotations.MaybeNoCounter(name, _call.Position);
    }
}
