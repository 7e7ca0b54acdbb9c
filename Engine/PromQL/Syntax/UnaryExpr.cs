namespace Slungd.Engine.PromQL.Syntax;

/// <summary>A sign before an expression that is no number.</summary>
internal sealed class UnaryExpr : Expr
{
    public UnaryExpr(bool negative, Expr operand)
    {
        Negative = negative;
        Operand = operand;
        Depth = operand.Depth + 1;
    }

    public bool Negative { get; }

    public Expr Operand { get; }

    public override ValueKind Kind => Operand.Kind;
}
