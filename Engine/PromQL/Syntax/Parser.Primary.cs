using System;
using System.Collections.Generic;
using System.Globalization;
using Slungd.Engine.Model;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Literals, selectors, calls and aggregations, and the modifiers behind them.</summary>
internal sealed partial class Parser
{
    private Expr? ParsePostfix()
    {
        Expr? expr = ParsePrimary();
        while (expr is not null && Current.Kind is TokenKind.Offset or TokenKind.At or TokenKind.LeftBracket or
            TokenKind.Anchored or TokenKind.Smoothed)
        {
            expr = Current.Kind switch
            {
                TokenKind.Offset => ParseOffset(expr!),
                TokenKind.At => ParseAt(expr!),
                TokenKind.LeftBracket => ParseBrackets(expr!),
                _ => ParseEdges(expr!),
            };
            if (expr?.Depth > MaxDepth) return TooDeep(expr.Position);
        }
        return expr;
    }

    private Expr? ParsePrimary()
    {
        Token token = Current;
        switch (token.Kind)
        {
            case TokenKind.Number:
            case TokenKind.Duration:
                return ParseNumber();
            case TokenKind.String:
                if (!TryUnquote(token, out string text)) return null;
                Take();
                return new StringLiteral(text) { Position = token.Position };
            case TokenKind.LeftParen:
                return ParseParentheses();
            case TokenKind.LeftBrace:
                return ParseSelector(null);
        }
        TokenKind following = _tokens[Math.Min(_next + 1, _tokens.Count - 1)].Kind;
        if (token.Kind.IsAggregation() && following is TokenKind.LeftParen or TokenKind.By or TokenKind.Without)
            return ParseAggregation();
        if (token.Kind == TokenKind.Identifier && following == TokenKind.LeftParen) return ParseCall();
        return token.Kind.MayNameMetric() ? ParseSelector(Take()) : Unexpected("", "");
    }

    private NumberLiteral? ParseNumber()
    {
        Token token = Take();
        double value;
        string error = "";
        bool read = token.Kind == TokenKind.Number
            ? NumberText.TryParse(token.Text, out value)
            : DurationText.TryParseSeconds(token.Text, out value, out error);
        if (read) return new NumberLiteral(value, token.Kind == TokenKind.Duration) { Position = token.Position };
        if (error.Length == 0) error = $"error parsing number: \"{token.Text}\"";
        return FailAnd<NumberLiteral>(token.Position, error);
    }

    private Expr? ParseParentheses()
    {
        Token open = Take();
        Expr? inner = ParseBinary(1);
        if (inner is null) return null;
        Token close = Current;
        if (close.Kind == TokenKind.EndOfInput) return Fail(open.Position, "unclosed left parenthesis");
        if (!Accept(TokenKind.RightParen)) return Unexpected("", "");
        return new ParenExpr(inner) { Position = TextRange.Over(open.Position, close.Position) };
    }

    // name{...}, name, {...}
    private VectorSelector? ParseSelector(Token? name)
    {
        List<LabelMatcher> matchers = [];
        TextRange position = name?.Position ?? Current.Position;
        if (Current.Kind == TokenKind.LeftBrace)
        {
            TextRange open = Take().Position;
            if (!TryParseMatchers(matchers)) return null;
            position = TextRange.Over(name?.Position ?? open, _tokens[_next - 1].Position);
        }
        string text = name?.Text ?? "";
        if (text.Length > 0)
        {
            foreach (LabelMatcher matcher in matchers)
            {
                if (matcher.Name != SeriesLabels.Name) continue;
                return FailAnd<VectorSelector>(position, "metric name must not be set twice: " +
                    $"{StringText.Quote(text)} or {StringText.Quote(matcher.Value)}");
            }
            matchers.Add(LabelMatcher.Equal(SeriesLabels.Name, text));
        }
        return new VectorSelector(text, [.. matchers]) { Position = position };
    }

    private bool TryParseMatchers(List<LabelMatcher> into)
    {
        const string Where = "label matching";
        while (!Accept(TokenKind.RightBrace))
        {
            Token label = Current;
            if (label.Kind is not (TokenKind.Identifier or TokenKind.String))
                return Unexpected(Where, "identifier or \"}\"") is not null;
            string name = label.Text;
            if (label.Kind == TokenKind.String && !TryUnquote(label, out name)) return false;
            Take();
            Token op = Current;
            bool isName = label.Kind == TokenKind.String && op.Kind is TokenKind.Comma or TokenKind.RightBrace;
            if (isName) into.Add(LabelMatcher.Equal(SeriesLabels.Name, name));
            else if (!TryParseMatcher(label, name, into)) return false;
            if (Current.Kind == TokenKind.RightBrace) continue;
            if (!Accept(TokenKind.Comma)) return Unexpected(Where, "\",\" or \"}\"") is not null;
        }
        return true;
    }

    private bool TryParseMatcher(Token label, string name, List<LabelMatcher> into)
    {
        const string Where = "label matching";
        LabelMatchOp? op = Current.Kind switch
        {
            TokenKind.Assign => LabelMatchOp.Equal,
            TokenKind.NotEqual => LabelMatchOp.NotEqual,
            TokenKind.MatchRegex => LabelMatchOp.Regex,
            TokenKind.NotMatchRegex => LabelMatchOp.NotRegex,
            _ => null,
        };
        if (op is null) return Unexpected(Where, "label matching operator") is not null;
        Take();
        Token value = Current;
        if (value.Kind != TokenKind.String) return Unexpected(Where, "string") is not null;
        if (!TryUnquote(value, out string text)) return false;
        Take();
        if (!LabelName.IsValid(name))
            return Fail(label.Position, $"invalid label name {StringText.Quote(name)}") is not null;
        if (LabelMatcher.TryCreate(name, op.Value, text, out LabelMatcher? matcher, out string? error))
        {
            into.Add(matcher!);
            return true;
        }
        return Fail(TextRange.Over(label.Position, value.Position), "error parsing regexp: " + error) is not null;
    }

    private CallExpr? ParseCall()
    {
        Token name = Take();
        FunctionSignature? function = FunctionTable.Find(name.Text);
        if (function is null)
            return FailAnd<CallExpr>(name.Position, $"unknown function with name \"{name.Text}\"");
        if (function.Experimental && !_options.ExperimentalFunctions)
            return FailAnd<CallExpr>(name.Position, $"function \"{name.Text}\" is not enabled");
        if (ParseArguments(out TextRange close) is not { } arguments) return null;
        return new CallExpr(function, arguments) { Position = TextRange.Over(name.Position, close) };
    }

    private Expr[]? ParseArguments(out TextRange close)
    {
        close = default;
        List<Expr> arguments = [];
        Take();
        while (Current.Kind != TokenKind.RightParen)
        {
            if (ParseBinary(1) is not { } argument) return null;
            arguments.Add(argument);
            if (Current.Kind == TokenKind.RightParen) break;
            TextRange comma = Current.Position;
            if (!Accept(TokenKind.Comma))
            {
                if (Current.Kind == TokenKind.EndOfInput) Fail(Current.Position, "unclosed left parenthesis");
                return UnexpectedAnd<Expr[]>("", "");
            }
            if (Current.Kind == TokenKind.RightParen)
                return FailAnd<Expr[]>(comma, "trailing commas not allowed in function call args");
        }
        close = Take().Position;
        return [.. arguments];
    }

    // sum(x) by (l), sum by (l) (x), topk(3, x)
    private AggregateExpr? ParseAggregation()
    {
        Token op = Take();
        string[]? grouping = null;
        bool without = false;
        if (!TryParseGrouping(ref grouping, ref without)) return null;
        if (Current.Kind != TokenKind.LeftParen) return UnexpectedAnd<AggregateExpr>("aggregation", "");
        if (ParseArguments(out TextRange close) is not { } arguments) return null;
        if (grouping is null && !TryParseGrouping(ref grouping, ref without)) return null;
        TextRange position = TextRange.Over(op.Position, _tokens[_next - 1].Position);
        if (arguments.Length == 0)
            return FailAnd<AggregateExpr>(position, "no arguments for aggregate expression provided");
        int expected = op.Kind.HasParameter() ? 2 : 1;
        if (arguments.Length != expected)
            return FailAnd<AggregateExpr>(position, "wrong number of arguments for aggregate expression provided, " +
                string.Create(CultureInfo.InvariantCulture, $"expected {expected}, got {arguments.Length}"));
        if (op.Kind is TokenKind.Limitk or TokenKind.LimitRatio && !_options.ExperimentalFunctions)
            return FailAnd<AggregateExpr>(position, $"{op.Kind.Text()}() is experimental and must be enabled");
        Expr? parameter = expected == 2 ? arguments[0] : null;
        return new AggregateExpr(op.Kind, arguments[^1], parameter, grouping ?? [], without) { Position = position };
    }

    private bool TryParseGrouping(ref string[]? grouping, ref bool without)
    {
        if (Current.Kind is not (TokenKind.By or TokenKind.Without)) return true;
        without = Take().Kind == TokenKind.Without;
        grouping = ParseLabels();
        return grouping is not null;
    }
}
