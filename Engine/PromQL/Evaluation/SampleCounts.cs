using System;
using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>How many samples a query looks at, at each of its steps, as Prometheus counts them: a sample counts once
/// for each window it lies in, a histogram as many floats as it is large; what subqueries look at inside does not
/// count. One thread.</summary>
internal sealed class SampleCounts(int steps)
{
    private readonly long[] _counts = new long[steps];

    public ReadOnlySpan<long> Steps => _counts;

    public long Total
    {
        get
        {
            long total = 0;
            foreach (long count in _counts) total += count;
            return total;
        }
    }

    public void Add(int step, long samples) => _counts[step] += samples;

    /// <summary>The samples that an instant selector took.</summary>
    public void Add(StepColumn column)
    {
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
            Add(step, column.HistogramAt(step) is { } histogram ? SizeOf(histogram) : 1);
    }

    /// <summary>The samples in a window.</summary>
    public void Add(int step, SampleWindow window)
    {
        Add(step, window.Values.Length);
        for (int i = 0; i < window.HistogramCount; i++) Add(step, SizeOf(window.HistogramAt(i)));
    }

    /// <summary>What another thread has counted.</summary>
    public void Add(SampleCounts other)
    {
        for (int step = 0; step < _counts.Length; step++) _counts[step] += other._counts[step];
    }

    /// <summary>What was counted once holds at every step.</summary>
    public void AddEverywhere(long samples)
    {
        foreach (ref long count in _counts.AsSpan()) count += samples;
    }

    // In floats with their time, 16 bytes each, of what Prometheus keeps in memory (model/histogram, Size): a struct of
    // 168 bytes, and 8 for each bucket, run of buckets, and bound.
    private static int SizeOf(FloatHistogram histogram)
    {
        int words = histogram.Positive.Length + histogram.Negative.Length + histogram.Bounds.Length +
            RunsOf(histogram.Positive) + RunsOf(histogram.Negative);
        return (168 + 8 * words + 8) / 16;
    }

    private static int RunsOf(BucketList buckets)
    {
        int runs = Math.Min(1, buckets.Length);
        for (int i = 1; i < buckets.Length; i++)
            if (buckets.Indexes[i] != buckets.Indexes[i - 1] + 1) runs++;
        return runs;
    }
}
