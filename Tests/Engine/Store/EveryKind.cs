using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Store;

namespace Slungd.Tests.Engine.Store;

/// <summary>Points of every value family, and of every shape that an encoding is made for; always the
/// same.</summary>
internal static class EveryKind
{
    private const long Start = 1_700_000_000_000_000;
    private const long Step = 10_000_000;

    /// <summary>A page of fewer points has no gaps.</summary>
    public const int GapPoints = 520;

    private sealed record Series(string Name, ValueFamily Family, Func<long, long> Time, Func<long, object> Value);

    private static readonly Series[] s_series =
    [
        new("constant", ValueFamily.Float, Regular, static _ => 42.5),
        new("decimal", ValueFamily.Float, Late, static i => (10_000 + Walk(i)) / 100.0),
        new("dictionary", ValueFamily.Float, Regular, static i => Math.PI * (1 + Mix(i) % 5)),
        new("float bits", ValueFamily.Float, Regular, static i => (double)(float)(20 + Unit(i))),
        new("split", ValueFamily.Float, Regular, static i => (Mix(i) % 2 * 2.0 - 1) * (1 + Unit(i))),
        new("xor", ValueFamily.Float, Regular, static i => Math.PI * Math.Pow(2, Mix(i / 20) % 200) * (i / 20 % 50)),
        new("wild", ValueFamily.Float, Late, static i => BitConverter.UInt64BitsToDouble(Mix(i))), // NaNs, too
        new("int", ValueFamily.Int, Regular, static i => Walk(i) - 1_000),
        new("uint", ValueFamily.UInt, Late, static i => ulong.MaxValue - (ulong)Walk(i)),
        new("bool", ValueFamily.Bool, Regular, static i => Mix(i) % 3 == 0),
        new("bytes", ValueFamily.Bytes, Late, static i => BitConverter.GetBytes(Mix(i))[..(int)(Mix(i) % 9)]),
        new("string", ValueFamily.String, Regular,
            static i => Encoding.UTF8.GetBytes($"the quick brown fox no. {Mix(i) % 100} jumps over the lazy dog")),
        new("histogram", ValueFamily.Histogram, Regular, static i => BitConverter.GetBytes(Mix(i / 10))),
    ];

    /// <summary>Writes points `first` to `first + count - 1` of each series, and notes them.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="first">The first point.</param>
    /// <param name="count">How many of each series.</param>
    /// <param name="isBrief">One series of each family is enough.</param>
    /// <param name="expected">Where they are noted.</param>
    public static void Write(TimeSeriesStore store, long first, int count, bool isBrief, params StorePoints[] expected)
    {
        var batch = new WriteBatch(store);
        ValueFamily last = ValueFamily.None;
        foreach (Series series in s_series)
        {
            if (isBrief && series.Family == last) continue;
            last = series.Family;
            for (long i = first; i < first + count; i++) Add(batch, series, series.Time(i), series.Value(i), expected);
        }
        batch.Commit();
        if (batch.Refusals.Points > 0) throw new InvalidOperationException("points were refused");
    }

    /// <summary>Deletes points `first` to `last` of the integers, and notes it.</summary>
    public static void Delete(TimeSeriesStore store, StorePoints expected, long first, long last)
    {
        Series series = Array.Find(s_series, static s => s.Family == ValueFamily.Int)!;
        var range = new TimeRange(series.Time(first), series.Time(last));
        store.Delete(new SeriesSelector(Encoding.UTF8.GetBytes(series.Name), TagExpression.All.Instance), range);
        expected.Remove(KeyOf(series), range.Start, range.End);
    }

    /// <summary>A series whose timestamps nothing packs, and one that is regular but for a gap.</summary>
    public static void WriteOtherTimes(TimeSeriesStore store, StorePoints expected)
    {
        var batch = new WriteBatch(store);
        var wild = new Series("wild times", ValueFamily.Float, static i => (i << 55) + (long)(Mix(i) >> 10),
            static i => i * 1.0);
        for (long i = -10; i < 10; i++) Add(batch, wild, wild.Time(i), wild.Value(i), expected);
        var gap = new Series("gap", ValueFamily.Bool, static i => Regular(i < 300 ? i : i + 7), static _ => true);
        for (long i = 0; i < GapPoints; i++) Add(batch, gap, gap.Time(i), gap.Value(i), expected);
        batch.Commit();
    }

    private static void Add(WriteBatch batch, Series series, long timestamp, object value,
        params StorePoints[] expected)
    {
        batch.BeginSeries(Encoding.UTF8.GetBytes(series.Name));
        batch.AddTag("site=eu"u8);
        batch.AddTag("plain"u8);
        string text;
        switch (value)
        {
            case double d:
                batch.AddFloat(timestamp, d);
                text = StorePoints.TextOf(BitConverter.DoubleToUInt64Bits(d));
                break;
            case long l:
                batch.AddInt(timestamp, l);
                text = StorePoints.TextOf((ulong)l);
                break;
            case ulong u:
                batch.AddUInt(timestamp, u);
                text = StorePoints.TextOf(u);
                break;
            case bool b:
                batch.AddBool(timestamp, b);
                text = StorePoints.TextOf(b ? 1UL : 0);
                break;
            default:
                batch.AddPayload(series.Family, timestamp, (byte[])value);
                text = StorePoints.TextOf((byte[])value);
                break;
        }
        foreach (StorePoints points in expected) points.Add(KeyOf(series), series.Family, timestamp, text);
    }

    private static string KeyOf(Series series) => $"{series.Name} [plain, site=eu]";

    private static long Regular(long i) => Start + i * Step;

    private static long Late(long i) => Regular(i) + (long)(Mix(i) % 1_000_000);

    private static long Walk(long i) => i * 3 + (long)(Mix(i) % 100);

    private static double Unit(long i) => (Mix(i) >> 11) / (double)(1UL << 53);

    /// <summary>The finalizer of SplitMix64.</summary>
    private static ulong Mix(long i)
    {
        ulong mixed = (ulong)i * 0x9e3779b97f4a7c15;
        mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
        return mixed ^ mixed >> 31;
    }
}
