using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Reads a query into a tree whose types fit: recursive descent, one token ahead, bounded in depth. A method
/// that fails sets the error and returns null; the first error stands.</summary>
internal sealed partial class Parser
{
    /// <summary>Levels of a tree: each costs stack, here and in the evaluation.</summary>
    public const int MaxDepth = 256;

    private readonly string _text;
    private readonly ParserOptions _options;
    private readonly List<Token> _tokens = [];
    private int _next;
    private int _nesting;
    private SyntaxError? _error;

    private Parser(string text, ParserOptions options)
    {
        _text = text;
        _options = options;
        Lexer lexer = new(text);
        do _tokens.Add(lexer.Next());
        while (_tokens[^1].Kind is not (TokenKind.EndOfInput or TokenKind.Bad));
    }

    private Token Current => _tokens[_next];

    /// <summary>Reads a whole query.</summary>
    public static bool TryParse(string text, ParserOptions options, [NotNullWhen(true)] out Expr? query,
        out SyntaxError error)
    {
        Parser parser = new(text, options);
        query = parser.Current.Kind == TokenKind.EndOfInput
            ? parser.Fail(default, "no expression found in input")
            : parser.ParseBinary(1);
        if (query is not null && parser.Current.Kind != TokenKind.EndOfInput) query = parser.Unexpected("", "");
        if (query is not null && !parser.Check(query)) query = null;
        error = parser._error ?? default;
        return query is not null;
    }

    /// <summary>Reads a selector alone, as `match[]` has it.</summary>
    public static bool TryParseSelector(string text, [NotNullWhen(true)] out VectorSelector? selector,
        out SyntaxError error)
    {
        selector = null;
        if (!TryParse(text, default, out Expr? query, out error)) return false;
        selector = query as VectorSelector;
        if (selector is { Shift: { HasOffset: false, Anchor: TimeAnchor.None } }) return true;
        selector = null;
        error = new SyntaxError(query.Position, "expected a series selector without modifiers");
        return false;
    }

    private Expr? ParseBinary(int leastPrecedence)
    {
        if (++_nesting > MaxDepth) return TooDeep(Current.Position);
        Expr? left = ParseUnary();
        while (left is not null && Current.Kind.Precedence() is int precedence and > 0 && precedence >= leastPrecedence)
        {
            left = ParseBinaryTail(left, precedence);
            if (left?.Depth > MaxDepth) left = TooDeep(left.Position);
        }
        _nesting--;
        return left;
    }

    private Expr? ParseBinaryTail(Expr left, int precedence)
    {
        Token op = Take();
        bool returnBool = Accept(TokenKind.Bool);
        VectorMatching? matching = null;
        if (Current.Kind is TokenKind.On or TokenKind.Ignoring && !TryParseMatching(out matching)) return null;
        Expr? right = ParseBinary(op.Kind == TokenKind.Pow ? precedence : precedence + 1);
        return right is null ? null : MakeBinary(op, left, right, matching, returnBool);
    }

    private Expr? ParseUnary()
    {
        if (Current.Kind is not (TokenKind.Add or TokenKind.Sub)) return ParsePostfix();
        Token sign = Take();
        Expr? operand = ParseBinary(TokenKinds.PowPrecedence);
        if (operand is null) return null;
        bool negative = sign.Kind == TokenKind.Sub;
        TextRange position = TextRange.Over(sign.Position, operand.Position);
        if (operand is NumberLiteral number)
        {
            if (negative) number.Value = -number.Value;
            number.Position = position;
            return number;
        }
        return new UnaryExpr(negative, operand) { Position = position };
    }

    private bool TryParseMatching(out VectorMatching? matching)
    {
        matching = null;
        bool on = Take().Kind == TokenKind.On;
        if (ParseLabels() is not { } labels) return false;
        MatchCardinality cardinality = MatchCardinality.OneToOne;
        string[] include = [];
        if (Current.Kind is TokenKind.GroupLeft or TokenKind.GroupRight)
        {
            cardinality = Take().Kind == TokenKind.GroupLeft ? MatchCardinality.ManyToOne : MatchCardinality.OneToMany;
            if (Current.Kind == TokenKind.LeftParen)
            {
                if (ParseLabels() is not { } included) return false;
                include = included;
            }
        }
        matching = new VectorMatching(cardinality, on, labels, include);
        return true;
    }

    // ( label, "label", ... )
    private string[]? ParseLabels()
    {
        const string Where = "grouping opts";
        List<string> labels = [];
        if (!Accept(TokenKind.LeftParen)) return UnexpectedAnd<string[]>(Where, "\"(\"");
        while (!Accept(TokenKind.RightParen))
        {
            Token label = Current;
            string name = label.Text;
            if (label.Kind == TokenKind.String)
            {
                if (!TryUnquote(label, out name)) return null;
            }
            else if (!label.Kind.MayNameLabel())
            {
                return UnexpectedAnd<string[]>(Where, "label");
            }
            if (!LabelName.IsValid(name))
                return FailAnd<string[]>(label.Position, $"invalid label name for grouping: {StringText.Quote(name)}");
            Take();
            labels.Add(name);
            if (Current.Kind == TokenKind.RightParen) continue;
            if (!Accept(TokenKind.Comma)) return UnexpectedAnd<string[]>(Where, "\",\" or \")\"");
        }
        return [.. labels];
    }

    private Token Take() => _tokens[_next < _tokens.Count - 1 ? _next++ : _next];

    private bool Accept(TokenKind kind)
    {
        if (Current.Kind != kind) return false;
        Take();
        return true;
    }

    private bool TryUnquote(Token literal, out string text)
    {
        if (StringText.TryUnquote(literal.Text, out text, out string error)) return true;
        Fail(literal.Position, error);
        return false;
    }

    private Expr? TooDeep(TextRange at) => Fail(at, $"nested too deeply: expected at most {MaxDepth} levels");

    private Expr? Fail(TextRange at, string message)
    {
        _error ??= new SyntaxError(at, message);
        return null;
    }

    private T? FailAnd<T>(TextRange at, string message) where T : class
    {
        Fail(at, message);
        return null;
    }

    private Expr? Unexpected(string where, string expected)
    {
        Token token = Current;
        if (token.Kind == TokenKind.Bad) return Fail(token.Position, token.Text);
        string message = "unexpected " + token.Describe();
        if (where.Length > 0) message += " in " + where;
        if (expected.Length > 0) message += ", expected " + expected;
        return Fail(token.Position, message);
    }

    private T? UnexpectedAnd<T>(string where, string expected) where T : class
    {
        Unexpected(where, expected);
        return null;
    }
}
