using System;
using System.Globalization;

namespace Slungd.Engine.Model;

/// <summary>Sizes: `512K`, `64 MiB`, `2GB`, `1048576`. K to T are powers of 1024, with or without B or iB.</summary>
internal static class SizeText
{
    public const string Expected = "a size such as 512M, 64MiB or 2GB";

    public static bool TryParse(ReadOnlySpan<char> text, out long bytes)
    {
        bytes = 0;
        text = text.Trim();
        int digits = 0;
        while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.')) digits++;
        if (digits == 0) return false;
        int shift = Shift(text[digits..].TrimStart());
        if (shift < 0) return false;

        ReadOnlySpan<char> number = text[..digits];
        if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long whole))
        {
            if (whole > long.MaxValue >> shift) return false;
            bytes = whole << shift;
            return true;
        }
        if (shift == 0) return false; // a fraction of a byte
        const NumberStyles style = NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(number, style, CultureInfo.InvariantCulture, out decimal part)) return false;
        if (part > long.MaxValue >> shift) return false;
        bytes = (long)(part * (1L << shift));
        return true;
    }

    /// <summary>In the largest unit that leaves no fraction: 4MiB.</summary>
    public static string Format(long bytes)
    {
        string[] units = ["", "KiB", "MiB", "GiB"];
        int unit = 0;
        for (; unit + 1 < units.Length && bytes != 0 && bytes % 1024 == 0; bytes /= 1024) unit++;
        return string.Create(CultureInfo.InvariantCulture, $"{bytes}{units[unit]}");
    }

    /// <summary>Log2 of the unit's bytes; -1 when it is no unit.</summary>
    private static int Shift(ReadOnlySpan<char> unit)
    {
        if (unit.IsEmpty || unit.Equals("B", StringComparison.OrdinalIgnoreCase)) return 0;
        int shift = char.ToUpperInvariant(unit[0]) switch { 'K' => 10, 'M' => 20, 'G' => 30, 'T' => 40, _ => -1 };
        ReadOnlySpan<char> rest = unit[1..];
        bool known = rest.IsEmpty || rest.Equals("B", StringComparison.OrdinalIgnoreCase)
            || rest.Equals("iB", StringComparison.OrdinalIgnoreCase);
        return known ? shift : -1;
    }
}
