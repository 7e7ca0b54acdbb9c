using System;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>The range of a query as written, ready to be fixed at any reading of the clock. An end that is finer than
/// the store's unit is compared exactly: with a precision of seconds, [0.5 s, 1.5 s] holds only second 1.</summary>
internal sealed record QueryRange
{
    private readonly End _a, _b;

    /// <param name="a">One end.</param>
    /// <param name="b">The other; the two may be swapped.</param>
    /// <param name="precision">The store's.</param>
    public QueryRange(TimePoint a, TimePoint b, Precision precision)
    {
        A = a;
        B = b;
        _a = ToEnd(a, precision);
        _b = ToEnd(b, precision);
    }

    public TimePoint A { get; }

    public TimePoint B { get; }

    /// <summary>True when the range moves with the clock.</summary>
    public bool Slides => A.BeforeNow || B.BeforeNow;

    /// <summary>The range at a reading of the clock in store units; both ends inclusive, possibly empty.</summary>
    public TimeRange At(long now)
    {
        long a = _a.FloorAt(now, out bool aHasRest), b = _b.FloorAt(now, out bool bHasRest);
        bool aFirst = a < b || (a == b && !aHasRest);
        long start = aFirst ? a : b;
        if ((aFirst ? aHasRest : bHasRest) && start < long.MaxValue) start++;
        return new TimeRange(start, aFirst ? b : a);
    }

    /// <summary>True when the end's whole units fit i64 in this precision.</summary>
    public static bool Fits(TimePoint point, Precision precision)
    {
        Int128 units = WholeUnits(point, precision, out _);
        return units >= long.MinValue && units <= long.MaxValue;
    }

    private static End ToEnd(TimePoint point, Precision precision)
    {
        Int128 units = WholeUnits(point, precision, out bool hasRest);
        return new End(point.BeforeNow, units, hasRest);
    }

    /// <summary>A fixed time is rounded down; a duration up, so that now minus it is rounded down too.</summary>
    private static Int128 WholeUnits(TimePoint point, Precision precision, out bool hasRest)
    {
        Int128 unit = 1_000_000_000 / precision.PerSecond();
        Int128 rest = point.Nanoseconds % unit;
        if (rest < 0) rest += unit;
        hasRest = rest != 0;
        Int128 floor = (point.Nanoseconds - rest) / unit;
        return point.BeforeNow && hasRest ? floor + 1 : floor;
    }

    /// <param name="BeforeNow">Relative to the clock.</param>
    /// <param name="Units">The time rounded down, or the duration rounded up.</param>
    /// <param name="HasRest">The exact end lies inside the unit after the rounded time.</param>
    private readonly record struct End(bool BeforeNow, Int128 Units, bool HasRest)
    {
        /// <summary>A duration that reaches further back than i64 stops there, and has no rest.</summary>
        public long FloorAt(long now, out bool hasRest)
        {
            Int128 floor = BeforeNow ? now - Units : Units;
            hasRest = HasRest && floor >= long.MinValue;
            return (long)Int128.Max(floor, long.MinValue);
        }
    }
}
