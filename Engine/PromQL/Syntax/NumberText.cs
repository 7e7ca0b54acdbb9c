using System;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Numbers in and out, as Go's strconv has them.</summary>
internal static class NumberText
{
    /// <summary>Reads decimal, hexadecimal (0x1F) and octal (017) integers, decimal floats, Inf and NaN.</summary>
    public static bool TryParse(string text, out double value)
    {
        value = 0;
        ReadOnlySpan<char> body = text;
        bool negative = body.Length > 0 && body[0] == '-';
        if (body.Length > 0 && body[0] is '-' or '+') body = body[1..];
        bool read = TryParseUnsigned(body.ToString().Replace("_", "", StringComparison.Ordinal), out value);
        if (negative) value = -value;
        return read;
    }

    /// <summary>The shortest text that reads back the same, never with an exponent; Inf and NaN as Go says.</summary>
    public static string Format(double value)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "+Inf" : "-Inf";
        Span<byte> text = stackalloc byte[DecimalText.MaxBytes];
        return Encoding.ASCII.GetString(text[..DecimalText.Write(value, text)]);
    }

    /// <summary>As C's %g with the fewest digits: the form of numbers inside messages and histograms.</summary>
    public static string FormatShort(double value)
    {
        if (!double.IsFinite(value)) return Format(value);
        double magnitude = Math.Abs(value);
        if (magnitude == 0 || magnitude is >= 1e-4 and < 1e6) return Format(value);
        Span<byte> bytes = stackalloc byte[DecimalText.MaxShortBytes];
        string text = Encoding.ASCII.GetString(bytes[..DecimalText.WriteShort(value, bytes)]);
        int at = text.IndexOf('E', StringComparison.Ordinal);
        int exponent = at < 0 ? TakeExponent(ref text)
            : int.Parse(text.AsSpan(at + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        string mantissa = at < 0 ? text : text[..at];
        return string.Create(CultureInfo.InvariantCulture,
            $"{mantissa}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");
    }

    /// <summary>Makes -2500000.5 of magnitude 1 or more -2.5000005, and tells the power of ten that it lost.</summary>
    private static int TakeExponent(ref string text)
    {
        int first = text[0] == '-' ? 1 : 0, point = text.IndexOf('.', StringComparison.Ordinal);
        string digits = text.Replace(".", "", StringComparison.Ordinal).TrimEnd('0');
        int exponent = (point < 0 ? text.Length : point) - first - 1;
        text = digits.Length == first + 1 ? digits : digits.Insert(first + 1, ".");
        return exponent;
    }

    private static bool TryParseUnsigned(string text, out double value)
    {
        value = 0;
        if (text.Equals("inf", StringComparison.OrdinalIgnoreCase) ||
            text.Equals("infinity", StringComparison.OrdinalIgnoreCase))
        {
            value = double.PositiveInfinity;
            return true;
        }
        if (text.Equals("nan", StringComparison.OrdinalIgnoreCase))
        {
            value = double.NaN;
            return true;
        }
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)) return TryParseDigits(text.AsSpan(2), 16,
            out value);
        bool octal = text.Length > 1 && text[0] == '0' && text.AsSpan().IndexOfAnyExceptInRange('0', '7') < 0;
        if (octal) return TryParseDigits(text.AsSpan(1), 8, out value);
        const NumberStyles Style = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return text.Length > 0 && !char.IsWhiteSpace(text[0]) &&
            double.TryParse(text, Style, CultureInfo.InvariantCulture, out value) && !double.IsInfinity(value);
    }

    private static bool TryParseDigits(ReadOnlySpan<char> digits, int radix, out double value)
    {
        value = 0;
        if (digits.Length is 0 or > 16) return false;
        ulong number = 0;
        foreach (char c in digits)
        {
            if (!char.IsAsciiHexDigit(c)) return false;
            number = number * (ulong)radix + (ulong)(char.IsAsciiDigit(c) ? c - '0' : (c | 32) - 'a' + 10);
        }
        if (number > long.MaxValue) return false;
        value = number;
        return true;
    }
}
