using System;
using System.Numerics;
using Slungd.Native.Checks;

namespace Slungd.Native.Simd;

/// <summary>The SIMD kernels for blocks of columns, on the variant chosen at start. What each one means is said at
/// <see cref="KernelSet"/>; ranges include both ends; empty spans are fine.</summary>
internal static class Kernels
{
    private static readonly KernelSet s_set =
        KernelChoice.Choose(Environment.GetEnvironmentVariable(KernelChoice.Variable), out s_reason);

    private static readonly string? s_reason;

    /// <summary>The variant in use.</summary>
    public static KernelSet Set => s_set;

    /// <summary>The name of the variant in use.</summary>
    public static string Name => s_set.Name;

    /// <summary>Why the variant is not the one that SLUNGD_KERNEL named; null when it is, or when none was named.
    /// </summary>
    public static string? FallbackReason => s_reason;

    /// <inheritdoc cref="KernelSet.Sum"/>
    public static void Sum(ReadOnlySpan<double> values, ref double sum, ref double low) =>
        s_set.Sum(values, ref sum, ref low);

    /// <inheritdoc cref="KernelSet.Min"/>
    public static double Min(ReadOnlySpan<double> values) => s_set.Min(values);

    /// <inheritdoc cref="KernelSet.Max"/>
    public static double Max(ReadOnlySpan<double> values) => s_set.Max(values);

    /// <inheritdoc cref="KernelSet.Aggregate"/>
    public static void Aggregate(ReadOnlySpan<double> values, ref FloatAggregate into) =>
        s_set.Aggregate(values, ref into);

    /// <inheritdoc cref="KernelSet.AggregateInRange"/>
    public static void AggregateInRange(ReadOnlySpan<long> timestamps, ReadOnlySpan<double> values, long from, long to,
        ref FloatAggregate into)
    {
        Invariant.Equal(values.Length, timestamps.Length);
        s_set.AggregateInRange(timestamps, values, from, to, ref into);
    }

    /// <inheritdoc cref="KernelSet.CountInRange"/>
    public static int CountInRange(ReadOnlySpan<long> timestamps, long from, long to) =>
        s_set.CountInRange(timestamps, from, to);

    /// <inheritdoc cref="KernelSet.FirstInRange"/>
    public static int FirstInRange(ReadOnlySpan<long> timestamps, long from, long to) =>
        s_set.FirstInRange(timestamps, from, to);

    /// <inheritdoc cref="KernelSet.LastInRange"/>
    public static int LastInRange(ReadOnlySpan<long> timestamps, long from, long to) =>
        s_set.LastInRange(timestamps, from, to);

    /// <inheritdoc cref="KernelSet.IsAscending"/>
    public static bool IsAscending(ReadOnlySpan<long> timestamps) => s_set.IsAscending(timestamps);

    /// <inheritdoc cref="KernelSet.IsRegular"/>
    public static bool IsRegular(ReadOnlySpan<long> numbers, long step) => s_set.IsRegular(numbers, step);

    /// <inheritdoc cref="KernelSet.MinMax"/>
    public static void MinMax(ReadOnlySpan<long> numbers, out long min, out long max)
    {
        Invariant.Check(numbers.Length > 0);
        s_set.MinMax(numbers, out min, out max);
    }

    /// <inheritdoc cref="KernelSet.Fill"/>
    public static void Fill(Span<long> into, long start, long step) => s_set.Fill(into, start, step);

    /// <inheritdoc cref="KernelSet.ToDoubles(ReadOnlySpan{long}, Span{double})"/>
    public static void ToDoubles(ReadOnlySpan<long> numbers, Span<double> into)
    {
        Invariant.Equal(into.Length, numbers.Length);
        s_set.ToDoubles(numbers, into);
    }

    /// <inheritdoc cref="KernelSet.ToDoubles(ReadOnlySpan{ulong}, Span{double})"/>
    public static void ToDoubles(ReadOnlySpan<ulong> numbers, Span<double> into)
    {
        Invariant.Equal(into.Length, numbers.Length);
        s_set.ToDoubles(numbers, into);
    }

    /// <inheritdoc cref="KernelSet.Deltas"/>
    public static void Deltas(ReadOnlySpan<long> numbers, long before, Span<long> into)
    {
        Invariant.Equal(into.Length, numbers.Length);
        s_set.Deltas(numbers, before, into);
    }

    /// <inheritdoc cref="KernelSet.PrefixSum"/>
    public static long PrefixSum(Span<long> deltas, long start) => s_set.PrefixSum(deltas, start);

    /// <inheritdoc cref="KernelSet.PrefixSumDecimals"/>
    public static long PrefixSumDecimals(Span<long> deltas, long start, int digits) =>
        s_set.PrefixSumDecimals(deltas, start, digits);

    /// <inheritdoc cref="KernelSet.AddLine"/>
    public static void AddLine(Span<long> numbers, long start, long step) => s_set.AddLine(numbers, start, step);

    /// <inheritdoc cref="KernelSet.ToDecimals"/>
    public static int ToDecimals(ReadOnlySpan<double> values, int digits, Span<long> into, Span<ushort> misses)
    {
        Invariant.Check(into.Length >= values.Length && misses.Length >= values.Length);
        return s_set.ToDecimals(values, digits, into, misses);
    }

    /// <inheritdoc cref="KernelSet.FromDecimals"/>
    public static void FromDecimals(Span<long> numbers, int digits) => s_set.FromDecimals(numbers, digits);

    /// <summary>In an ascending column the index of the first timestamp that is not below <paramref name="bound"/>; the
    /// length when all are below. A block cut at two such bounds needs no time filter.</summary>
    public static int LowerBound<T>(ReadOnlySpan<T> ascending, T bound) where T : unmanaged, IBinaryInteger<T>
    {
        int low = 0, count = ascending.Length;
        while (count > 0)
        {
            int half = count >> 1;
            bool below = ascending[low + half] < bound;
            low = below ? low + half + 1 : low;
            count = below ? count - half - 1 : half;
        }
        return low;
    }
}
