using System;
using System.Globalization;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Ingest.Http;

/// <summary>Times as Prometheus' HTTP API takes them: seconds since 1970, with a fraction if need be, or RFC 3339.
/// </summary>
internal static class PrometheusTime
{
    private const string Expected = "seconds since 1970, as 1700000000.5, or an RFC 3339 time";

    /// <summary>What is wrong with a parameter that <see cref="TryParse"/> can't read.</summary>
    public static string ErrorOf(string parameter, string text) =>
        $"invalid parameter \"{parameter}\": cannot parse \"{text}\" to a valid timestamp: expected {Expected}";

    /// <summary>Null when it is a time, else what was expected.</summary>
    public static string? Check(string text) =>
        TryParse(text, Precision.Milliseconds, roundUp: false, out _) ? null : Expected;

    /// <summary>Reads a time in the store's unit. Where that is coarser than the text the time is rounded down, or up;
    /// where it can't hold it, it becomes the first or the last one.</summary>
    public static bool TryParse(string text, Precision precision, bool roundUp, out long time)
    {
        time = 0;
        if (Rfc3339.TryParse(text, out Int128 nanoseconds))
        {
            Int128 unit = 1_000_000_000 / precision.PerSecond();
            Int128 units = nanoseconds / unit;
            if (nanoseconds % unit < 0) units--;
            if (roundUp && units * unit < nanoseconds) units++;
            time = (long)Int128.Clamp(units, long.MinValue, long.MaxValue);
            return true;
        }
        const NumberStyles Seconds = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint |
            NumberStyles.AllowExponent;
        if (decimal.TryParse(text, Seconds, CultureInfo.InvariantCulture, out decimal seconds))
        {
            decimal most = long.MaxValue / (decimal)precision.PerSecond();
            decimal units = Math.Clamp(seconds, -most - 1, most + 1) * precision.PerSecond();
            units = roundUp ? Math.Ceiling(units) : Math.Floor(units);
            time = units >= long.MaxValue ? long.MaxValue : units <= long.MinValue ? long.MinValue : (long)units;
            return true;
        }
        // What no decimal can hold, as -9.2e40, is beyond every time.
        if (!double.TryParse(text, Seconds, CultureInfo.InvariantCulture, out double far) || double.IsNaN(far))
            return false;
        time = far > 0 ? long.MaxValue : long.MinValue;
        return true;
    }
}
