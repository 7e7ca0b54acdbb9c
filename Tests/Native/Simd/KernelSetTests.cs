using System;
using System.Collections.Generic;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Native.Simd;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.NativeSimd;

/// <summary>Every variant that this CPU has, against the scalar reference, and the reference against exact numbers.
/// </summary>
public class KernelSetTests(ITestOutputHelper output)
{
    private static readonly double[] s_special =
    [
        0.0, -0.0, 1, -1, 0.1, 0.2, 1e22, -1e22, 1e300, -1e300, double.Epsilon, -double.Epsilon, 9007199254740993,
        1e304, 4.9e-310, Math.PI, double.NaN, double.PositiveInfinity, double.NegativeInfinity,
        BitConverter.Int64BitsToDouble(0x7ff0000000000002), BitConverter.Int64BitsToDouble(-1),
    ];

    public static TheoryData<string> Variants => [.. KernelChoice.Names];

    private bool IsMissing(string name, out KernelSet set)
    {
        set = KernelChoice.Find(name, out string? reason)!;
        if (set is null) output.WriteLine($"skipped: {reason}");
        return set is null;
    }

    /// <summary>Blocks of every small length and some long ones; kinds of values from tame to wild.</summary>
    private static IEnumerable<double[]> Blocks()
    {
        for (int length = 0; length < 150; length++)
        {
            for (int kind = 0; kind < 5; kind++) yield return Block(length, kind, length * 5 + kind);
        }
        for (int kind = 0; kind < 5; kind++) yield return Block(8192 + kind, kind, kind);
    }

    private static double[] Block(int length, int kind, int seed)
    {
        var random = new Random(seed);
        var values = new double[length];
        for (int i = 0; i < length; i++)
        {
            values[i] = kind switch
            {
                0 => Math.Round(20 + random.NextDouble(), 2),
                1 => (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-30, 30)),
                2 => s_special[random.Next(s_special.Length - 5)],
                3 => s_special[random.Next(s_special.Length)],
                _ => random.Next(20) == 0 ? random.NextDouble() : double.NaN,
            };
        }
        return values;
    }

    private static void AssertSame(double want, double got) =>
        Assert.True(want == got || double.IsNaN(want) && double.IsNaN(got), $"want {want:r}, got {got:r}");

    private static double PlainSum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values) sum += value;
        return sum;
    }

    private static void AssertSum(ReadOnlySpan<double> values, double got)
    {
        var exact = new ExactSum();
        bool finite = true;
        foreach (double value in values)
        {
            finite &= double.IsFinite(value);
            if (finite) exact.Add(value);
        }
        if (finite) Assert.True(exact.IsNear(got), $"{got:r} is far from the exact sum");
        else AssertSame(PlainSum(values), got);
    }

    private static void AssertAggregate(ReadOnlySpan<double> values, in FloatAggregate got)
    {
        Assert.Equal(values.Length, got.Count);
        AssertSum(values, got.Total);
        double min = double.NaN, max = double.NaN;
        foreach (double value in values)
        {
            if (!(min <= value) && !double.IsNaN(value)) min = value;
            if (!(max >= value) && !double.IsNaN(value)) max = value;
        }
        AssertSame(min, got.Min);
        AssertSame(max, got.Max);
    }

    [Theory, MemberData(nameof(Variants))]
    public void SumMinMaxOfBlocks(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        foreach (double[] values in Blocks())
        {
            var got = FloatAggregate.Empty;
            set.Sum(values, ref got.Sum, ref got.SumLow);
            got.Min = set.Min(values);
            got.Max = set.Max(values);
            got.Count = values.Length;
            AssertAggregate(values, got);
            var fused = FloatAggregate.Empty;
            set.Aggregate(values, ref fused);
            AssertAggregate(values, fused);
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void AggregatesOfPartsMergeToTheWhole(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        foreach (double[] values in Blocks())
        {
            var whole = FloatAggregate.Empty;
            var kept = FloatAggregate.Empty;
            for (int at = 0, step = 1; at < values.Length; at += step, step = step * 3 % 97 + 1)
            {
                ReadOnlySpan<double> part = values.AsSpan(at, Math.Min(step, values.Length - at));
                var one = FloatAggregate.Empty;
                set.Aggregate(part, ref one);
                whole.Merge(one);
                set.Aggregate(part, ref kept);
            }
            AssertAggregate(values, whole);
            AssertAggregate(values, kept);
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void ATimeFilterKeepsWhatIsInRange(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        var random = new Random(5);
        foreach (double[] values in Blocks())
        {
            var times = new long[values.Length];
            for (int i = 0; i < times.Length; i++)
                times[i] = random.Next(9) == 0 ? random.NextInt64(long.MinValue, long.MaxValue) : random.Next(100);
            (long From, long To)[] ranges =
                [(20, 70), (0, 0), (70, 20), (long.MinValue, long.MaxValue), (long.MinValue, 50), (50, long.MaxValue)];
            foreach ((long from, long to) in ranges)
            {
                var inside = new List<double>();
                for (int i = 0; i < times.Length; i++)
                {
                    if (from <= times[i] && times[i] <= to) inside.Add(values[i]);
                }
                var got = FloatAggregate.Empty;
                set.AggregateInRange(times, values, from, to, ref got);
                AssertAggregate(inside.ToArray(), got);
                Assert.Equal(inside.Count, set.CountInRange(times, from, to));
                Predicate<long> isInside = time => from <= time && time <= to;
                Assert.Equal(Array.FindIndex(times, isInside), set.FirstInRange(times, from, to));
                Assert.Equal(Array.FindLastIndex(times, isInside), set.LastInRange(times, from, to));
            }
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void SumsAnyFloatsWithinTheBound(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        Prop.ForAll(ArbMap.Default.ArbFor<double[]>(), values =>
        {
            for (int i = 0; i < values.Length; i++)
            {
                if (double.IsFinite(values[i])) values[i] *= 1e-5; // room for the sum
            }
            double sum = 0, low = 0;
            set.Sum(values, ref sum, ref low);
            AssertSum(values, sum + low);
        }).QuickCheckThrowOnFailure();
    }

    [Theory, MemberData(nameof(Variants))]
    public void ManyTenthsDoNotDrift(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        var values = new double[50_003];
        Array.Fill(values, 0.1);
        var exact = new ExactSum();
        foreach (double value in values) exact.Add(value);
        Assert.False(exact.IsNear(PlainSum(values))); // what compensation is for
        double sum = 0, low = 0;
        set.Sum(values, ref sum, ref low);
        Assert.True(exact.IsNear(sum + low));
        for (int i = 0; i < 500; i++) set.Sum(values.AsSpan(i, 77), ref sum, ref low);
        for (int i = 0; i < 500 * 77; i++) exact.Add(0.1);
        Assert.True(exact.IsNear(sum + low));
    }

    [Theory, MemberData(nameof(Variants))]
    public void OrderAndRegularity(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        for (int length = 0; length < 140; length++)
        {
            var times = new long[length];
            set.Fill(times, 1000, 7);
            Assert.True(set.IsAscending(times));
            Assert.True(set.IsRegular(times, 7));
            Assert.Equal(length < 2, set.IsRegular(times, 8));
            for (int i = 0; i < length; i++) Assert.Equal(1000 + 7 * i, times[i]);
            for (int broken = 1; broken < length; broken++)
            {
                long kept = times[broken];
                times[broken] = times[broken - 1];
                Assert.False(set.IsAscending(times));
                Assert.False(set.IsRegular(times, 7));
                times[broken] = kept;
                times[broken]++;
                Assert.False(set.IsRegular(times, 7));
                times[broken] = kept;
            }
        }
        Assert.True(set.IsAscending([long.MinValue, -1, 0, long.MaxValue]));
        Assert.False(set.IsAscending([long.MaxValue, long.MinValue]));
        Assert.True(set.IsRegular([long.MaxValue, long.MinValue, long.MinValue + 1], 1));
    }

    [Theory, MemberData(nameof(Variants))]
    public void FillMayWrapAndMinMaxFindsTheEnds(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        var random = new Random(9);
        for (int length = 1; length < 100; length++)
        {
            long start = random.NextInt64(long.MinValue, long.MaxValue);
            long step = random.NextInt64(long.MinValue, long.MaxValue);
            var got = new long[length];
            set.Fill(got, start, step);
            long min = long.MaxValue, max = long.MinValue;
            for (int i = 0; i < length; i++)
            {
                Assert.Equal(unchecked(start + i * step), got[i]);
                min = Math.Min(min, got[i]);
                max = Math.Max(max, got[i]);
            }
            set.MinMax(got, out long least, out long greatest);
            Assert.Equal((min, max), (least, greatest));
        }
    }

    [Theory, MemberData(nameof(Variants))]
    public void IntegersBecomeTheNearestFloats(string variant)
    {
        if (IsMissing(variant, out KernelSet set)) return;
        var random = new Random(2);
        var numbers = new long[1000];
        for (int i = 0; i < numbers.Length; i++)
            numbers[i] = random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
        long[] edges = [0, -1, 1, long.MinValue, long.MaxValue, 1L << 53, (1L << 53) + 1, -(1L << 53) - 1, 1L << 62];
        edges.CopyTo(numbers, 3);
        var got = new double[numbers.Length];
        set.ToDoubles(numbers, got);
        for (int i = 0; i < got.Length; i++) Assert.Equal((double)numbers[i], got[i]);
        var unsigned = Array.ConvertAll(numbers, number => (ulong)number);
        set.ToDoubles(unsigned, got);
        for (int i = 0; i < got.Length; i++) Assert.Equal((double)unsigned[i], got[i]);
    }
}
