using System;
using System.Globalization;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols;

/// <summary>Times as lines of text have them where they are decimal seconds since the epoch, `1700000483.666`: exact,
/// rounded down to the store's precision. A double holds few of them.</summary>
internal static class SecondsText
{
    private const int MaxPlainDigits = 10; // with the nine of nanoseconds they fit into 64 bits

    private const NumberStyles Style =
        NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;

    /// <summary>Reads a whole word.</summary>
    /// <param name="word">Decimal, perhaps with sign, fraction and exponent.</param>
    /// <param name="precision">The store's.</param>
    /// <param name="time">In store units; 0 when it does not fit.</param>
    /// <param name="fits">False for a time that the store can't have.</param>
    /// <returns>False for what is no such number.</returns>
    public static bool TryRead(ReadOnlySpan<byte> word, Precision precision, out long time, out bool fits)
    {
        if (TryReadPlain(word, precision.PerSecond(), out time, out fits)) return true;
        // Words are none, and .NET passes over zero bytes behind a number.
        if (word is not [.., >= (byte)'0' and <= (byte)'9' or (byte)'.']) return false;
        if (!decimal.TryParse(word, Style, CultureInfo.InvariantCulture, out decimal seconds)) return false;
        decimal perSecond = precision.PerSecond();
        fits = seconds >= long.MinValue / perSecond && seconds < (long.MaxValue + 1m) / perSecond;
        if (fits) time = (long)decimal.Floor(seconds * precision.PerSecond());
        return true;
    }

    /// <summary>Digits, and a point among them, as nearly all have it.</summary>
    private static bool TryReadPlain(ReadOnlySpan<byte> word, long perSecond, out long time, out bool fits)
    {
        (time, fits) = (0, false);
        bool isNegative = word.StartsWith("-"u8);
        ReadOnlySpan<byte> whole = isNegative ? word[1..] : word, fraction = default;
        int point = whole.IndexOf((byte)'.');
        if (point >= 0)
        {
            fraction = whole[(point + 1)..];
            whole = whole[..point];
        }
        if (whole.Length is 0 or > MaxPlainDigits) return false;
        ulong units = 0;
        foreach (byte digit in whole)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            units = units * 10 + digit - '0';
        }
        bool isCut = false;
        foreach (byte digit in fraction)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            if (perSecond > 1) units = units * 10 + digit - '0';
            else isCut |= digit != '0';
            perSecond /= 10; // 0 at last
        }
        for (; perSecond > 1; perSecond /= 10) units *= 10;
        if (isNegative && isCut) units++; // down
        fits = units <= (isNegative ? 1UL << 63 : long.MaxValue);
        if (fits) time = (long)(isNegative ? 0 - units : units);
        return true;
    }
}
