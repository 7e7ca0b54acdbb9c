using System;
using System.Globalization;

namespace Slungd.Engine.Query;

/// <summary>Durations as people write them: `90s`, `5 minutes`, `2W`, `100ms`. Also the form of the options.</summary>
internal static class DurationText
{
    /// <summary>The units for messages.</summary>
    public const string Units = "ns, us, ms, s, m, h, d or w";

    private const long Second = 1_000_000_000;

    /// <summary>Reads `integer, optional spaces, unit` without anything around it. The integer has no sign and fits
    /// i64.
    /// </summary>
    /// <param name="text">The whole duration.</param>
    /// <param name="nanoseconds">At most 2^63 weeks, which fits easily.</param>
    /// <param name="error">What was expected, with the offset into <paramref name="text"/>.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Int128 nanoseconds, out QueryParseError error)
    {
        nanoseconds = 0;
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
        if (digits == 0)
        {
            error = new QueryParseError("expected a duration such as 90s or 1h", 0);
            return false;
        }
        if (!long.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out long count))
        {
            error = new QueryParseError("expected a number below 2^63", 0);
            return false;
        }
        int unitAt = digits;
        while (unitAt < text.Length && text[unitAt] == ' ') unitAt++;
        long unit = UnitNanoseconds(text[unitAt..]);
        if (unit == 0)
        {
            error = new QueryParseError($"expected a unit of time: {Units}", unitAt);
            return false;
        }
        nanoseconds = (Int128)count * unit;
        error = default;
        return true;
    }

    /// <summary>The shortest exact text: a whole number of the largest unit that divides it.</summary>
    public static string Format(Int128 nanoseconds)
    {
        ReadOnlySpan<string> names = ["w", "d", "h", "m", "s", "ms", "us"];
        foreach (string name in names)
        {
            long unit = UnitNanoseconds(name);
            if (nanoseconds % unit == 0 && (nanoseconds != 0 || name == "s"))
                return string.Create(CultureInfo.InvariantCulture, $"{nanoseconds / unit}{name}");
        }
        return string.Create(CultureInfo.InvariantCulture, $"{nanoseconds}ns");
    }

    private static long UnitNanoseconds(ReadOnlySpan<char> unit)
    {
        Span<char> lower = stackalloc char[8];
        if (unit.Length > lower.Length) return 0;
        for (int i = 0; i < unit.Length; i++) lower[i] = char.IsAscii(unit[i]) ? char.ToLowerInvariant(unit[i]) : '?';
        return lower[..unit.Length] switch
        {
            "ns" => 1,
            "us" => 1_000,
            "ms" => 1_000_000,
            "s" or "sec" or "secs" or "second" or "seconds" => Second,
            "m" or "min" or "mins" or "minute" or "minutes" => 60 * Second,
            "h" or "hr" or "hrs" or "hour" or "hours" => 3_600 * Second,
            "d" or "day" or "days" => 86_400 * Second,
            "w" or "wk" or "wks" or "week" or "weeks" => 604_800 * Second,
            _ => 0,
        };
    }
}
