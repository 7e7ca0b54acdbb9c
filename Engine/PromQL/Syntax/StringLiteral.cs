namespace Slungd.Engine.PromQL.Syntax;

internal sealed class StringLiteral(string value) : Expr
{
    public string Value { get; } = value;

    public override ValueKind Kind => ValueKind.Text;
}
