using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model.Regexes;

namespace Slungd.Engine.Model;

/// <summary>A regular expression over a whole label value, in time linear in its length. Patterns that are literals,
/// sets of literals, or a literal with `.*` or `.+` at its ends need no automaton, nor do values without the literals
/// that a pattern requires.</summary>
internal sealed class LabelPattern
{
    private const string Special = "\\.+*?()|[]{}^$";

    private enum Gap : byte
    {
        None,
        Any,
        Some,
    }

    private readonly byte[]? _middle;
    private readonly Gap _before;
    private readonly Gap _after;
    private readonly RegexAutomaton? _automaton;
    private readonly PatternLiterals _literals = PatternLiterals.None;

    private LabelPattern(string pattern)
    {
        Alternatives = LiteralsOf(pattern);
        if (Alternatives is not null) return;
        string rest = pattern;
        _before = TakeGap(ref rest, fromEnd: false);
        _after = rest.Length == 0 ? Gap.Any : TakeGap(ref rest, fromEnd: true);
        bool gaps = _before != Gap.None || _after != Gap.None;
        bool isTwoCharacters = rest.Length == 0 && _before == Gap.Some && _after == Gap.Some; // not two bytes
        if (gaps && !isTwoCharacters && LiteralOf(rest) is { } middle)
        {
            _middle = Encoding.UTF8.GetBytes(middle);
            return;
        }
        _literals = PatternLiterals.Of(pattern);
        _automaton = new RegexAutomaton(RegexProgram.Of(pattern, dotIsAll: true));
    }

    /// <summary>All texts that match, distinct, when they can be listed; else null.</summary>
    public byte[][]? Alternatives { get; }

    public static bool TryParse(string text, out LabelPattern? pattern, out string? error)
    {
        pattern = null;
        error = null;
        try
        {
            pattern = new LabelPattern(text);
            return true;
        }
        catch (RegexSyntaxException e)
        {
            error = e.Message;
            return false;
        }
    }

    /// <summary>The pattern that matches this text alone.</summary>
    public static string Escape(string text)
    {
        StringBuilder pattern = new(text.Length);
        foreach (char c in text)
        {
            if (Special.Contains(c, StringComparison.Ordinal)) pattern.Append('\\');
            pattern.Append(c);
        }
        return pattern.ToString();
    }

    /// <summary>Whether the whole text matches.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="look">Called now and then where that takes long: throws to end it.</param>
    public bool IsMatch(ReadOnlySpan<byte> text, Action? look = null)
    {
        if (_automaton is not null) return _literals.MayMatch(text) && _automaton.IsMatch(text, look);
        if (_middle is not null) return IsLiteralMatch(text, _middle);
        foreach (byte[] alternative in Alternatives!)
            if (text.SequenceEqual(alternative)) return true;
        return false;
    }

    private bool IsLiteralMatch(ReadOnlySpan<byte> text, byte[] middle)
    {
        int before = _before == Gap.Some ? 1 : 0, after = _after == Gap.Some ? 1 : 0;
        if (text.Length < middle.Length + before + after) return false;
        if (_before == Gap.None) return text.StartsWith(middle);
        if (_after == Gap.None) return text.EndsWith(middle);
        return text[before..^after].IndexOf(middle) >= 0;
    }

    // `a|b\.c|d`, alone or in one pair of parentheses.
    private static byte[][]? LiteralsOf(string pattern)
    {
        bool group = pattern.Length > 1 && pattern[0] == '(' && pattern[^1] == ')' && pattern[1] != '?';
        string[] parts = (group ? pattern[1..^1] : pattern).Split('|');
        for (int i = 0; i < parts.Length; i++)
        {
            if (LiteralOf(parts[i]) is not { } literal) return null;
            parts[i] = literal;
        }
        return Array.ConvertAll([.. new HashSet<string>(parts)], Encoding.UTF8.GetBytes);
    }

    private static string? LiteralOf(string pattern)
    {
        if (pattern.AsSpan().IndexOfAny(Special) < 0) return pattern;
        StringBuilder literal = new(pattern.Length);
        for (int i = 0; i < pattern.Length; i++)
        {
            bool escaped = pattern[i] == '\\' && i + 1 < pattern.Length &&
                Special.Contains(pattern[i + 1], StringComparison.Ordinal);
            if (!escaped && Special.Contains(pattern[i], StringComparison.Ordinal)) return null;
            if (escaped) i++;
            literal.Append(pattern[i]);
        }
        return literal.ToString();
    }

    // `.*` or `.+` at one end, unless it is escaped or repeated.
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
