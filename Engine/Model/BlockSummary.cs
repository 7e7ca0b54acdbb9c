using System;
using Slungd.Native.Simd;

namespace Slungd.Engine.Model;

/// <summary>What a block of points amounts to. NaN values count and make Sum NaN, but never win Min or Max (both NaN
/// when all are). Sum is compensated: it is <see cref="Sum"/> + <see cref="SumLow"/>. Readers see by Sum whether a
/// block may hold stale markers.</summary>
internal struct BlockSummary
{
    public long Count;
    public long FirstTimestamp;
    public long LastTimestamp;
    public double Min;
    public double Max;
    public double Sum;
    public double SumLow;
    public double First;
    public double Last;

    /// <summary>The sum, rounded once.</summary>
    public readonly double Total => Sum + SumLow;

    /// <summary>Adds points that are all later than those seen so far.</summary>
    public void Add(in BlockSummary later)
    {
        if (later.Count == 0) return;
        if (Count == 0)
        {
            this = later;
            return;
        }
        var all = new FloatAggregate { Sum = Sum, SumLow = SumLow, Min = Min, Max = Max };
        all.AddToSum(later.Sum, later.SumLow);
        Count += later.Count;
        LastTimestamp = later.LastTimestamp;
        (Sum, SumLow, Last) = (all.Sum, all.SumLow, later.Last);
        Min = FloatAggregate.LeastOf(Min, later.Min);
        Max = FloatAggregate.GreatestOf(Max, later.Max);
    }

    /// <summary>What points amount to.</summary>
    /// <param name="timestamps">Ascending, at least one.</param>
    /// <param name="values">As many.</param>
    public static BlockSummary Of(ReadOnlySpan<long> timestamps, ReadOnlySpan<double> values)
    {
        FloatAggregate all = FloatAggregate.Empty;
        Kernels.Aggregate(values, ref all);
        return new BlockSummary
        {
            Count = values.Length, FirstTimestamp = timestamps[0], LastTimestamp = timestamps[^1], Min = all.Min,
            Max = all.Max, Sum = all.Sum, SumLow = all.SumLow, First = values[0], Last = values[^1],
        };
    }
}
