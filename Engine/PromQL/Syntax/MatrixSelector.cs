namespace Slungd.Engine.PromQL.Syntax;

/// <summary>`selector[range]`; the modifiers are the inner selector's.</summary>
internal sealed class MatrixSelector : Expr
{
    public MatrixSelector(VectorSelector selector, long range, DurationExpr? rangeExpr)
    {
        Selector = selector;
        Range = range;
        RangeExpr = rangeExpr;
        Depth = 2;
    }

    public VectorSelector Selector { get; }

    /// <summary>In milliseconds; 0 when it is computed.</summary>
    public long Range { get; }

    public DurationExpr? RangeExpr { get; }

    public override ValueKind Kind => ValueKind.RangeVector;
}
