using System;
using System.Numerics;
using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>What one series is worth at each step: nothing, a float or a histogram.</summary>
internal sealed class StepColumn(int steps)
{
    /// <summary>Floats; meaningless where nothing or a histogram is.</summary>
    public double[] Values { get; } = new double[steps];

    /// <summary>One bit a step: whether something is there.</summary>
    public ulong[] Present { get; } = new ulong[(steps + 63) / 64];

    /// <summary>Null where no histogram is; null as a whole when there is none.</summary>
    public FloatHistogram?[]? Histograms { get; private set; }

    public int Steps { get; } = steps;

    public bool IsEmpty => Present.AsSpan().IndexOfAnyExcept(0ul) < 0;

    /// <summary>Whether every step has something.</summary>
    public bool IsFull => Count == Steps;

    public int Count
    {
        get
        {
            int count = 0;
            foreach (ulong bits in Present) count += BitOperations.PopCount(bits);
            return count;
        }
    }

    public bool Has(int step) => (Present[step >> 6] >> step & 1) != 0;

    public FloatHistogram? HistogramAt(int step) => Histograms?[step];

    public void Set(int step, double value)
    {
        Values[step] = value;
        Present[step >> 6] |= 1ul << step;
        if (Histograms is not null) Histograms[step] = null;
    }

    public void Set(int step, FloatHistogram histogram)
    {
        Histograms ??= new FloatHistogram?[Steps];
        Histograms[step] = histogram;
        Present[step >> 6] |= 1ul << step;
    }

    public void Remove(int step)
    {
        Present[step >> 6] &= ~(1ul << step);
        if (Histograms is not null) Histograms[step] = null;
    }

    public void Clear()
    {
        Present.AsSpan().Clear();
        Histograms = null;
    }

    /// <summary>Sets a step to what another column holds at one of its own.</summary>
    public void CopyStep(int step, StepColumn from, int fromStep)
    {
        if (from.HistogramAt(fromStep) is { } histogram) Set(step, histogram);
        else Set(step, from.Values[fromStep]);
    }

    /// <summary>Takes over everything another column of the same steps holds.</summary>
    public void CopyFrom(StepColumn other)
    {
        other.Values.AsSpan().CopyTo(Values);
        other.Present.AsSpan().CopyTo(Present);
        Histograms = (FloatHistogram?[]?)other.Histograms?.Clone();
    }

    /// <summary>Adds the steps of another column; false when both have something at one step.</summary>
    public bool TryMerge(StepColumn other)
    {
        for (int i = 0; i < Present.Length; i++)
            if ((Present[i] & other.Present[i]) != 0) return false;
        for (int step = other.Next(0); step >= 0; step = other.Next(step + 1)) CopyStep(step, other, step);
        return true;
    }

    /// <summary>The first step from <paramref name="step"/> on that has something; -1 when none has.</summary>
    public int Next(int step)
    {
        if (step >= Steps) return -1;
        int word = step >> 6;
        ulong bits = Present[word] & (ulong.MaxValue << step);
        while (bits == 0)
        {
            if (++word == Present.Length) return -1;
            bits = Present[word];
        }
        return (word << 6) + BitOperations.TrailingZeroCount(bits);
    }
}
