using System;
using System.Globalization;
using System.Text;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Durations with units, `1h30m`: y (365 d) w d h m s ms, in this order, each at most once.</summary>
internal static class DurationText
{
    private static readonly (string Unit, long Milliseconds)[] s_units =
    [
        ("y", 365L * 86_400_000), ("w", 7L * 86_400_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000),
        ("s", 1_000), ("ms", 1),
    ];

    /// <summary>Reads a duration of at least 1 ms as seconds.</summary>
    public static bool TryParseSeconds(string text, out double seconds, out string error)
    {
        seconds = 0;
        if (!TryParse(text, out long milliseconds, out error)) return false;
        if (milliseconds == 0) error = "duration must be greater than 0";
        seconds = milliseconds / 1000.0;
        return milliseconds > 0;
    }

    /// <summary>Reads a duration as milliseconds; `0` needs no unit.</summary>
    public static bool TryParse(string text, out long milliseconds, out string error)
    {
        milliseconds = 0;
        error = "";
        if (text == "0") return true;
        int next = 0;
        for (int at = 0; at < text.Length || at == 0;)
        {
            int digits = at;
            while (at < text.Length && char.IsAsciiDigit(text[at])) at++;
            int unit = at;
            while (at < text.Length && char.IsAsciiLetter(text[at])) at++;
            int found = Array.FindIndex(s_units, next, u => text.AsSpan(unit, at - unit).SequenceEqual(u.Unit));
            bool read = long.TryParse(text.AsSpan(digits, unit - digits), NumberStyles.None,
                CultureInfo.InvariantCulture,
                out long count);
            if (found < 0 || unit == digits)
            {
                error = $"not a valid duration string: \"{text}\"";
                return false;
            }
            next = found + 1;
            Int128 sum = milliseconds + (Int128)count * s_units[found].Milliseconds;
            if (!read || sum > long.MaxValue / 1_000_000)
            {
                error = "duration out of range";
                return false;
            }
            milliseconds = (long)sum;
        }
        return true;
    }

    /// <summary>The duration with the fewest units; years and weeks only when nothing is left over.</summary>
    public static string Format(long milliseconds)
    {
        if (milliseconds == 0) return "0s";
        StringBuilder text = new();
        if (milliseconds < 0) text.Append('-');
        long rest = Math.Abs(milliseconds);
        foreach ((string unit, long size) in s_units)
        {
            bool exact = unit is "y" or "w";
            if (rest < size || exact && rest % size != 0) continue;
            text.Append(CultureInfo.InvariantCulture, $"{rest / size}").Append(unit);
            rest %= size;
        }
        return text.ToString();
    }
}
