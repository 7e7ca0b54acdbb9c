using System;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.Segments;

/// <summary>Computes the value part of a page's summary.</summary>
internal static class PageSummary
{
    /// <summary>Fills Min, Max, Sum, First and Last as queries read the values (integers and booleans as
    /// floats).</summary>
    /// <param name="values">The bits; at least one.</param>
    /// <param name="family">A numeric family.</param>
    /// <param name="scratch">At least as long as the values.</param>
    /// <param name="summary">Count and timestamps are left as they are.</param>
    public static void Of(ReadOnlySpan<ulong> values, ValueFamily family, Span<double> scratch,
        ref BlockSummary summary)
    {
        ReadOnlySpan<double> doubles = AsDoubles(values, family, scratch);
        FloatAggregate aggregate = FloatAggregate.Empty;
        Kernels.Aggregate(doubles, ref aggregate);
        summary.Min = aggregate.Min;
        summary.Max = aggregate.Max;
        summary.Sum = aggregate.Sum;
        summary.SumLow = aggregate.SumLow;
        summary.First = doubles[0];
        summary.Last = doubles[^1];
    }

    private static ReadOnlySpan<double> AsDoubles(ReadOnlySpan<ulong> values, ValueFamily family, Span<double> scratch)
    {
        if (family == ValueFamily.Float) return Reinterpret.AsDoubles(values);
        scratch = scratch[..values.Length];
        if (family == ValueFamily.Int) Kernels.ToDoubles(Reinterpret.AsInt64(values), scratch);
        else Kernels.ToDoubles(values, scratch);
        return scratch;
    }
}
