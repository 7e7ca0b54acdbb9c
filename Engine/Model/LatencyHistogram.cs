using System;
using System.Globalization;
using System.Threading;
using Slungd.Native.Checks;

namespace Slungd.Engine.Model;

/// <summary>Durations in fixed buckets from 10 us to 10 s. Recording is a few comparisons and two atomic adds,
/// allocates nothing, and is meant for requests and batches, not for points. Any thread.</summary>
internal sealed class LatencyHistogram
{
    /// <summary>Upper bounds in microseconds, inclusive; the last bucket takes the rest.</summary>
    private static readonly long[] BoundsUs =
    [
        10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
        1_000_000, 2_500_000, 5_000_000, 10_000_000,
    ];

    private static readonly string[] BoundTexts =
        [.. Array.ConvertAll(BoundsUs, SecondsText), "+Inf"];

    private readonly long[] _counts = new long[BucketCount];
    private long _sumNanoseconds;

    public static int BucketCount => BoundsUs.Length + 1;

    /// <summary>The `le` label of a bucket: seconds.</summary>
    public static string BoundText(int bucket) => BoundTexts[bucket];

    public void Record(TimeSpan duration)
    {
        long nanoseconds = Math.Max(duration.Ticks, 0) * 100;
        int bucket = 0;
        while (bucket < BoundsUs.Length && nanoseconds > BoundsUs[bucket] * 1_000) bucket++;
        Interlocked.Increment(ref _counts[bucket]);
        Interlocked.Add(ref _sumNanoseconds, nanoseconds);
    }

    /// <summary>Adds the count of each bucket alone; returns the sum of the durations in seconds.</summary>
    public double AddTo(Span<long> counts)
    {
        Invariant.Equal(counts.Length, BucketCount);
        for (int i = 0; i < counts.Length; i++) counts[i] += Volatile.Read(ref _counts[i]);
        return Volatile.Read(ref _sumNanoseconds) / 1e9;
    }

    private static string SecondsText(long us) => (us / 1e6).ToString("0.######", CultureInfo.InvariantCulture);
}
