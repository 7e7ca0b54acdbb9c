using System;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>A computed duration in seconds (experimental). Operands are number literals and duration expressions.
/// </summary>
internal sealed class DurationExpr : Expr
{
    public DurationExpr(TokenKind op, Expr? left = null, Expr? right = null)
    {
        Op = op;
        Left = left;
        Right = right;
        Depth = Math.Max(left?.Depth ?? 0, right?.Depth ?? 0) + 1;
    }

    /// <summary>An arithmetic operator, Step, Range, Min or Max.</summary>
    public TokenKind Op { get; }

    /// <summary>Null for a sign, step() and range().</summary>
    public Expr? Left { get; }

    public Expr? Right { get; }

    /// <summary>It stands in parentheses.</summary>
    public bool Wrapped { get; set; }

    public override ValueKind Kind => ValueKind.Scalar;
}
