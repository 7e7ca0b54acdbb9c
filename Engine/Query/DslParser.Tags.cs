using System;
using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

internal ref partial struct DslParser
{
    private const string ExpectedTag = "expected a tag, NOT or '('";

    /// <summary>Reads `ws "[" [ expr ] "]" ws`.</summary>
    private bool ParseTags(out TagExpression tags)
    {
        tags = TagExpression.All.Instance;
        SkipSpace();
        if (!Expect('[', "expected '[' and tags")) return false;
        SkipSpace();
        if (!Take(']'))
        {
            if (!ParseExpression(out tags)) return false;
            if (!Expect(']', "expected AND, OR, NOT or ']'")) return false;
        }
        SkipSpace();
        return true;
    }

    /// <summary>Reads operands and operators up to a closing bracket or parenthesis: left to right, equal precedence.
    /// Recursion: one level per parenthesis, and those are tokens.</summary>
    private bool ParseExpression(out TagExpression expression)
    {
        if (!ParseOperand(out expression)) return false;
        while (true)
        {
            SkipSpace();
            if (_at == _text.Length || _text[_at] is ']' or ')') return true;
            int start = _at;
            ReadOnlySpan<char> word = ReadWord();
            if (!DslWords.IsOperator(word)) return Fail("expected AND, OR, NOT or ']'", start);
            if (!CountToken(start)) return false;
            if (!ParseOperand(out TagExpression right)) return false;
            if (DslWords.IsOr(word)) expression = new TagExpression.Or(expression, right);
            else expression = new TagExpression.And(expression, DslWords.IsNot(word) ? Negate(right) : right);
        }
    }

    /// <summary>Reads `{ NOT } ( tag | "(" expr ")" )`.</summary>
    private bool ParseOperand(out TagExpression operand)
    {
        operand = TagExpression.All.Instance;
        bool negated = false;
        while (true)
        {
            SkipSpace();
            int start = _at;
            if (_at == _text.Length || _text[_at] is ']' or ')') return Fail(ExpectedTag, start);
            if (!CountToken(start)) return false;
            if (Take('('))
            {
                if (!ParseExpression(out operand)) return false;
                if (!Expect(')', "expected AND, OR, NOT or ')'") || !CountToken(_at - 1)) return false;
                break;
            }
            if (_text[_at] == '"')
            {
                if (!ParseQuoted(out string quoted)) return false;
                if (quoted.Length == 0) return Fail("expected a tag between the quotes", start + 1);
                if (!ExpectTagEnd()) return false;
                operand = new TagExpression.Tag(Encoding.UTF8.GetBytes(quoted));
                break;
            }
            ReadOnlySpan<char> word = ReadWord();
            if (!ExpectTagEnd()) return false;
            if (DslWords.IsNot(word))
            {
                negated = !negated;
                continue;
            }
            if (DslWords.IsOperator(word)) return Fail(ExpectedTag, start);
            operand = DslWords.IsAnyValue(word)
                ? new TagExpression.HasKey(Encoding.UTF8.GetBytes(word[..^2].ToString()))
                : new TagExpression.Tag(Encoding.UTF8.GetBytes(word.ToString()));
            break;
        }
        if (negated) operand = Negate(operand);
        return true;
    }

    private static TagExpression Negate(TagExpression expression) =>
        expression is TagExpression.Not not ? not.Operand : new TagExpression.Not(expression);

    /// <summary>Reads text without white space, parentheses, closing bracket and quote; may be empty.</summary>
    private ReadOnlySpan<char> ReadWord()
    {
        int start = _at;
        while (_at < _text.Length && !EndsWord(_text[_at])) _at++;
        return _text[start.._at];
    }

    private static bool EndsWord(char c) => IsSpace(c) || c is '(' or ')' or ']' or '"';

    /// <summary>A tag and a quote that touch are most likely `k="v w"`: say how it is written.</summary>
    private bool ExpectTagEnd()
    {
        if (_at == _text.Length || (EndsWord(_text[_at]) && _text[_at] != '"')) return true;
        return Fail("expected a space; quotes enclose a whole tag, as in \"k=v w\"", _at);
    }

    private bool CountToken(int at) =>
        ++_tokens <= _limits.MaxQueryTokens || Fail($"expected at most {_limits.MaxQueryTokens} tokens", at);
}
