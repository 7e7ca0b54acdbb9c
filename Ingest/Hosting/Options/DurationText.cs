using System;
using System.Globalization;

namespace Slungd.Ingest.Hosting.Options;

/// <summary>Durations as in the query language: an integer, optional spaces, a unit in any case.</summary>
internal static class DurationText
{
    public const string Expected = "a duration such as 500ms, 10s, 15m, 1h or 30d";

    public static bool TryParse(ReadOnlySpan<char> text, out long nanoseconds)
    {
        nanoseconds = 0;
        text = text.Trim();
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
        ReadOnlySpan<char> number = text[..digits];
        if (!long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long count)) return false;
        long unit = UnitNanoseconds(text[digits..].TrimStart().ToString().ToLowerInvariant());
        if (unit == 0 || count > long.MaxValue / unit) return false;
        nanoseconds = count * unit;
        return true;
    }

    private static long UnitNanoseconds(string unit) => unit switch
    {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" or "sec" or "secs" or "second" or "seconds" => 1_000_000_000,
        "m" or "min" or "mins" or "minute" or "minutes" => 60_000_000_000,
        "h" or "hr" or "hrs" or "hour" or "hours" => 3_600_000_000_000,
        "d" or "day" or "days" => 86_400_000_000_000,
        "w" or "wk" or "wks" or "week" or "weeks" => 604_800_000_000_000,
        _ => 0,
    };
}
