using System;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Where a selector's or subquery's window lies at each step.</summary>
internal sealed class Windowing
{
    private readonly long? _anchor;
    private readonly long _offset; // milliseconds back
    private readonly TimeScale _scale;
    private readonly bool _isLinear; // no window is clamped: the ends are multiplied out, in units
    private readonly long _firstAfter;
    private readonly long _firstThrough;
    private readonly long _step;

    /// <param name="range">The steps.</param>
    /// <param name="anchor">The fixed time of `@`, in milliseconds; null when it is the step's.</param>
    /// <param name="offset">Milliseconds back.</param>
    /// <param name="width">Milliseconds from the window's start, which is exclusive, to its end.</param>
    /// <param name="innerStep">The step of a subquery, in milliseconds; 0 for selectors.</param>
    /// <param name="scale">The query's units.</param>
    public Windowing(StepRange range, long? anchor, long offset, long width, long innerStep, TimeScale scale)
    {
        (Range, _anchor, _offset, Width, InnerStep, _scale) = (range, anchor, offset, width, innerStep, scale);
        if (range.Count == 0) return;
        Bounds(0, out _firstAfter, out _firstThrough);
        Bounds(range.Count - 1, out long lastAfter, out long lastThrough);
        Bounds(Math.Min(1, range.Count - 1), out _, out long secondThrough);
        _step = secondThrough - _firstThrough;
        _isLinear = _firstAfter > long.MinValue && lastAfter > long.MinValue &&
            _firstThrough < long.MaxValue && lastThrough < long.MaxValue;
    }

    public StepRange Range { get; }

    public long Width { get; }

    public long InnerStep { get; }

    /// <summary>The window (after, through] of a step, in units: the last ones of their milliseconds.</summary>
    public void Bounds(int step, out long after, out long through)
    {
        if (_isLinear)
        {
            after = _firstAfter + step * _step;
            through = _firstThrough + step * _step;
            return;
        }
        long end = (_anchor ?? Range.TimeOf(step)) - _offset;
        after = _scale.LastUnitOf(end - Width);
        through = _scale.LastUnitOf(end);
    }

    /// <summary>The steps of a subquery that lie in any of the windows: multiples of its step.</summary>
    public StepRange InnerRange(StepRange outer, QueryContext context)
    {
        long first = (_anchor ?? outer.Start) - _offset - Width;
        long last = (_anchor ?? outer.TimeOf(outer.Count - 1)) - _offset;
        long start = InnerStep * (first / InnerStep);
        if (start <= first) start += InnerStep;
        StepRange inner = new(start, last, InnerStep);
        context.CheckSteps(inner);
        context.Reserve(inner.Count * 4L); // the columns of its operators, and the samples made of them
        return inner;
    }
}
