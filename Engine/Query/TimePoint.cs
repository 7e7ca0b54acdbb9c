using System;
using System.Globalization;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>One end of a range as written: so long before the clock's reading (`now`, `1h`) or a fixed time.</summary>
/// <param name="BeforeNow">True for `now` and durations.</param>
/// <param name="Nanoseconds">Before now, or since the Unix epoch; then its whole store units fit i64.</param>
internal readonly record struct TimePoint(bool BeforeNow, Int128 Nanoseconds)
{
    public static readonly TimePoint Now = new(true, 0);

    /// <summary>The text that reads back as this point.</summary>
    public string ToText(Precision precision)
    {
        if (BeforeNow) return Nanoseconds == 0 ? "now" : DurationText.Format(Nanoseconds);
        Int128 unit = 1_000_000_000 / precision.PerSecond();
        return Nanoseconds % unit == 0
            ? (Nanoseconds / unit).ToString(CultureInfo.InvariantCulture)
            : Rfc3339.Format(Nanoseconds);
    }
}
