using System;
using System.Runtime.CompilerServices;

namespace Slungd.Engine.PromQL.Histograms;

/// <summary>Compensated summation after Neumaier: the sum is <c>sum + low</c>.</summary>
internal static class KahanSum
{
    /// <summary>The same for sums that stay finite, without a branch (Knuth's two-sum, which is exact, too): when
    /// <c>sum + low</c> is not finite afterwards, it means nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void AddFinite(double value, ref double sum, ref double low)
    {
        double next = sum + value, taken = next - sum;
        low += sum - (next - taken) + (value - taken);
        sum = next;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add(double value, ref double sum, ref double low)
    {
        double next = sum + value;
        if (double.IsInfinity(next)) low = 0;
        else if (Math.Abs(sum) >= Math.Abs(value)) low += sum - next + value;
        else low += value - next + sum;
        sum = next;
    }
}
