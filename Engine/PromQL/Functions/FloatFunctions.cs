using System;
using System.Collections.Generic;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>A function of one float.</summary>
internal delegate double FloatFunction(double value);

/// <summary>The functions that map each float by itself and leave histograms out, by name.</summary>
internal static class FloatFunctions
{
    private const long SecondsPerCycle = 146_097L * 86_400; // 400 years, whole weeks

    private static readonly Dictionary<string, FloatFunction> s_byName = new()
    {
        ["abs"] = Math.Abs,
        ["acos"] = Math.Acos,
        ["acosh"] = Math.Acosh,
        ["asin"] = Math.Asin,
        ["asinh"] = Math.Asinh,
        ["atan"] = Math.Atan,
        ["atanh"] = Math.Atanh,
        ["ceil"] = Math.Ceiling,
        ["cos"] = Math.Cos,
        ["cosh"] = Math.Cosh,
        ["deg"] = static v => v * 180 / Math.PI,
        ["exp"] = Math.Exp,
        ["floor"] = Math.Floor,
        ["ln"] = Math.Log,
        ["log10"] = Math.Log10,
        ["log2"] = Math.Log2,
        ["rad"] = static v => v * Math.PI / 180,
        ["sgn"] = static v => v < 0 ? -1 : v > 0 ? 1 : v,
        ["sin"] = Math.Sin,
        ["sinh"] = Math.Sinh,
        ["sqrt"] = Math.Sqrt,
        ["tan"] = Math.Tan,
        ["tanh"] = Math.Tanh,
        ["day_of_month"] = static v => DateOf(v) is { } d ? d.Day : double.NaN,
        ["day_of_week"] = static v => DateOf(v) is { } d ? (int)d.DayOfWeek : double.NaN,
        ["day_of_year"] = static v => DateOf(v) is { } d ? d.DayOfYear : double.NaN,
        ["days_in_month"] = static v => DateOf(v) is { } d ? DateTime.DaysInMonth(d.Year, d.Month) : double.NaN,
        ["hour"] = static v => DateOf(v) is { } d ? d.Hour : double.NaN,
        ["minute"] = static v => DateOf(v) is { } d ? d.Minute : double.NaN,
        ["month"] = static v => DateOf(v) is { } d ? d.Month : double.NaN,
        ["year"] = static v => DateOf(v) is { } d ? d.Year + 400.0 * CyclesBefore((long)v) : double.NaN,
    };

    public static FloatFunction? Find(string name) => s_byName.GetValueOrDefault(name);

    // The moment so many seconds after the epoch, moved into the years 1970 to 2369 by whole cycles of the calendar,
    // which leave all but the year as it is; null where no 64-bit integer holds the seconds.
    private static DateTime? DateOf(double seconds)
    {
        if (!(seconds is >= long.MinValue and < long.MaxValue)) return null;
        long whole = (long)seconds;
        return DateTime.UnixEpoch.AddTicks((whole - CyclesBefore(whole) * SecondsPerCycle) * TimeSpan.TicksPerSecond);
    }

    private static long CyclesBefore(long seconds) =>
        seconds / SecondsPerCycle - (seconds % SecondsPerCycle < 0 ? 1 : 0);
}
