using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Simd;

/// <summary>Sum, min and max. Sums keep a high and a low part per lane (TwoSum: its only chain from one value to the
/// next is one addition, so four accumulators keep the adders busy); the lanes are added up with the same care at the
/// end.</summary>
internal sealed partial class LaneKernels<TLanes, TDouble, TLong>
{
    public override void Sum(ReadOnlySpan<double> values, ref double sum, ref double low)
    {
        ref double first = ref MemoryMarshal.GetReference(values);
        nuint length = (nuint)values.Length, at = 0;
        TDouble zero = TLanes.All(0.0);
        TDouble s0 = zero, s1 = zero, s2 = zero, s3 = zero, e0 = zero, e1 = zero, e2 = zero, e3 = zero;
        for (; at + 4 * Width <= length; at += 4 * Width)
        {
            TwoSum(ref s0, ref e0, TLanes.Load(ref first, at));
            TwoSum(ref s1, ref e1, TLanes.Load(ref first, at + Width));
            TwoSum(ref s2, ref e2, TLanes.Load(ref first, at + 2 * Width));
            TwoSum(ref s3, ref e3, TLanes.Load(ref first, at + 3 * Width));
        }
        for (; at + Width <= length; at += Width) TwoSum(ref s0, ref e0, TLanes.Load(ref first, at));

        double high = 0, error = 0;
        AddLanes(s0, e0, ref high, ref error);
        AddLanes(s1, e1, ref high, ref error);
        AddLanes(s2, e2, ref high, ref error);
        AddLanes(s3, e3, ref high, ref error);
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
        TDouble zero = TLanes.All(0.0);
        TDouble s0 = zero, s1 = zero, s2 = zero, s3 = zero, e0 = zero, e1 = zero, e2 = zero, e3 = zero;
        TDouble least = TLanes.All(double.PositiveInfinity), greatest = TLanes.All(double.NegativeInfinity);
        for (; at + 4 * Width <= length; at += 4 * Width)
        {
            TDouble v0 = TLanes.Load(ref first, at), v1 = TLanes.Load(ref first, at + Width);
            least = TLanes.Min(v1, TLanes.Min(v0, least));
            greatest = TLanes.Max(v1, TLanes.Max(v0, greatest));
            TwoSum(ref s0, ref e0, v0);
            TwoSum(ref s1, ref e1, v1);
            v0 = TLanes.Load(ref first, at + 2 * Width);
            v1 = TLanes.Load(ref first, at + 3 * Width);
            least = TLanes.Min(v1, TLanes.Min(v0, least));
            greatest = TLanes.Max(v1, TLanes.Max(v0, greatest));
            TwoSum(ref s2, ref e2, v0);
            TwoSum(ref s3, ref e3, v1);
        }
        for (; at + Width <= length; at += Width)
        {
            TDouble v0 = TLanes.Load(ref first, at);
            least = TLanes.Min(v0, least);
            greatest = TLanes.Max(v0, greatest);
            TwoSum(ref s0, ref e0, v0);
        }
        double high = 0, error = 0;
        AddLanes(s0, e0, ref high, ref error);
        AddLanes(s1, e1, ref high, ref error);
        AddLanes(s2, e2, ref high, ref error);
        AddLanes(s3, e3, ref high, ref error);
        double min = LeastLane(least), max = GreatestLane(greatest);
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
        TDouble zero = TLanes.All(0.0), nan = TLanes.All(double.NaN);
        TDouble s0 = zero, s1 = zero, e0 = zero, e1 = zero;
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
        AddLanes(s0, e0, ref sum, ref error);
        AddLanes(s1, e1, ref sum, ref error);
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

    /// <summary>Once a sum is infinite or NaN its high part says so, and what rounding lost means nothing.</summary>
    private static void AddTo(ref double sum, ref double low, double high, double error)
    {
        var total = new FloatAggregate { Sum = sum, SumLow = low };
        total.AddToSum(high, double.IsFinite(error) ? error : 0);
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
