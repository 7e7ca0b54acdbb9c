using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Reads the query language (docs/query-language.md):
/// <code>
/// query := op ":" series ":" tags [ ":" range [ ":" window ] ] [ " BY " key { "," key } ]
/// </code>
/// Never throws for any text: the answer is a query or an error that says what was expected, and where. Work and
/// recursion are bounded by <see cref="Limits.MaxQueryChars"/> and <see cref="Limits.MaxQueryTokens"/>.</summary>
internal ref partial struct DslParser
{
    private readonly ReadOnlySpan<char> _text;
    private readonly Precision _precision;
    private readonly Limits _limits;
    private QueryParseError _error;
    private int _at;
    private int _tokens;

    private DslParser(ReadOnlySpan<char> text, Precision precision, Limits limits)
    {
        _text = text;
        _precision = precision;
        _limits = limits;
    }

    /// <summary>Reads a query; on failure <paramref name="query"/> is null and <paramref name="error"/> says
    /// why.</summary>
    /// <param name="text">The query.</param>
    /// <param name="precision">The store's: the unit of integers, and what durations are converted to.</param>
    /// <param name="limits">Bounds of length and tokens.</param>
    /// <param name="query">The query.</param>
    /// <param name="error">What was expected, and where.</param>
    public static bool TryParse(ReadOnlySpan<char> text, Precision precision, Limits limits, out DslQuery? query,
        out QueryParseError error)
    {
        DslParser parser = new(text, precision, limits);
        query = parser.Parse();
        error = parser._error;
        return query is not null;
    }

    private DslQuery? Parse()
    {
        if (_text.Length > _limits.MaxQueryChars)
            return Null($"expected at most {_limits.MaxQueryChars} characters", _limits.MaxQueryChars);
        SkipSpace();
        if (!ParseOp(out QueryOp op) || !ParseSeries(out string series)) return null;
        if (!Expect(':', "expected ':' after the series; quote a name that contains ':' or brackets")) return null;
        if (!ParseTags(out TagExpression tags)) return null;
        QueryRange? range = null;
        long window = 0;
        if (Take(':'))
        {
            if (!ParseRange(out range)) return null;
            if (Take(':') && !ParseWindow(op, out window)) return null;
        }
        int byAt = _at;
        if (!ParseBy(op, out string[] by)) return null;
        if (_at < _text.Length) return Null(ExpectedNext(range, window), _at);
        return new DslQuery
        {
            Op = op,
            Selector = new SeriesSelector(Encoding.UTF8.GetBytes(series), tags),
            Range = range,
            Window = window,
            By = by,
            ByAt = byAt,
            Precision = _precision,
        };
    }

    private static string ExpectedNext(QueryRange? range, long window)
    {
        if (range is null) return "expected ':' and a range, BY, or the end";
        return window == 0 ? "expected ':' and a window, BY, or the end" : "expected BY or the end";
    }

    private bool ParseOp(out QueryOp op)
    {
        int start = _at;
        while (_at < _text.Length && char.IsAsciiLetter(_text[_at])) _at++;
        if (!QueryOps.TryParse(_text[start.._at], out op)) return Fail($"expected {QueryOps.Words}", start);
        return Expect(':', "expected ':' after the operator");
    }

    private bool ParseSeries(out string series)
    {
        if (_at < _text.Length && _text[_at] == '"') return ParseQuoted(out series);
        int start = _at;
        int length = _text[start..].IndexOfAny(':', '[', ']');
        _at = length < 0 ? _text.Length : start + length;
        series = _text[start.._at].ToString();
        return _at > start || Fail("expected the name of a series", start);
    }

    /// <summary>`BY` stands after white space; without it nothing is read.</summary>
    private bool ParseBy(QueryOp op, out string[] keys)
    {
        keys = [];
        ReadOnlySpan<char> rest = _text[_at..];
        if (!rest.StartsWith("BY", StringComparison.OrdinalIgnoreCase) || !IsSpace(_text[_at - 1])) return true;
        if (rest.Length > 2 && !IsSpace(rest[2])) return true;
        if (op == QueryOp.Raw) return Fail("expected the end: RAW does not group", _at);
        _at += 2;
        List<string> found = [];
        do
        {
            SkipSpace();
            int start = _at;
            if (!ParseKey(out string key)) return false;
            if (key.Length == 0 || key.Contains('=')) return Fail("expected a key, without '='", start);
            if (found.Contains(key)) return Fail("expected a key that is not yet named", start);
            if (found.Count == _limits.MaxGroupKeys)
                return Fail($"expected at most {_limits.MaxGroupKeys} keys", start);
            found.Add(key);
            SkipSpace();
        }
        while (Take(','));
        keys = [.. found];
        return _at == _text.Length || Fail("expected ',' or the end", _at);
    }

    private bool ParseKey(out string key)
    {
        if (_at < _text.Length && _text[_at] == '"') return ParseQuoted(out key);
        int start = _at;
        while (_at < _text.Length && !IsSpace(_text[_at]) && _text[_at] is not (',' or '"')) _at++;
        key = _text[start.._at].ToString();
        return true;
    }

    /// <summary>Reads `"text"` with \" and \\ from its opening quote to behind its closing one.</summary>
    private bool ParseQuoted(out string text)
    {
        StringBuilder raw = new();
        for (_at++; _at < _text.Length; _at++)
        {
            char c = _text[_at];
            if (c == '"')
            {
                _at++;
                text = raw.ToString();
                return true;
            }
            if (c == '\\')
            {
                _at++;
                if (_at == _text.Length) break;
                c = _text[_at];
                if (c is not ('"' or '\\')) return Fail("expected \\\" or \\\\ after a backslash", _at, out text);
            }
            raw.Append(c);
        }
        return Fail("expected a closing quote", _text.Length, out text);
    }

    private void SkipSpace()
    {
        while (_at < _text.Length && IsSpace(_text[_at])) _at++;
    }

    private static bool IsSpace(char c) => c is ' ' or '\t' or '\r' or '\n';

    private bool Take(char c)
    {
        if (_at == _text.Length || _text[_at] != c) return false;
        _at++;
        return true;
    }

    private bool Expect(char c, string expected) => Take(c) || Fail(expected, _at);

    private bool Fail(string expected, int at)
    {
        _error = new QueryParseError(expected, at);
        return false;
    }

    private bool Fail(string expected, int at, out string nothing)
    {
        nothing = "";
        return Fail(expected, at);
    }

    private DslQuery? Null(string expected, int at)
    {
        Fail(expected, at);
        return null;
    }
}
