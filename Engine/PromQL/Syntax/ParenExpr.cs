namespace Slungd.Engine.PromQL.Syntax;

internal sealed class ParenExpr : Expr
{
    public ParenExpr(Expr inner)
    {
        Inner = inner;
        Depth = inner.Depth + 1;
    }

    public Expr Inner { get; }

    public override ValueKind Kind => Inner.Kind;
}
