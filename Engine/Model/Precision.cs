using System;

namespace Slungd.Engine.Model;

/// <summary>The unit of every stored timestamp, fixed at the first start of a data directory.</summary>
internal enum Precision : byte
{
    Nanoseconds = 1,
    Microseconds = 2,
    Milliseconds = 3,
    Seconds = 4,
}

internal static class Precisions
{
    /// <summary>How many units one second has.</summary>
    public static long PerSecond(this Precision precision) => precision switch
    {
        Precision.Nanoseconds => 1_000_000_000,
        Precision.Microseconds => 1_000_000,
        Precision.Milliseconds => 1_000,
        Precision.Seconds => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(precision)),
    };

    /// <summary>The option's text: ns, us, ms or s.</summary>
    public static string ToText(this Precision precision) => precision switch
    {
        Precision.Nanoseconds => "ns",
        Precision.Microseconds => "us",
        Precision.Milliseconds => "ms",
        Precision.Seconds => "s",
        _ => throw new ArgumentOutOfRangeException(nameof(precision)),
    };

    public static bool TryParse(string text, out Precision precision)
    {
        precision = text switch
        {
            "ns" => Precision.Nanoseconds,
            "us" => Precision.Microseconds,
            "ms" => Precision.Milliseconds,
            "s" => Precision.Seconds,
            _ => 0,
        };
        return precision != 0;
    }

    /// <summary>Nanoseconds to store units, rounded down; never overflows, since no unit is finer.</summary>
    public static long FromNanoseconds(this Precision precision, long nanoseconds)
    {
        long perUnit = 1_000_000_000 / precision.PerSecond();
        long units = nanoseconds / perUnit;
        return nanoseconds % perUnit < 0 ? units - 1 : units;
    }

    /// <summary>The same for as many as 64 bits without a sign hold, which end in the year 2554; false when they do
    /// not fit, which is so in a store of nanoseconds alone.</summary>
    public static bool TryFromNanoseconds(this Precision precision, ulong nanoseconds, out long time)
    {
        ulong units = nanoseconds / (1_000_000_000 / (ulong)precision.PerSecond());
        time = units <= long.MaxValue ? (long)units : 0;
        return units <= long.MaxValue;
    }

    /// <summary>A time of a finer or coarser unit in store units, rounded down; false when it does not fit.</summary>
    /// <param name="precision">The store's.</param>
    /// <param name="time">Since the epoch.</param>
    /// <param name="unit">The unit of <paramref name="time"/>.</param>
    /// <param name="converted">In store units; 0 when it does not fit.</param>
    public static bool TryConvert(this Precision precision, long time, Precision unit, out long converted)
    {
        long from = unit.PerSecond(), to = precision.PerSecond();
        if (to <= from)
        {
            long perUnit = from / to;
            converted = time / perUnit - (time % perUnit < 0 ? 1 : 0);
            return true;
        }
        long units = to / from;
        bool fits = time <= long.MaxValue / units && time >= long.MinValue / units;
        converted = fits ? time * units : 0;
        return fits;
    }

    /// <summary>The clock's reading in store units.</summary>
    public static long Now(this Precision precision, TimeProvider clock)
    {
        long ticks = clock.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks; // 100 ns each
        return precision == Precision.Nanoseconds ? ticks * 100 : ticks / (10_000_000 / precision.PerSecond());
    }
}
