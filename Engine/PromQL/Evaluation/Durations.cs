using System;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Resolves ranges, offsets, `@` and computed durations for one evaluation.</summary>
internal static class Durations
{
    public static Windowing Of(VectorSelector selector, StepRange range, QueryContext context) =>
        Make(selector.Shift, context.Options.Lookback, 0, range, context);

    public static Windowing Of(MatrixSelector matrix, StepRange range, QueryContext context) =>
        Make(matrix.Selector.Shift, Resolve(matrix.Range, matrix.RangeExpr, context), 0, range, context);

    public static Windowing Of(SubqueryExpr subquery, StepRange range, QueryContext context)
    {
        long step = Resolve(subquery.Step, subquery.StepExpr, context);
        if (step == 0) step = context.Options.SubqueryStep;
        return Make(subquery.Shift, Resolve(subquery.Range, subquery.RangeExpr, context), step, range, context);
    }

    private static Windowing Make(TimeShift shift, long width, long step, StepRange range, QueryContext context)
    {
        long? anchor = shift.Anchor switch
        {
            TimeAnchor.Fixed => shift.At,
            TimeAnchor.Start => context.Outermost.Start,
            TimeAnchor.End => context.Outermost.End,
            _ => null,
        };
        long offset = shift.OffsetExpr is null ? shift.Offset : ToMilliseconds(shift.OffsetExpr, true, context);
        return new Windowing(range, anchor, offset, width, step, context.Scale);
    }

    private static long Resolve(long literal, DurationExpr? computed, QueryContext context) =>
        computed is null ? literal : ToMilliseconds(computed, false, context);

    private static long ToMilliseconds(DurationExpr duration, bool mayBeNegative, QueryContext context)
    {
        double seconds = Seconds(duration, context);
        if (!(seconds > 0) && !mayBeNegative) throw QueryFailure.Execution("duration must be greater than 0");
        double milliseconds = seconds * 1000;
        if (!(Math.Abs(milliseconds) < long.MaxValue / 1_000_000.0))
            throw QueryFailure.Execution("duration is out of range");
        return (long)milliseconds;
    }

    private static double Seconds(Expr expr, QueryContext context)
    {
        if (expr is NumberLiteral number) return number.Value;
        DurationExpr duration = (DurationExpr)expr;
        double left = duration.Left is null ? 0 : Seconds(duration.Left, context);
        double right = duration.Right is null ? 0 : Seconds(duration.Right, context);
        switch (duration.Op)
        {
            case TokenKind.Step:
                return context.Outermost.Count > 1 ? context.Outermost.Step / 1000.0 : context.DefaultStep / 1000.0;
            case TokenKind.Range:
                return (context.Outermost.End - context.Outermost.Start) / 1000.0;
            case TokenKind.Min:
                return Math.Min(left, right);
            case TokenKind.Max:
                return Math.Max(left, right);
            case TokenKind.Div when right == 0:
                throw QueryFailure.Execution("division by zero");
            case TokenKind.Mod when right == 0:
                throw QueryFailure.Execution("modulo by zero");
            default:
                return ScalarOperation.Apply(duration.Op, left, right);
        }
    }
}
