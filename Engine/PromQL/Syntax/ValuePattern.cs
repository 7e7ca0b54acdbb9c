using System;
using System.Collections.Generic;
using System.Text;
using System.Text.RegularExpressions;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>A regular expression over whole label values, in linear time. Patterns that are literals, sets of literals,
/// or a literal with `.*` or `.+` at its ends need no automaton.</summary>
internal sealed class ValuePattern
{
    private const string Special = "\\.+*?()|[]{}^$";

    private enum Gap : byte
    {
        None,
        Any,
        Some,
    }

    private readonly string[]? _literals;
    private readonly string? _middle;
    private readonly Gap _before;
    private readonly Gap _after;
    private readonly Regex? _regex;

    private ValuePattern(string pattern)
    {
        _literals = LiteralsOf(pattern);
        if (_literals is not null) return;
        string rest = pattern;
        _before = TakeGap(ref rest, fromEnd: false);
        _after = rest.Length == 0 ? Gap.Any : TakeGap(ref rest, fromEnd: true);
        bool gaps = _before != Gap.None || _after != Gap.None;
        if (gaps && LiteralOf(rest) is not null)
        {
            _middle = LiteralOf(rest);
            return;
        }
        _regex = new Regex(@"\A(?s:" + RegexDialect.Translate(pattern) + @")\z",
            RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }

    /// <summary>The only values that match; null when they can't be listed.</summary>
    public IReadOnlyList<string>? Literals => _literals;

    /// <summary>False when the pattern can't be read; <paramref name="error"/> says why.</summary>
    public static bool TryCreate(string pattern, out ValuePattern? created, out string error)
    {
        created = null;
        error = "";
        try
        {
            created = new ValuePattern(pattern);
            return true;
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            error = $"error parsing regexp: {wrong.Message}";
            return false;
        }
    }

    public bool Matches(string value)
    {
        if (_regex is not null) return _regex.IsMatch(value);
        if (_literals is not null) return Array.IndexOf(_literals, value) >= 0;
        int least = _middle!.Length + (_before == Gap.Some ? 1 : 0) + (_after == Gap.Some ? 1 : 0);
        if (value.Length < least) return false;
        if (_before == Gap.None) return value.StartsWith(_middle, StringComparison.Ordinal);
        if (_after == Gap.None) return value.EndsWith(_middle, StringComparison.Ordinal);
        int from = _before == Gap.Some ? 1 : 0, length = value.Length - from - (_after == Gap.Some ? 1 : 0);
        return value.AsSpan(from, length).Contains(_middle, StringComparison.Ordinal);
    }

    // `a|b\.c|d`, alone or in one pair of parentheses.
    private static string[]? LiteralsOf(string pattern)
    {
        bool group = pattern.Length > 1 && pattern[0] == '(' && pattern[^1] == ')' && pattern[1] != '?';
        string[] parts = (group ? pattern[1..^1] : pattern).Split('|');
        for (int i = 0; i < parts.Length; i++)
        {
            if (LiteralOf(parts[i]) is not { } literal) return null;
            parts[i] = literal;
        }
        return parts;
    }

    private static string? LiteralOf(string pattern)
    {
        if (pattern.AsSpan().IndexOfAny(Special) < 0) return pattern;
        StringBuilder literal = new(pattern.Length);
        for (int i = 0; i < pattern.Length; i++)
        {
            bool escaped = pattern[i] == '\\' && i + 1 < pattern.Length && Special.Contains(pattern[i + 1],
                StringComparison.Ordinal);
            if (!escaped && Special.Contains(pattern[i], StringComparison.Ordinal)) return null;
            if (escaped) i++;
            literal.Append(pattern[i]);
        }
        return literal.ToString();
    }

    private static Gap TakeGap(ref string pattern, bool fromEnd)
    {
        if (pattern.Length < 2) return Gap.None;
        ReadOnlySpan<char> edge = fromEnd ? pattern.AsSpan(pattern.Length - 2) : pattern.AsSpan(0, 2);
        if (edge[0] != '.' || edge[1] is not ('*' or '+')) return Gap.None;
        if (fromEnd && pattern.Length > 2 && pattern[^3] == '\\') return Gap.None;
        if (!fromEnd && pattern.Length > 2 && pattern[2] is '?' or '*' or '+' or '{') return Gap.None;
        Gap gap = edge[1] == '*' ? Gap.Any : Gap.Some;
        pattern = fromEnd ? pattern[..^2] : pattern[2..];
        return gap;
    }
}
