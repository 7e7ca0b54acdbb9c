using System;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>`offset`, `@`, ranges, subqueries and durations.</summary>
internal sealed partial class Parser
{
    private const double MaxSeconds = long.MaxValue / 1e9;
    private const double MaxTime = long.MaxValue / 2; // so that an offset and a range fit as well

    private Expr? ParseOffset(Expr of)
    {
        Take();
        Expr? duration = ParseOffsetDuration();
        if (duration is null) return null;
        if (ShiftOf(of) is not { } shift)
            return Fail(of.Position, "offset modifier must be preceded by an instant vector selector or range vector " +
                $"selector or a subquery, but follows a {of.Kind.Name()} instead");
        if (shift.HasOffset) return Fail(of.Position, "offset may not be set multiple times");
        if (duration is NumberLiteral number) shift.Offset = ToMilliseconds(number.Value);
        else shift.OffsetExpr = (DurationExpr)duration;
        return SetShift(of, shift);
    }

    private Expr? ParseAt(Expr of)
    {
        Take();
        TimeShift time = default;
        if (Current.Kind is TokenKind.Start or TokenKind.End)
        {
            time.Anchor = Take().Kind == TokenKind.Start ? TimeAnchor.Start : TimeAnchor.End;
            if (!Accept(TokenKind.LeftParen) || !Accept(TokenKind.RightParen)) return Unexpected("@", "timestamp");
        }
        else
        {
            bool negative = Current.Kind == TokenKind.Sub;
            if (negative || Current.Kind == TokenKind.Add) Take();
            if (Current.Kind is not (TokenKind.Number or TokenKind.Duration)) return Unexpected("@", "timestamp");
            if (ParseNumber() is not { } number) return null;
            double seconds = negative ? -number.Value : number.Value;
            double milliseconds = Math.Round(seconds * 1000);
            if (!(Math.Abs(milliseconds) < MaxTime))
                return Fail(number.Position, "timestamp out of bounds for @ modifier: " + NumberText.Format(seconds));
            time.Anchor = TimeAnchor.Fixed;
            time.At = (long)milliseconds;
        }
        if (ShiftOf(of) is not { } shift)
            return Fail(of.Position, "@ modifier must be preceded by an instant vector selector or range vector " +
                $"selector or a subquery, but follows a {of.Kind.Name()} instead");
        if (shift.Anchor != TimeAnchor.None) return Fail(of.Position, "@ <timestamp> may not be set multiple times");
        shift.Anchor = time.Anchor;
        shift.At = time.At;
        return SetShift(of, shift);
    }

    private Expr? ParseEdges(Expr of)
    {
        Token word = Current;
        if (!_options.ExtendedRanges)
            return Fail(word.Position, $"{word.Text} modifier is experimental and not enabled");
        VectorSelector? selector = of as VectorSelector ?? (of as MatrixSelector)?.Selector;
        if (selector is null || selector.Edges != RangeEdges.Plain)
            return Fail(of.Position, $"{word.Text} modifier is expected once behind a selector");
        selector.Edges = Take().Kind == TokenKind.Anchored ? RangeEdges.Anchored : RangeEdges.Smoothed;
        return Modified(of);
    }

    private Expr? ParseBrackets(Expr of)
    {
        Token open = Take();
        if (Current.Kind is TokenKind.RightBracket or TokenKind.Colon or TokenKind.Bad)
            return Unexpected("subquery or range selector", "number or duration");
        Expr? range = ParseDuration(1);
        if (range is null || !IsPositive(range)) return null;
        if (Current.Kind == TokenKind.RightBracket)
        {
            TextRange close = Take().Position;
            string error = of switch
            {
                not VectorSelector => "ranges only allowed for vector selectors",
                VectorSelector { Shift.HasOffset: true } => "no offset modifiers allowed before range",
                VectorSelector { Shift.Anchor: not TimeAnchor.None } => "no @ modifiers allowed before range",
                _ => "",
            };
            if (error.Length > 0) return Fail(TextRange.Over(open.Position, close), error);
            return new MatrixSelector((VectorSelector)of, ToMilliseconds(range), range as DurationExpr)
            {
                Position = TextRange.Over(of.Position, close),
            };
        }
        if (!Accept(TokenKind.Colon)) return Unexpected("subquery or range", "\":\" or \"]\"");
        Expr? step = null;
        if (Current.Kind != TokenKind.RightBracket)
        {
            step = ParseDuration(1);
            if (step is null || !IsPositive(step)) return null;
        }
        TextRange end = Current.Position;
        if (!Accept(TokenKind.RightBracket)) return Unexpected("subquery selector", "\"]\"");
        long stepMs = step is null ? 0 : ToMilliseconds(step);
        return new SubqueryExpr(of, ToMilliseconds(range), range as DurationExpr, stepMs, step as DurationExpr)
        {
            Position = TextRange.Over(of.Position, end),
        };
    }

    // A literal, a sign, or something in parentheses: `foo offset -2^2` is (foo offset -2)^2.
    private Expr? ParseOffsetDuration()
    {
        const string Expected = "number or duration";
        Token sign = Current;
        if (sign.Kind is TokenKind.Add or TokenKind.Sub) Take();
        if (Current.Kind is not (TokenKind.Number or TokenKind.Duration or TokenKind.LeftParen or TokenKind.Step or
            TokenKind.Range or TokenKind.Min or TokenKind.Max)) return Unexpected("offset", Expected);
        return Signed(sign, ParseDurationPrimary());
    }

    private Expr? ParseDuration(int leastPrecedence)
    {
        if (++_nesting > MaxDepth) return TooDeep(Current.Position);
        Expr? left = ParseDurationUnary();
        while (left is not null && Current.Kind is TokenKind.Add or TokenKind.Sub or TokenKind.Mul or TokenKind.Div or
            TokenKind.Mod or TokenKind.Pow && Current.Kind.Precedence() >= leastPrecedence)
        {
            if (!MayCompute(left!.Position)) return null;
            Token op = Take();
            int precedence = op.Kind.Precedence();
            Expr? right = ParseDuration(op.Kind == TokenKind.Pow ? precedence : precedence + 1);
            if (right is null) return null;
            if (op.Kind is TokenKind.Div or TokenKind.Mod && right is NumberLiteral { Value: 0 })
                return Fail(op.Position, op.Kind == TokenKind.Div ? "division by zero" : "modulo by zero");
            left = new DurationExpr(op.Kind, left, right) { Position = TextRange.Over(left.Position, right.Position) };
            if (left.Depth > MaxDepth) return TooDeep(left.Position);
        }
        _nesting--;
        return left;
    }

    private Expr? ParseDurationUnary()
    {
        Token sign = Current;
        if (sign.Kind is not (TokenKind.Add or TokenKind.Sub)) return ParseDurationPrimary();
        Take();
        return Signed(sign, ParseDuration(TokenKinds.PowPrecedence));
    }

    private static Expr? Signed(Token sign, Expr? operand)
    {
        if (operand is null || sign.Kind is not (TokenKind.Add or TokenKind.Sub)) return operand;
        bool negative = sign.Kind == TokenKind.Sub;
        operand.Position = TextRange.Over(sign.Position, operand.Position);
        if (!negative) return operand;
        if (operand is not NumberLiteral number)
            return new DurationExpr(TokenKind.Sub, null, operand) { Position = operand.Position };
        number.Value = -number.Value;
        return number;
    }

    private Expr? ParseDurationPrimary()
    {
        Token token = Current;
        switch (token.Kind)
        {
            case TokenKind.Number:
            case TokenKind.Duration:
                NumberLiteral? number = ParseNumber();
                return number is not null && !(Math.Abs(number.Value) <= MaxSeconds)
                    ? Fail(number.Position, "duration out of range")
                    : number;
            case TokenKind.LeftParen:
                if (!MayCompute(token.Position)) return null;
                Take();
                Expr? inner = ParseDuration(1);
                if (inner is null) return null;
                if (!Accept(TokenKind.RightParen)) return Unexpected("duration expression", "\")\"");
                if (inner is DurationExpr computed) computed.Wrapped = true;
                return inner;
            case TokenKind.Step:
            case TokenKind.Range:
                if (!MayCompute(token.Position)) return null;
                Take();
                if (!Accept(TokenKind.LeftParen) || !Accept(TokenKind.RightParen))
                    return Unexpected("duration expression", "\"()\"");
                return new DurationExpr(token.Kind) { Position = token.Position };
            case TokenKind.Min:
            case TokenKind.Max:
                if (!MayCompute(token.Position)) return null;
                return ParseDurationPair(Take());
            default:
                return Unexpected("duration expression", "number or duration");
        }
    }

    // min(a, b), max(a, b)
    private Expr? ParseDurationPair(Token op)
    {
        if (!Accept(TokenKind.LeftParen)) return Unexpected("duration expression", "\"(\"");
        if (ParseDuration(1) is not { } left) return null;
        if (!Accept(TokenKind.Comma)) return Unexpected("duration expression", "\",\"");
        if (ParseDuration(1) is not { } right) return null;
        TextRange close = Current.Position;
        if (!Accept(TokenKind.RightParen)) return Unexpected("duration expression", "\")\"");
        return new DurationExpr(op.Kind, left, right) { Position = TextRange.Over(op.Position, close) };
    }

    private bool MayCompute(TextRange at) => _options.DurationExpressions ||
        Fail(at, "experimental duration expression is not enabled") is not null;

    private bool IsPositive(Expr duration) => duration is not NumberLiteral { Value: <= 0 } ||
        Fail(duration.Position, "duration must be greater than 0") is not null;

    private static TimeShift? ShiftOf(Expr of) => of switch
    {
        VectorSelector selector => selector.Shift,
        MatrixSelector matrix => matrix.Selector.Shift,
        SubqueryExpr subquery => subquery.Shift,
        _ => null,
    };

    private Expr SetShift(Expr of, TimeShift shift)
    {
        if (of is VectorSelector selector) selector.Shift = shift;
        else if (of is MatrixSelector matrix) matrix.Selector.Shift = shift;
        else ((SubqueryExpr)of).Shift = shift;
        return Modified(of);
    }

    private Expr Modified(Expr of)
    {
        of.Position = TextRange.Over(of.Position, _tokens[_next - 1].Position);
        return of;
    }

    private static long ToMilliseconds(Expr duration) =>
        duration is NumberLiteral number ? ToMilliseconds(number.Value) : 0;

    // To nanoseconds, rounded, then cut to milliseconds: as Prometheus has it.
    private static long ToMilliseconds(double seconds) => (long)Math.Round(seconds * 1e9) / 1_000_000;
}
