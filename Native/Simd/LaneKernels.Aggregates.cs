using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Simd;

/// <summary>Sum, min and max. A sum keeps a high and a low part per lane: four vectors are added as a tree, and TwoSum
/// puts the result into the parts without loss. Only the tree rounds, twice on each value's way, so the error is at
/// most 2^-52 of the sum of magnitudes, as with Kahan's algorithm, at 2.5 additions a vector instead of 4. The lanes
/// are added up with TwoSum at the end.</summary>
internal sealed partial class LaneKernels<TLanes, TDouble, TLong>
{
    public override void Sum(ReadOnlySpan<double> values, ref double sum, ref double low)
    {
        ref double first = ref MemoryMarshal.GetReference(values);
        nuint length = (nuint)values.Length, at = 0;
        TDouble s0 = TLanes.All(0.0), s1 = s0, e0 = s0, e1 = s0;
        for (; at + 8 * Width <= length; at += 8 * Width)
        {
            TwoSum(ref s0, ref e0, Tree(
                TLanes.Load(ref first, at), TLanes.Load(ref first, at + Width),
                TLanes.Load(ref first, at + 2 * Width), TLanes.Load(ref first, at + 3 * Width)));
            TwoSum(ref s1, ref e1, Tree(
                TLanes.Load(ref first, at + 4 * Width), TLanes.Load(ref first, at + 5 * Width),
                TLanes.Load(ref first, at + 6 * Width), TLanes.Load(ref first, at + 7 * Width)));
        }
        for (; at + Width <= length; at += Width) TwoSum(ref s0, ref e0, TLanes.Load(ref first, at));

        double high = 0, error = 0;
        TwoSum(ref s0, ref e0, s1);
        AddLanes(s0, TLanes.Add(e0, e1), ref high, ref error);
        for (; at < length; at++) FloatAggregate.TwoSum(ref high, ref error, Unsafe.Add(ref first, at));
        AddTo(ref sum, ref low, high, error);
    }

    public override double Min(ReadOnlySpan<double> values)
    {
        ref double first = ref MemoryMarshal.GetReference(values);
        nuint length = (nuint)values.Length, at = 0;
        TDouble m0 = TLanes.All(double.PositiveInfinity), m1 = m0, m2 = m0, m3 = m0;
        for (; at + 4 * Width <= length; at += 4 * Width)
        {
            m0 = TLanes.Min(TLanes.Load(ref first, at), m0);
            m1 = TLanes.Min(TLanes.Load(ref first, at + Width), m1);
            m2 = TLanes.Min(TLanes.Load(ref first, at + 2 * Width), m2);
            m3 = TLanes.Min(TLanes.Load(ref first, at + 3 * Width), m3);
        }
        for (; at + Width <= length; at += Width) m0 = TLanes.Min(TLanes.Load(ref first, at), m0);
        double min = LeastLane(TLanes.Min(TLanes.Min(m0, m1), TLanes.Min(m2, m3)));
        for (; at < length; at++) min = FloatAggregate.LeastOf(min, Unsafe.Add(ref first, at));
        // Infinity: either the least value of all, or nothing but NaN.
        return min < double.PositiveInfinity || values.Contains(min) ? min : double.NaN;
    }

    public override double Max(ReadOnlySpan<double> values)
    {
        ref double first = ref MemoryMarshal.GetReference(values);
        nuint length = (nuint)values.Length, at = 0;
        TDouble m0 = TLanes.All(double.NegativeInfinity), m1 = m0, m2 = m0, m3 = m0;
        for (; at + 4 * Width <= length; at += 4 * Width)
        {
            m0 = TLanes.Max(TLanes.Load(ref first, at), m0);
            m1 = TLanes.Max(TLanes.Load(ref first, at + Width), m1);
            m2 = TLanes.Max(TLanes.Load(ref first, at + 2 * Width), m2);
            m3 = TLanes.Max(TLanes.Load(ref first, at + 3 * Width), m3);
        }
        for (; at + Width <= length; at += Width) m0 = TLanes.Max(TLanes.Load(ref first, at), m0);
        double max = GreatestLane(TLanes.Max(TLanes.Max(m0, m1), TLanes.Max(m2, m3)));
        for (; at < length; at++) max = FloatAggregate.GreatestOf(max, Unsafe.Add(ref first, at));
        return max > double.NegativeInfinity || values.Contains(max) ? max : double.NaN;
    }

    public override void Aggregate(ReadOnlySpan<double> values, ref FloatAggregate into)
    {
        ref double first = ref MemoryMarshal.GetReference(values);
        nuint length = (nuint)values.Length, at = 0;
        TDouble s0 = TLanes.All(0.0), s1 = s0, e0 = s0, e1 = s0;
        TDouble least = TLanes.All(double.PositiveInfinity), greatest = TLanes.All(double.NegativeInfinity);
        TDouble least1 = least, greatest1 = greatest;
        for (; at + 8 * Width <= length; at += 8 * Width)
        {
            TDouble v0 = TLanes.Load(ref first, at), v1 = TLanes.Load(ref first, at + Width);
            TDouble v2 = TLanes.Load(ref first, at + 2 * Width), v3 = TLanes.Load(ref first, at + 3 * Width);
            least = TLanes.Min(v3, TLanes.Min(v2, TLanes.Min(v1, TLanes.Min(v0, least))));
            greatest = TLanes.Max(v3, TLanes.Max(v2, TLanes.Max(v1, TLanes.Max(v0, greatest))));
            TwoSum(ref s0, ref e0, Tree(v0, v1, v2, v3));
            v0 = TLanes.Load(ref first, at + 4 * Width);
            v1 = TLanes.Load(ref first, at + 5 * Width);
            v2 = TLanes.Load(ref first, at + 6 * Width);
            v3 = TLanes.Load(ref first, at + 7 * Width);
            least1 = TLanes.Min(v3, TLanes.Min(v2, TLanes.Min(v1, TLanes.Min(v0, least1))));
            greatest1 = TLanes.Max(v3, TLanes.Max(v2, TLanes.Max(v1, TLanes.Max(v0, greatest1))));
            TwoSum(ref s1, ref e1, Tree(v0, v1, v2, v3));
        }
        for (; at + Width <= length; at += Width)
        {
            TDouble v0 = TLanes.Load(ref first, at);
            least = TLanes.Min(v0, least);
            greatest = TLanes.Max(v0, greatest);
            TwoSum(ref s0, ref e0, v0);
        }
        double high = 0, error = 0;
        TwoSum(ref s0, ref e0, s1);
        AddLanes(s0, TLanes.Add(e0, e1), ref high, ref error);
        double min = LeastLane(TLanes.Min(least, least1)), max = GreatestLane(TLanes.Max(greatest, greatest1));
        for (; at < length; at++) AddOne(Unsafe.Add(ref first, at), ref high, ref error, ref min, ref max);
        Commit(ref into, values.Length, high, error, min, max);
    }

    public override void AggregateInRange(ReadOnlySpan<long> timestamps, ReadOnlySpan<double> values, long from,
        long to, ref FloatAggregate into)
    {
        DebugCheck.That(timestamps.Length == values.Length);
        ref long firstTime = ref MemoryMarshal.GetReference(timestamps);
        ref double first = ref MemoryMarshal.GetReference(values);
        nuint length = (nuint)values.Length, at = 0;
        TDouble s0 = TLanes.All(0.0), s1 = s0, e0 = s0, e1 = s0, nan = TLanes.All(double.NaN);
        TDouble least = TLanes.All(double.PositiveInfinity), greatest = TLanes.All(double.NegativeInfinity);
        TLong low = TLanes.All(from), high = TLanes.All(to), outside = TLanes.All(0);
        for (; at + 2 * Width <= length; at += 2 * Width)
        {
            TLong out0 = Outside(TLanes.Load(ref firstTime, at), low, high);
            TLong out1 = Outside(TLanes.Load(ref firstTime, at + Width), low, high);
            TDouble v0 = TLanes.Load(ref first, at), v1 = TLanes.Load(ref first, at + Width);
            outside = TLanes.Add(outside, TLanes.Add(out0, out1));
            TwoSum(ref s0, ref e0, TLanes.ClearWhere(v0, out0));
            TwoSum(ref s1, ref e1, TLanes.ClearWhere(v1, out1));
            v0 = TLanes.ReplaceWhere(v0, out0, nan);
            v1 = TLanes.ReplaceWhere(v1, out1, nan);
            least = TLanes.Min(v1, TLanes.Min(v0, least));
            greatest = TLanes.Max(v1, TLanes.Max(v0, greatest));
        }
        long count = (long)at;
        for (int lane = 0; lane < TLanes.Count; lane++) count += TLanes.Lane(outside, lane); // a set mask is -1
        double sum = 0, error = 0;
        TwoSum(ref s0, ref e0, s1);
        AddLanes(s0, TLanes.Add(e0, e1), ref sum, ref error);
        double min = LeastLane(least), max = GreatestLane(greatest);
        for (; at < length; at++)
        {
            long timestamp = Unsafe.Add(ref firstTime, at);
            if (timestamp < from || timestamp > to) continue;
            AddOne(Unsafe.Add(ref first, at), ref sum, ref error, ref min, ref max);
            count++;
        }
        Commit(ref into, count, sum, error, min, max);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TDouble Tree(TDouble a, TDouble b, TDouble c, TDouble d) =>
        TLanes.Add(TLanes.Add(a, b), TLanes.Add(c, d));

    /// <summary>As <see cref="FloatAggregate.TwoSum"/>, in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TwoSum(ref TDouble sum, ref TDouble low, TDouble value)
    {
        TDouble total = TLanes.Add(sum, value);
        TDouble added = TLanes.Subtract(total, sum);
        TDouble lost = TLanes.Add(TLanes.Subtract(sum, TLanes.Subtract(total, added)), TLanes.Subtract(value, added));
        low = TLanes.Add(low, lost);
        sum = total;
    }

    private static void AddLanes(TDouble sums, TDouble errors, ref double high, ref double error)
    {
        for (int lane = 0; lane < TLanes.Count; lane++)
        {
            FloatAggregate.TwoSum(ref high, ref error, TLanes.Lane(sums, lane));
            error += TLanes.Lane(errors, lane);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddOne(double value, ref double high, ref double error, ref double min, ref double max)
    {
        FloatAggregate.TwoSum(ref high, ref error, value);
        min = FloatAggregate.LeastOf(min, value);
        max = FloatAggregate.GreatestOf(max, value);
    }

    private static double LeastLane(TDouble vector)
    {
        double least = TLanes.Lane(vector, 0);
        for (int lane = 1; lane < TLanes.Count; lane++) least = Math.Min(least, TLanes.Lane(vector, lane));
        return least;
    }

    private static double GreatestLane(TDouble vector)
    {
        double greatest = TLanes.Lane(vector, 0);
        for (int lane = 1; lane < TLanes.Count; lane++) greatest = Math.Max(greatest, TLanes.Lane(vector, lane));
        return greatest;
    }

    private static void AddTo(ref double sum, ref double low, double high, double error)
    {
        var total = new FloatAggregate { Sum = sum, SumLow = low };
        total.AddToSum(high, error);
        sum = total.Sum;
        low = total.SumLow;
    }

    private static void Commit(ref FloatAggregate into, long count, double high, double error, double min,
        double max)
    {
        into.Count += count;
        AddTo(ref into.Sum, ref into.SumLow, high, error);
        if (min > max) return; // no value, or nothing but NaN: any other leaves min <= max
        into.Min = FloatAggregate.LeastOf(into.Min, min);
        into.Max = FloatAggregate.GreatestOf(into.Max, max);
    }
}
