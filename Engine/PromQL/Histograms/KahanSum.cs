using System;
using System.Runtime.CompilerServices;

namespace Slungd.Engine.PromQL.Histograms;

/// <summary>Compensated summation after Neumaier: the sum is <c>sum + low</c>.</summary>
internal static class KahanSum
{
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
