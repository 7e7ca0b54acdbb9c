using System;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Whether an expression is worth the same at every step, because `@` fixes all its times.</summary>
internal static class StepInvariance
{
    // What depends on the evaluation time, whatever its arguments are.
    private static readonly string[] s_timeDependent =
    [
        "day_of_month", "day_of_week", "day_of_year", "days_in_month", "hour", "minute", "month", "predict_linear",
            "time",
        "timestamp", "year",
    ];

    public static bool Holds(Expr expr) => expr switch
    {
        NumberLiteral or StringLiteral => true,
        ParenExpr paren => Holds(paren.Inner),
        UnaryExpr unary => Holds(unary.Operand),
        BinaryExpr binary => Holds(binary.Left) && Holds(binary.Right),
        AggregateExpr aggregate => (aggregate.Parameter is null || Holds(aggregate.Parameter)) &&
            Holds(aggregate.Operand),
        CallExpr call => Array.IndexOf(s_timeDependent, call.Function.Name) < 0 &&
            !call.Function.Name.StartsWith("sort", StringComparison.Ordinal) && Array.TrueForAll(call.Arguments, Holds),
        VectorSelector selector => selector.Shift.Anchor != TimeAnchor.None,
        MatrixSelector matrix => matrix.Selector.Shift.Anchor != TimeAnchor.None,
        SubqueryExpr subquery => subquery.Shift.Anchor != TimeAnchor.None,
        _ => false,
    };
}
