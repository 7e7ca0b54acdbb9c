using System;
using System.Collections.Generic;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Tests.Conformance;

/// <summary>The same query with all its times fixed by `@`: it must say the same at any other moment.</summary>
internal static class AnchoredQuery
{
    private static readonly string[] s_timeDependent =
    [
        "days_in_month", "day_of_month", "day_of_week", "day_of_year", "hour", "minute", "month", "year",
        "predict_linear", "time", "timestamp",
    ];

    /// <summary>Null when the query depends on the moment whatever its selectors do.</summary>
    public static string? Of(string query, long time)
    {
        if (!Parser.TryParse(query, ParserOptions.Everything, out Expr? expr, out _)) return null;
        return Anchor(expr, time) ? expr.ToString() : null;
    }

    /// <summary>The moments to ask at instead.</summary>
    public static IEnumerable<long> Times(long time) =>
        time == 0 ? [-1000, 0, 1000] : [-10 * time, 0, time / 5, time, 10 * time];

    private static bool Anchor(Expr expr, long time)
    {
        switch (expr)
        {
            case ParenExpr paren: return Anchor(paren.Inner, time);
            case UnaryExpr unary: return Anchor(unary.Operand, time);
            case BinaryExpr binary: return Anchor(binary.Left, time) & Anchor(binary.Right, time);
            case AggregateExpr aggregate:
                return Anchor(aggregate.Operand, time) & (aggregate.Parameter is null || Anchor(aggregate.Parameter,
                    time));
            case CallExpr call:
                bool fixedTimes = Array.IndexOf(s_timeDependent, call.Function.Name) < 0;
                bool info = call.Function.Name == "info"; // its second argument is no selector of samples
                for (int i = 0; i < (info ? 1 : call.Arguments.Length); i++) fixedTimes &= Anchor(call.Arguments[i],
                    time);
                return fixedTimes && !info;
            case VectorSelector selector: return Fix(ref selector.Shift, time);
            case MatrixSelector matrix: return Fix(ref matrix.Selector.Shift, time);
            case SubqueryExpr subquery: return Fix(ref subquery.Shift, time);
            default: return true;
        }
    }

    private static bool Fix(ref TimeShift shift, long time)
    {
        if (shift.Anchor is TimeAnchor.Start or TimeAnchor.End) shift.Anchor = TimeAnchor.None;
        if (shift.Anchor == TimeAnchor.None) (shift.Anchor, shift.At) = (TimeAnchor.Fixed, time);
        return true;
    }
}
