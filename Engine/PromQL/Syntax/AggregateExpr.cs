using System;

namespace Slungd.Engine.PromQL.Syntax;

internal sealed class AggregateExpr : Expr
{
    public AggregateExpr(TokenKind op, Expr operand, Expr? parameter, string[] grouping, bool without)
    {
        Op = op;
        Operand = operand;
        Parameter = parameter;
        Grouping = grouping;
        Without = without;
        Depth = Math.Max(operand.Depth, parameter?.Depth ?? 0) + 1;
    }

    public TokenKind Op { get; }

    public Expr Operand { get; }

    /// <summary>The first argument of topk, bottomk, quantile, count_values, limitk, limit_ratio.</summary>
    public Expr? Parameter { get; }

    /// <summary>The labels of `by` or `without`.</summary>
    public string[] Grouping { get; }

    public bool Without { get; }

    public override ValueKind Kind => ValueKind.InstantVector;
}
