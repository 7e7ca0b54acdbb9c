using System;
using System.Globalization;

namespace Slungd.Engine.Query;

/// <summary>RFC 3339 times (section 5.6), exact to the nanosecond: `2024-01-31T13:00:00.123456789+01:00`. `t`, `z` and
/// a space for the `T` are allowed as the RFC allows them; digits after the ninth are cut off; a leap second counts as
/// the second after it, as Unix time does.</summary>
internal static class Rfc3339
{
    private const long Day = 86_400;
    private const long UnixEpochDay = 719_162; // days from 0001-01-01 to 1970-01-01
    private const long FirstSecond = (-UnixEpochDay - 366) * Day; // 0000-01-01, and 0000 is a leap year
    private const long EndSecond = 253_402_300_800; // 10000-01-01

    /// <summary>True when the text can only be meant as such a time: it begins with `dddd-`.</summary>
    public static bool LooksLike(ReadOnlySpan<char> text) =>
        text.Length > 4 && text[4] == '-' && TryDigits(text, 0, 4, out _);

    /// <summary>Reads one time without anything around it; the time in UTC lies in the years 0000 to 9999.</summary>
    /// <param name="text">The whole time.</param>
    /// <param name="nanoseconds">Since the Unix epoch.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Int128 nanoseconds)
    {
        nanoseconds = 0;
        if (text.Length < 20 || text[4] != '-' || text[7] != '-' || text[13] != ':' || text[16] != ':'
            || text[10] is not ('T' or 't' or ' ')) return false;
        if (!TryDigits(text, 0, 4, out int year) || !TryDigits(text, 5, 2, out int month)
            || !TryDigits(text, 8, 2, out int day) || !TryDigits(text, 11, 2, out int hour)
            || !TryDigits(text, 14, 2, out int minute) || !TryDigits(text, 17, 2, out int second)) return false;
        // Year 0000 has the calendar of 2000, which .NET's DateTime knows; it lies 2000 years = 730,485 days earlier.
        int known = year == 0 ? 2000 : year;
        if (month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(known, month)) return false;
        if (hour > 23 || minute > 59 || second > 60) return false;
        long days = new DateTime(known, month, day).Ticks / TimeSpan.TicksPerDay - UnixEpochDay;
        if (year == 0) days -= 730_485;
        ReadOnlySpan<char> rest = text[19..];
        if (!TryFraction(ref rest, out int fraction) || !TryOffset(rest, out int offset)) return false;
        long seconds = days * Day + hour * 3_600 + minute * 60 + second - offset;
        if (second == 60 && seconds % Day != 0) return false; // a leap second only ends a UTC day
        if (seconds < FirstSecond || seconds >= EndSecond) return false;
        nanoseconds = (Int128)seconds * 1_000_000_000 + fraction;
        return true;
    }

    /// <summary>The time in UTC with as many digits of fraction as it needs.</summary>
    /// <param name="nanoseconds">A time that <see cref="TryParse"/> has given.</param>
    public static string Format(Int128 nanoseconds)
    {
        long fraction = (long)(nanoseconds % 1_000_000_000);
        if (fraction < 0) fraction += 1_000_000_000;
        long seconds = (long)((nanoseconds - fraction) / 1_000_000_000);
        bool yearZero = seconds < FirstSecond + 366 * Day;
        long ticks = (seconds + (UnixEpochDay + (yearZero ? 730_485 : 0)) * Day) * TimeSpan.TicksPerSecond;
        string text = new DateTime(ticks).ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
        if (yearZero) text = string.Concat("0000", text.AsSpan(4));
        if (fraction == 0) return text + "Z";
        return $"{text}.{fraction.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0')}Z";
    }

    private static bool TryFraction(ref ReadOnlySpan<char> rest, out int nanoseconds)
    {
        nanoseconds = 0;
        if (rest.IsEmpty || rest[0] != '.') return true;
        int length = 1, scale = 100_000_000;
        while (length < rest.Length && char.IsAsciiDigit(rest[length]))
        {
            nanoseconds += (rest[length++] - '0') * scale;
            scale /= 10;
        }
        rest = rest[length..];
        return length > 1;
    }

    private static bool TryOffset(ReadOnlySpan<char> rest, out int seconds)
    {
        seconds = 0;
        if (rest is "Z" or "z") return true;
        if (rest.Length != 6 || rest[0] is not ('+' or '-') || rest[3] != ':') return false;
        if (!TryDigits(rest, 1, 2, out int hours) || !TryDigits(rest, 4, 2, out int minutes)) return false;
        if (hours > 23 || minutes > 59) return false;
        seconds = (hours * 3_600 + minutes * 60) * (rest[0] == '-' ? -1 : 1);
        return true;
    }

    private static bool TryDigits(ReadOnlySpan<char> text, int at, int count, out int number)
    {
        number = 0;
        foreach (char c in text.Slice(at, count))
        {
            if (!char.IsAsciiDigit(c)) return false;
            number = number * 10 + (c - '0');
        }
        return true;
    }
}
