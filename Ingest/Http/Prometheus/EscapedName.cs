using System;
using System.Globalization;
using System.Text;

namespace Slungd.Ingest.Http.Prometheus;

/// <summary>A label name in a path: names beyond letters, digits and underscores come as `U__` and the text, in which
/// `_2e_` is the code point 2e and `__` an underscore (github.com/prometheus/proposals, 0028-utf8, "value encoding").
/// </summary>
internal static class EscapedName
{
    private const string Prefix = "U__";
    private const int MaxHexDigits = 6;

    /// <summary>The name that is meant; a text that is no such escape means itself.</summary>
    public static string Read(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal)) return text;
        StringBuilder name = new();
        for (int i = Prefix.Length; i < text.Length; i++)
        {
            if (text[i] != '_')
            {
                name.Append(text[i]);
                continue;
            }
            int end = text.IndexOf('_', i + 1);
            if (end < 0) return text;
            ReadOnlySpan<char> hex = text.AsSpan(i + 1, end - i - 1);
            if (hex.IsEmpty) name.Append('_');
            else if (TryReadRune(hex, out Rune rune)) name.Append(rune.ToString());
            else return text;
            i = end;
        }
        return name.ToString();
    }

    private static bool TryReadRune(ReadOnlySpan<char> hex, out Rune rune)
    {
        rune = default;
        return hex.Length <= MaxHexDigits
            && int.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code)
            && Rune.TryCreate(code, out rune);
    }
}
