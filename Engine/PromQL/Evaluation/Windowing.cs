namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Where a selector's or subquery's window lies at each step.</summary>
/// <param name="Range">The steps.</param>
/// <param name="Anchor">The fixed time of `@`, in milliseconds; null when it is the step's.</param>
/// <param name="Offset">Milliseconds back.</param>
/// <param name="Width">Milliseconds from the window's start, which is exclusive, to its end.</param>
/// <param name="InnerStep">The step of a subquery, in milliseconds; 0 for selectors.</param>
/// <param name="Scale">The query's units.</param>
internal sealed record Windowing(StepRange Range, long? Anchor, long Offset, long Width, long InnerStep,
    TimeScale Scale)
{
    /// <summary>The window (after, through] of a step, in units.</summary>
    public void Bounds(int step, out long after, out long through)
    {
        long end = (Anchor ?? Range.TimeOf(step)) - Offset;
        after = Scale.Units(end - Width);
        through = Scale.Units(end);
    }

    /// <summary>The steps of a subquery that lie in any of the windows: multiples of its step.</summary>
    public StepRange InnerRange(StepRange outer, QueryContext context)
    {
        long first = (Anchor ?? outer.Start) - Offset - Width;
        long last = (Anchor ?? outer.TimeOf(outer.Count - 1)) - Offset;
        long start = InnerStep * (first / InnerStep);
        if (start <= first) start += InnerStep;
        StepRange inner = new(start, last, InnerStep);
        context.CheckSteps(inner);
        context.Reserve(inner.Count * 4L); // the columns of its operators, and the samples made of them
        return inner;
    }
}
