using System;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Whether all series of an expression have the same metric name, or none: then they stay distinct without
/// it.</summary>
internal static class SingleName
{
    public static bool Holds(Expr expr) => expr switch
    {
        ParenExpr paren => Holds(paren.Inner),
        VectorSelector selector => Array.Exists(selector.Matchers, static m =>
            m.Name == SeriesLabels.Name && m.Op == LabelMatchOp.Equal) && !MayVaryInType(selector),
        MatrixSelector matrix => Holds(matrix.Selector),
        SubqueryExpr subquery => Holds(subquery.Inner),
        UnaryExpr unary => unary.Negative || Holds(unary.Operand),
        AggregateExpr aggregate => aggregate.Op < TokenKind.Bottomk ||
            aggregate.Op is TokenKind.Count or TokenKind.Sum or
            TokenKind.Min or TokenKind.Max
            ? aggregate.Without || Array.IndexOf(aggregate.Grouping, SeriesLabels.Name) < 0
            : Holds(aggregate.Operand),
        _ => false,
    };

    // Type and unit fall away with the name; a matcher on them is a hint that series differ in them.
    private static bool MayVaryInType(VectorSelector selector) =>
        Array.Exists(selector.Matchers, static m => m.Name is "__type__" or "__unit__");
}
