using System;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>A function over one window: it sets at most one value, and is not called for empty windows.</summary>
internal delegate void WindowFunction(WindowCall call);

/// <summary>One call of a range function: the window, the arguments, and where the result goes. Reused from window to
/// window.</summary>
internal sealed class WindowCall(SampleWindow window, StepRange range, TimeScale scale, Annotator annotations,
    TextRange position)
{
    private StepColumn? _into;
    private int _step;

    public SampleWindow Window { get; } = window;

    public TimeScale Scale { get; } = scale;

    public Annotator Annotations { get; } = annotations;

    /// <summary>Of the first argument, for annotations.</summary>
    public TextRange Position { get; } = position;

    /// <summary>The series' labels, with its name.</summary>
    public LabelSet Labels { get; set; } = LabelSet.Empty;

    /// <summary>The window's start, exclusive, in the query's units.</summary>
    public long After { get; private set; }

    /// <summary>The window's end, inclusive; samples of the same millisecond may be later.</summary>
    public long Through { get; private set; }

    /// <summary>The step's own time, whatever `@` and `offset` say.</summary>
    public long Now => Scale.Units(range.TimeOf(_step));

    /// <summary>The window's width in seconds.</summary>
    public double WidthSeconds { get; set; }

    /// <summary>The scalar arguments at this step, in their order.</summary>
    public double[] Arguments { get; set; } = [];

    public RangeEdges Edges { get; set; }

    public ReadOnlySpan<double> Values => Window.Values;

    public ReadOnlySpan<long> Times => Window.Times;

    /// <summary>Takes the window as <see cref="Windowing.Bounds"/> gives it.</summary>
    public void Begin(StepColumn into, int step, long after, long through)
    {
        (_into, _step) = (into, step);
        long rest = Scale.BehindFirst;
        After = Math.Max(after, long.MinValue + rest) - rest;
        Through = Math.Max(through, long.MinValue + rest) - rest;
    }

    public void Set(double value) => _into!.Set(_step, value);

    public void Set(FloatHistogram histogram) => _into!.Set(_step, histogram);

    /// <summary>For functions of floats alone: false when there is none; tells when histograms are left out.</summary>
    public bool TakeFloats()
    {
        if (Values.Length == 0) return false;
        if (Window.HistogramCount > 0) Annotations.HistogramIgnoredInRange(Labels.Name, Position);
        return true;
    }

    /// <summary>For functions of either kind: false, with a warning, when the window holds both.</summary>
    public bool TakeOneKind()
    {
        if (Values.Length == 0 || Window.HistogramCount == 0) return true;
        Annotations.MixedFloatsHistograms(Labels.Name, Position);
        return false;
    }
}
