using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>String literals in and out. A byte that is not UTF-8 (from \x or \ooo) is kept as the lone surrogate
/// U+DC00 + byte, so that it can be told from text and printed again.</summary>
internal static class StringText
{
    private static readonly UTF8Encoding s_strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The text of a literal with its quotes; false with what is wrong.</summary>
    public static bool TryUnquote(string literal, out string text, out string error)
    {
        text = error = "";
        ReadOnlySpan<char> body = literal.AsSpan(1, literal.Length - 2);
        if (literal[0] == '`')
        {
            text = body.ToString().Replace("\r", "", StringComparison.Ordinal);
            return true;
        }
        if (!body.Contains('\\'))
        {
            text = body.ToString();
            return true;
        }
        List<byte> bytes = new(body.Length);
        while (body.Length > 0)
        {
            if (body[0] == '\\')
            {
                if (TryEscape(ref body, literal[0], bytes)) continue;
                error = $"invalid escape sequence in {literal}";
                return false;
            }
            int end = body.IndexOf('\\');
            ReadOnlySpan<char> plain = end < 0 ? body : body[..end];
            bytes.AddRange(Encoding.UTF8.GetBytes(plain.ToString()));
            body = body[plain.Length..];
        }
        text = FromBytes([.. bytes]);
        return true;
    }

    /// <summary>True when the text holds no byte that is not UTF-8.</summary>
    public static bool IsText(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i +
                1])) return false;
            i++;
        }
        return true;
    }

    /// <summary>The text as bytes; lone surrogates are the bytes they stand for.</summary>
    public static byte[] ToBytes(string text)
    {
        if (IsText(text)) return Encoding.UTF8.GetBytes(text);
        List<byte> bytes = [];
        for (int i = 0; i < text.Length; i++)
        {
            int length = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2
                : 1;
            if (length == 1 && char.IsSurrogate(text[i])) bytes.Add((byte)text[i]);
            else bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(i, length)));
            i += length - 1;
        }
        return [.. bytes];
    }

    /// <summary>The text in double quotes, as Go quotes it.</summary>
    public static string Quote(string text)
    {
        StringBuilder quoted = new(text.Length + 2);
        quoted.Append('"');
        for (int i = 0; i < text.Length; i++)
        {
            bool pair = char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (pair) quoted.Append(text, i++, 2);
            else AppendQuoted(quoted, text[i]);
        }
        return quoted.Append('"').ToString();
    }

    private static void AppendQuoted(StringBuilder into, char c)
    {
        int escape = "\a\b\f\n\r\t\v\\\"".IndexOf(c, StringComparison.Ordinal);
        if (escape >= 0) into.Append('\\').Append("abfnrtv\\\""[escape]);
        else if (char.IsSurrogate(c)) into.Append(CultureInfo.InvariantCulture, $"\\x{(byte)c:x2}");
        else if (c < ' ' || c == 0x7f) into.Append(CultureInfo.InvariantCulture, $"\\x{(int)c:x2}");
        else if (char.IsControl(c) || c == '\ufeff') into.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        else into.Append(c);
    }

    private static string FromBytes(byte[] bytes)
    {
        try
        {
            return s_strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            // Rare: some byte is not UTF-8. Decode rune by rune and keep the others as they are.
        }
        StringBuilder text = new();
        ReadOnlySpan<byte> rest = bytes;
        while (rest.Length > 0)
        {
            if (Rune.DecodeFromUtf8(rest, out Rune rune, out int length) == System.Buffers.OperationStatus.Done)
            {
                text.Append(rune.ToString());
            }
            else
            {
                length = 1;
                text.Append((char)(0xDC00 + rest[0]));
            }
            rest = rest[length..];
        }
        return text.ToString();
    }

    private static bool TryEscape(ref ReadOnlySpan<char> body, char quote, List<byte> into)
    {
        if (body.Length < 2) return false;
        char c = body[1];
        body = body[2..];
        int simple = "abfnrtv\\".IndexOf(c, StringComparison.Ordinal);
        if (simple >= 0) into.Add((byte)"\a\b\f\n\r\t\v\\"[simple]);
        else if (c == quote) into.Add((byte)c);
        else if (c == 'x') return TryByte(ref body, 2, 16, default, into);
        else if (c is >= '0' and <= '7') return TryByte(ref body, 2, 8, c, into);
        else if (c == 'u') return TryRune(ref body, 4, into);
        else if (c == 'U') return TryRune(ref body, 8, into);
        else return false;
        return true;
    }

    private static bool TryByte(ref ReadOnlySpan<char> body, int digits, int radix, char first, List<byte> into)
    {
        if (body.Length < digits) return false;
        int value = first == default ? 0 : first - '0';
        foreach (char c in body[..digits])
        {
            if (!char.IsAsciiHexDigit(c) || radix == 8 && c is not (>= '0' and <= '7')) return false;
            value = value * radix + Convert.ToInt32(c.ToString(), 16);
        }
        if (value > 255) return false;
        into.Add((byte)value);
        body = body[digits..];
        return true;
    }

    private static bool TryRune(ref ReadOnlySpan<char> body, int digits, List<byte> into)
    {
        if (body.Length < digits) return false;
        if (!uint.TryParse(body[..digits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
            out uint value) ||
            !Rune.TryCreate(value, out Rune rune)) return false;
        Span<byte> utf8 = stackalloc byte[4];
        into.AddRange(utf8[..rune.EncodeToUtf8(utf8)].ToArray());
        body = body[digits..];
        return true;
    }
}
