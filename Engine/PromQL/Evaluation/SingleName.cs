using System;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Functions;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Whether all series of an expression have the same metric name, or none: then they stay distinct without
/// it. Asked only when names are removed at once.</summary>
internal static class SingleName
{
    public static bool Holds(Expr expr) => expr switch
    {
        ParenExpr paren => Holds(paren.Inner),
        VectorSelector selector => Array.Exists(selector.Matchers, static m =>
            m.Name == SeriesLabels.Name && m.Op == LabelMatchOp.Equal) && !MayVaryInType(selector),
        MatrixSelector matrix => Holds(matrix.Selector),
        SubqueryExpr subquery => Holds(subquery.Inner),
        CallExpr call => LosesName(call),
        BinaryExpr binary => HoldsOfBinary(binary),
        UnaryExpr unary => unary.Negative || Holds(unary.Operand),
        AggregateExpr aggregate => HoldsOfAggregate(aggregate),
        _ => false,
    };

    // Results without any name are distinct by now: the function or operator has merged what became the same.
    private static bool LosesName(CallExpr call) => call.Function.Name is "clamp" or "clamp_max" or "clamp_min" or
        "histogram_fraction" or "histogram_quantile" or "round" or "timestamp" or "vector" ||
        RangeFunctions.Find(call.Function.Name) is { KeepsName: false } || HistogramSink.Knows(call.Function.Name) ||
        FloatFunctions.Find(call.Function.Name) is not null;

    private static bool HoldsOfAggregate(AggregateExpr aggregate) => aggregate.Op switch
    {
        TokenKind.CountValues => false, // its label may be the name
        TokenKind.Topk or TokenKind.Bottomk or TokenKind.Limitk or TokenKind.LimitRatio => Holds(aggregate.Operand),
        _ => aggregate.Without || Array.IndexOf(aggregate.Grouping, SeriesLabels.Name) < 0,
    };

    private static bool HoldsOfBinary(BinaryExpr binary)
    {
        bool brought = binary.Matching is { } matching && Array.IndexOf(matching.Include, SeriesLabels.Name) >= 0;
        if (binary.Op == TokenKind.Or || brought) return false;
        if (!binary.Op.IsSetOperator() && (!binary.Op.IsComparison() || binary.ReturnBool)) return true;
        return Holds(binary.Left.Kind == ValueKind.Scalar || binary.Matching?.Cardinality == MatchCardinality.OneToMany
            ? binary.Right : binary.Left);
    }

    // Type and unit fall away with the name; a matcher on them is a hint that series differ in them.
    private static bool MayVaryInType(VectorSelector selector) =>
        Array.Exists(selector.Matchers, static m => m.Name is "__type__" or "__unit__");
}
