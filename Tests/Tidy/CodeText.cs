using System;

namespace Slungd.Tests.Tidy;

/// <summary>C# without what is no code: comments and the contents of strings and characters become spaces, lines stay.
/// Holes of interpolated strings are blanked with their string.</summary>
internal static class CodeText
{
    public static string Strip(string source)
    {
        char[] code = source.ToCharArray();
        int at = 0;
        while (at < source.Length)
        {
            int end = EndOfNonCode(source, at);
            if (end == at)
            {
                at++;
                continue;
            }
            for (; at < end; at++)
            {
                if (code[at] is not ('\n' or '\r')) code[at] = ' ';
            }
        }
        return new string(code);
    }

    // Where the comment, string or character literal that starts here ends; `at` itself when none starts here.
    private static int EndOfNonCode(string source, int at)
    {
        ReadOnlySpan<char> rest = source.AsSpan(at);
        if (rest.StartsWith("//")) return EndOr(source, source.IndexOf('\n', at), 0);
        if (rest.StartsWith("/*")) return EndOr(source, source.IndexOf("*/", at + 2, StringComparison.Ordinal), 2);
        if (rest[0] == '\'') return EndOfQuoted(source, at + 1, '\'', holes: false, verbatim: false);
        int quote = at;
        bool holes = false, verbatim = false;
        while (quote < source.Length && source[quote] is '$' or '@')
        {
            holes |= source[quote] == '$';
            verbatim |= source[quote] == '@';
            quote++;
        }
        if (quote >= source.Length || source[quote] != '"') return at;
        int quotes = CountOf(source, quote, '"');
        if (quotes < 3) return EndOfQuoted(source, quote + 1, '"', holes, verbatim);
        return EndOr(source, source.IndexOf(new string('"', quotes), quote + quotes, StringComparison.Ordinal), quotes);
    }

    private static int EndOr(string source, int found, int length) => found < 0 ? source.Length : found + length;

    private static int EndOfQuoted(string source, int at, char quote, bool holes, bool verbatim)
    {
        while (at < source.Length)
        {
            char c = source[at];
            if (c == '\\' && !verbatim) at += 2;
            else if (c == quote && verbatim && at + 1 < source.Length && source[at + 1] == quote) at += 2;
            else if (c == quote) return at + 1;
            else if (c == '{' && holes && CountOf(source, at, '{') % 2 == 1) at =
                EndOfHole(source, at + CountOf(source, at, '{'));
            else if (c == '{' && holes) at += CountOf(source, at, '{');
            else at++;
        }
        return source.Length;
    }

    // A hole may hold strings with quotes of their own, and braces.
    private static int EndOfHole(string source, int at)
    {
        for (int depth = 1; at < source.Length;)
        {
            int end = EndOfNonCode(source, at);
            if (end != at)
            {
                at = end;
                continue;
            }
            if (source[at] == '{') depth++;
            if (source[at] == '}' && --depth == 0) return at + 1;
            at++;
        }
        return source.Length;
    }

    private static int CountOf(string source, int at, char c)
    {
        int end = at;
        while (end < source.Length && source[end] == c) end++;
        return end - at;
    }
}
