using System;

namespace Slungd.Native.Simd;

/// <summary>The reference: every kernel as a plain loop.</summary>
internal sealed partial class ScalarKernels : KernelSet
{
    public override string Name => "scalar";

    public override void Sum(ReadOnlySpan<double> values, ref double sum, ref double low)
    {
        double high = 0, error = 0;
        foreach (double value in values) FloatAggregate.TwoSum(ref high, ref error, value);
        var total = new FloatAggregate { Sum = sum, SumLow = low };
        total.AddToSum(high, error);
        sum = total.Sum;
        low = total.SumLow;
    }

    public override double Min(ReadOnlySpan<double> values)
    {
        double min = double.NaN;
        foreach (double value in values) min = FloatAggregate.LeastOf(min, value);
        return min;
    }

    public override double Max(ReadOnlySpan<double> values)
    {
        double max = double.NaN;
        foreach (double value in values) max = FloatAggregate.GreatestOf(max, value);
        return max;
    }

    public override void Aggregate(ReadOnlySpan<double> values, ref FloatAggregate into)
    {
        into.Count += values.Length;
        Sum(values, ref into.Sum, ref into.SumLow);
        into.Min = FloatAggregate.LeastOf(into.Min, Min(values));
        into.Max = FloatAggregate.GreatestOf(into.Max, Max(values));
    }

    public override void AggregateInRange(ReadOnlySpan<long> timestamps, ReadOnlySpan<double> values, long from,
        long to, ref FloatAggregate into)
    {
        for (int i = 0; i < timestamps.Length; i++)
        {
            if (timestamps[i] >= from && timestamps[i] <= to) into.Add(values[i]);
        }
    }

    public override int CountInRange(ReadOnlySpan<long> timestamps, long from, long to)
    {
        int count = 0;
        foreach (long timestamp in timestamps) count += timestamp >= from && timestamp <= to ? 1 : 0;
        return count;
    }

    public override int FirstInRange(ReadOnlySpan<long> timestamps, long from, long to)
    {
        for (int i = 0; i < timestamps.Length; i++)
        {
            if (timestamps[i] >= from && timestamps[i] <= to) return i;
        }
        return -1;
    }

    public override int LastInRange(ReadOnlySpan<long> timestamps, long from, long to)
    {
        for (int i = timestamps.Length - 1; i >= 0; i--)
        {
            if (timestamps[i] >= from && timestamps[i] <= to) return i;
        }
        return -1;
    }

    public override bool IsAscending(ReadOnlySpan<long> timestamps)
    {
        for (int i = 1; i < timestamps.Length; i++)
        {
            if (timestamps[i] <= timestamps[i - 1]) return false;
        }
        return true;
    }

    public override bool IsRegular(ReadOnlySpan<long> numbers, long step)
    {
        for (int i = 1; i < numbers.Length; i++)
        {
            if (numbers[i] - numbers[i - 1] != step) return false;
        }
        return true;
    }

    public override void MinMax(ReadOnlySpan<long> numbers, out long min, out long max)
    {
        min = numbers[0];
        max = numbers[0];
        foreach (long number in numbers)
        {
            min = Math.Min(min, number);
            max = Math.Max(max, number);
        }
    }

    public override void Fill(Span<long> into, long start, long step)
    {
        for (int i = 0; i < into.Length; i++) into[i] = start + i * step;
    }

    public override void ToDoubles(ReadOnlySpan<long> numbers, Span<double> into)
    {
        for (int i = 0; i < numbers.Length; i++) into[i] = numbers[i];
    }

    public override void ToDoubles(ReadOnlySpan<ulong> numbers, Span<double> into)
    {
        for (int i = 0; i < numbers.Length; i++) into[i] = numbers[i];
    }
}
