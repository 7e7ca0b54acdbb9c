using System;
using Slungd.Native.Bits;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Protocols.Statsd;

/// <summary>A timer's values of one interval, with the events that each stands for: all of them up to a limit, from
/// then on a fair choice (Vitter's algorithm R). The block's first half are values, its second half their weights.
/// </summary>
internal static class SampleBlock
{
    /// <summary>Values that a timer keeps of one interval; percentiles of a choice of so many are good to a
    /// percent of rank or so.</summary>
    public const int MaxSamples = 4096;

    private const int FirstSamples = 16;
    private const int SampleBytes = 2 * sizeof(double);

    /// <summary>Takes a value.</summary>
    /// <param name="table">The metric's.</param>
    /// <param name="index">The metric.</param>
    /// <param name="value">Finite.</param>
    /// <param name="weight">Events that it stands for.</param>
    /// <param name="random">Any bits.</param>
    /// <returns>False when a value found no place, this one or another.</returns>
    public static bool TryAdd(StatsdTable table, int index, double value, double weight, ulong random)
    {
        ref StatsdMetric metric = ref table.Metrics[index];
        NativeBlock? block = table.BlockOf(index);
        int capacity = block is null ? 0 : block.Length / SampleBytes;
        metric.Seen++;
        long place = metric.Kept;
        if (place == capacity && place < MaxSamples && TryGrow(table, index, metric.Kept)) block = table.BlockOf(index);
        bool hasRoom = block is not null && place < block.Length / SampleBytes;
        if (hasRoom) metric.Kept++;
        else place = (long)Math.BigMul(random, (ulong)metric.Seen, out _);
        if (block is null || place >= metric.Kept) return false;
        Values(block, metric.Kept)[(int)place] = value;
        Weights(block, metric.Kept)[(int)place] = weight;
        return hasRoom;
    }

    /// <summary>Puts the values in order, and their weights with them.</summary>
    public static void Sort(NativeBlock block, int count) => Values(block, count).Sort(Weights(block, count));

    public static Span<double> Values(NativeBlock block, int count) =>
        Reinterpret.AsMany<double>(block.Span)[..count];

    public static Span<double> Weights(NativeBlock block, int count) =>
        Reinterpret.AsMany<double>(block.Span[(block.Length / 2)..])[..count];

    /// <summary>The least value that so many of the events are not above (nearest rank).</summary>
    /// <param name="sorted">At least one value.</param>
    /// <param name="weights">Of each.</param>
    /// <param name="share">From 0 to 1.</param>
    public static double Percentile(ReadOnlySpan<double> sorted, ReadOnlySpan<double> weights, double share)
    {
        double total = 0;
        foreach (double weight in weights) total += weight;
        double rest = share * total - 1e-9 * total; // 0.95 of 20 is 19, whatever binary fractions say
        int i = 0;
        while (i < sorted.Length - 1 && (rest -= weights[i]) > 0) i++;
        return sorted[i];
    }

    private static bool TryGrow(StatsdTable table, int index, int count)
    {
        int samples = count == 0 ? FirstSamples : count * 2;
        NativeBlock? larger = NativeBlock.TryAllocate(table.Budget, samples * SampleBytes);
        if (larger is null) return false;
        if (table.BlockOf(index) is { } block)
        {
            Values(block, count).CopyTo(Values(larger, count));
            Weights(block, count).CopyTo(Weights(larger, count));
        }
        table.SetBlock(index, larger);
        return true;
    }
}
