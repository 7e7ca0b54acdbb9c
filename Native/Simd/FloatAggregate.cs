using System.Runtime.CompilerServices;

namespace Slungd.Native.Simd;

/// <summary>Count, compensated sum, minimum and maximum of floats, built block by block in any order. The sum is
/// <see cref="Sum"/> + <see cref="SumLow"/>; keep both until the end. NaN counts, poisons the sum, and never wins Min
/// or Max, which are NaN while there is no value that is not NaN. As IEEE 754 adds: inf stays inf, inf - inf is NaN.
/// Error of the sum: at most 1e-15 of the sum of magnitudes.</summary>
internal struct FloatAggregate
{
    public long Count;
    public double Sum;
    /// <summary>What rounding took from <see cref="Sum"/>; 0 when Sum is not finite.</summary>
    public double SumLow;
    public double Min;
    public double Max;

    public static FloatAggregate Empty => new() { Min = double.NaN, Max = double.NaN };

    /// <summary>The sum, rounded once.</summary>
    public readonly double Total => Sum + SumLow;

    /// <summary>Adds what another aggregate saw.</summary>
    public void Merge(in FloatAggregate other)
    {
        Count += other.Count;
        AddToSum(other.Sum, other.SumLow);
        Min = LeastOf(Min, other.Min);
        Max = GreatestOf(Max, other.Max);
    }

    /// <summary>Adds one value.</summary>
    public void Add(double value)
    {
        Count++;
        AddToSum(value, 0);
        Min = LeastOf(Min, value);
        Max = GreatestOf(Max, value);
    }

    /// <summary>Adds a sum in two parts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddToSum(double sum, double low)
    {
        TwoSum(ref Sum, ref SumLow, sum);
        SumLow += low;
        // The sum is infinite or NaN, and its error NaN: the sum alone is right.
        if (!double.IsFinite(SumLow)) SumLow = 0;
    }

    /// <summary>sum += value; the rounding error, which is exactly a float, goes to <paramref name="low"/> (Knuth,
    /// The Art of Computer Programming, volume 2, section 4.2.2, theorem B).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TwoSum(ref double sum, ref double low, double value)
    {
        double total = sum + value;
        double added = total - sum;
        low += (sum - (total - added)) + (value - added);
        sum = total;
    }

    /// <summary>The smaller; the other one when one is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double LeastOf(double a, double b) => a < b || double.IsNaN(b) ? a : b;

    /// <summary>The greater; the other one when one is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double GreatestOf(double a, double b) => a > b || double.IsNaN(b) ? a : b;
}
