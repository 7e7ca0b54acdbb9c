namespace Slungd.Engine.PromQL.Syntax;

/// <summary>`expression[range:step] @ time offset duration`</summary>
internal sealed class SubqueryExpr : Expr
{
    public SubqueryExpr(Expr inner, long range, DurationExpr? rangeExpr, long step, DurationExpr? stepExpr)
    {
        Inner = inner;
        Range = range;
        RangeExpr = rangeExpr;
        Step = step;
        StepExpr = stepExpr;
        Depth = inner.Depth + 1;
    }

    public Expr Inner { get; }

    /// <summary>In milliseconds; 0 when it is computed.</summary>
    public long Range { get; }

    public DurationExpr? RangeExpr { get; }

    /// <summary>In milliseconds; 0 for the default or when it is computed.</summary>
    public long Step { get; }

    public DurationExpr? StepExpr { get; }

    public TimeShift Shift;

    public override ValueKind Kind => ValueKind.RangeVector;
}
