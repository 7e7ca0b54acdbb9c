using System;
using System.Globalization;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Where something stands in a query's text, in UTF-16 code units; the end is exclusive.</summary>
internal readonly record struct TextRange(int Start, int End)
{
    public static TextRange Over(TextRange first, TextRange last) => new(first.Start, last.End);

    /// <summary>The start as `line:column`, both from 1, as Prometheus shows positions.</summary>
    public string StartIn(string text)
    {
        int at = Math.Clamp(Start, 0, text.Length);
        ReadOnlySpan<char> before = text.AsSpan(0, at);
        int line = 1 + before.Count('\n');
        int column = at - (before.LastIndexOf('\n') + 1) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"{line}:{column}");
    }
}
