using System;
using System.Diagnostics.CodeAnalysis;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.Influx;

/// <summary>What a request's parameter `precision` means for its timestamps.</summary>
internal readonly struct LineTimes
{
    private readonly Precision _precision;
    private readonly long _times;   // the unit, in store units; or
    private readonly long _divisor; // the store's unit, in these

    private LineTimes(Precision precision, long unitNanoseconds)
    {
        long storeNanoseconds = 1_000_000_000 / precision.PerSecond();
        _precision = precision;
        _times = Math.Max(1, unitNanoseconds / storeNanoseconds);
        _divisor = Math.Max(1, storeNanoseconds / unitNanoseconds);
    }

    /// <summary>Takes what InfluxDB 1.x and 2.x take; nothing means nanoseconds.</summary>
    /// <param name="text">The parameter.</param>
    /// <param name="precision">The store's.</param>
    /// <param name="times">The result.</param>
    public static bool TryParse(string? text, Precision precision, [MaybeNullWhen(false)] out LineTimes times)
    {
        long nanoseconds = text switch
        {
            null or "" or "n" or "ns" => 1,
            "u" or "us" or "\u00b5" or "\u00b5s" or "\u03bc" or "\u03bcs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => 0,
        };
        times = nanoseconds == 0 ? default : new LineTimes(precision, nanoseconds);
        return nanoseconds != 0;
    }

    /// <summary>A request's time in store units, rounded down; false when it does not fit.</summary>
    public bool TryConvert(long time, out long converted)
    {
        if (_divisor > 1)
        {
            converted = time / _divisor - (time % _divisor < 0 ? 1 : 0);
            return true;
        }
        converted = unchecked(time * _times);
        return Math.BigMul(time, _times) == converted;
    }

    /// <summary>The clock's reading in store units, as exact as the request's times are.</summary>
    public long Now(TimeProvider clock)
    {
        long now = _precision.Now(clock);
        return now - now % _times;
    }
}
