using System;
using System.Text;

namespace Slungd.Engine.Model;

/// <summary>Turns RE2's syntax, which PromQL speaks, into the framework's: classes are ASCII, `$` is the end of the
/// text, names stand in `(?P&lt;n&gt;`, POSIX classes and \Q..\E exist
/// (https://github.com/google/re2/wiki/Syntax).</summary>
internal static class RegexDialect
{
    private const string Digit = "0-9";
    private const string Word = "0-9A-Za-z_";
    private const string Space = "\\t\\n\\f\\r ";

    private static readonly (string Name, string Members)[] s_posix =
    [
        ("alnum", "0-9A-Za-z"), ("alpha", "A-Za-z"), ("ascii", "\\x00-\\x7F"), ("blank", "\\t "),
        ("cntrl", "\\x00-\\x1F\\x7F"), ("digit", Digit), ("graph", "!-~"), ("lower", "a-z"), ("print", " -~"),
        ("punct", "!-/:-@\\[-`{-~"), ("space", "\\t\\n\\v\\f\\r "), ("upper", "A-Z"), ("word", Word),
        ("xdigit", "0-9A-Fa-f"),
    ];

    public static string Translate(string pattern)
    {
        StringBuilder into = new(pattern.Length + 16);
        for (int i = 0; i < pattern.Length;)
        {
            char c = pattern[i];
            if (c == '\\') i = Escape(pattern, i, into, inClass: false);
            else if (c == '[') i = Class(pattern, i, into);
            else if (c == '(' && Has(pattern, i, "(?P<")) i = Skip(into, "(?<", i, 4);
            else if (c == '$') i = Skip(into, "\\z", i, 1);
            else i = Skip(into, c.ToString(), i, 1);
        }
        return into.ToString();
    }

    private static int Escape(string pattern, int at, StringBuilder into, bool inClass)
    {
        if (at + 1 == pattern.Length) return Skip(into, "\\", at, 1);
        char c = pattern[at + 1];
        string? members = char.ToLowerInvariant(c) switch { 'd' => Digit, 'w' => Word, 's' => Space, _ => null };
        if (members is not null && char.IsLower(c))
            return Skip(into, inClass ? members : $"[{members}]", at, 2);
        if (members is not null && !inClass) return Skip(into, $"[^{members}]", at, 2);
        if (c == 'Q' && !inClass)
        {
            int end = pattern.IndexOf("\\E", at + 2, StringComparison.Ordinal);
            string literal = pattern[(at + 2)..(end < 0 ? pattern.Length : end)];
            into.Append(System.Text.RegularExpressions.Regex.Escape(literal).Replace("]", "\\]",
                StringComparison.Ordinal));
            return end < 0 ? pattern.Length : end + 2;
        }
        if (c == 'x' && Has(pattern, at, "\\x{"))
        {
            int end = pattern.IndexOf('}', at);
            if (end > 0 && int.TryParse(pattern.AsSpan(at + 3, end - at - 3),
                System.Globalization.NumberStyles.HexNumber,
                System.Globalization.CultureInfo.InvariantCulture, out int code) && code is >= 0 and <= 0xFFFF)
                return Skip(into, $"\\u{code:x4}", at, end + 1 - at);
        }
        if (c is 'p' or 'P' && at + 2 < pattern.Length && pattern[at + 2] != '{')
            return Skip(into, $"\\{c}{{{pattern[at + 2]}}}", at, 3);
        return Skip(into, $"\\{c}", at, 2);
    }

    private static int Class(string pattern, int at, StringBuilder into)
    {
        into.Append('[');
        int i = at + 1;
        if (i < pattern.Length && pattern[i] == '^') i = Skip(into, "^", i, 1);
        if (i < pattern.Length && pattern[i] == ']') i = Skip(into, "\\]", i, 1);
        while (i < pattern.Length && pattern[i] != ']')
        {
            if (pattern[i] == '\\') i = Escape(pattern, i, into, inClass: true);
            else if (Has(pattern, i, "[:") && Posix(pattern, i, into, out int after)) i = after;
            else if (pattern[i] == '[') i = Skip(into, "\\[", i, 1);
            else i = Skip(into, pattern[i].ToString(), i, 1);
        }
        return i < pattern.Length ? Skip(into, "]", i, 1) : i;
    }

    private static bool Posix(string pattern, int at, StringBuilder into, out int after)
    {
        foreach ((string name, string members) in s_posix)
        {
            if (!Has(pattern, at, $"[:{name}:]")) continue;
            into.Append(members);
            after = at + name.Length + 4;
            return true;
        }
        after = at;
        return false;
    }

    private static bool Has(string pattern, int at, string text) =>
        string.CompareOrdinal(pattern, at, text, 0, text.Length) == 0;

    private static int Skip(StringBuilder into, string text, int at, int length)
    {
        into.Append(text);
        return at + length;
    }
}
