using System;
using Slungd.Engine.Model;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>The unit windows are cut in: the store's, or milliseconds where the store's is coarser. PromQL speaks in
/// milliseconds.</summary>
internal readonly struct TimeScale
{
    private readonly long _unitsPerMillisecond;
    private readonly double _unitsPerSecond;

    public TimeScale(Precision precision)
    {
        long perSecond = Math.Max(1000, precision.PerSecond());
        _unitsPerMillisecond = perSecond / 1000;
        _unitsPerSecond = perSecond;
        UnitsPerStored = perSecond / precision.PerSecond();
    }

    /// <summary>What a stored timestamp is multiplied with.</summary>
    public long UnitsPerStored { get; }

    /// <summary>Milliseconds as units; what does not fit becomes the nearest that does.</summary>
    public long Units(long milliseconds) => Clamp((Int128)milliseconds * _unitsPerMillisecond);

    /// <summary>The last unit of a millisecond: samples have their times rounded down to whole ones, so all of a
    /// window's last millisecond is inside it, and none of the one that it starts behind.</summary>
    public long LastUnitOf(long milliseconds) => Clamp((Int128)milliseconds * _unitsPerMillisecond + BehindFirst);

    /// <summary>From a millisecond's first unit to its last.</summary>
    public long BehindFirst => _unitsPerMillisecond - 1;

    public long Milliseconds(long units)
    {
        long milliseconds = units / _unitsPerMillisecond;
        return units % _unitsPerMillisecond < 0 ? milliseconds - 1 : milliseconds;
    }

    /// <summary>Units as seconds: the nearest float, also of nanoseconds, which are too many for one.</summary>
    public double Seconds(long units)
    {
        if (Math.Abs(units / 2) < 1L << 52) return units / _unitsPerSecond;
        (long whole, long rest) = Math.DivRem(units, (long)_unitsPerSecond);
        return whole + rest / _unitsPerSecond;
    }

    /// <summary>The stored timestamps with units in (after, through].</summary>
    public TimeRange Stored(long after, long through)
    {
        if (after == long.MaxValue) return new TimeRange(1, 0);
        return new TimeRange(FloorDivide(after, UnitsPerStored) + 1, FloorDivide(through, UnitsPerStored));
    }

    private static long Clamp(Int128 units) =>
        units > long.MaxValue ? long.MaxValue : units < long.MinValue ? long.MinValue : (long)units;

    private static long FloorDivide(long a, long b)
    {
        long quotient = a / b;
        return a % b < 0 ? quotient - 1 : quotient;
    }
}
