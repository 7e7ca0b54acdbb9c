using System;
using System.Numerics;
using Slungd.Engine.Model;

namespace Slungd.Engine.Store;

/// <summary>
/// Where the outputs of a compaction are cut. A window is 2^k units of time, aligned to its own length, so that windows
/// of all lengths nest: a segment that keeps to a window of one length keeps to one of every greater length.
/// <para>A window of level 1 is at least 1.5 to 3 hours long, of level 2 12 to 24 hours. Where points are few it grows
/// until an output has a decent size, but not beyond two days and two months: a query or the retention shall deal
/// with few files, and those shall not reach far beyond what it wants. Where points are many, the size of an output is
/// what limits it.</para>
/// </summary>
internal sealed class CompactionWindows
{
    /// <summary>Outputs of one compaction: each costs a pass over the indexes of its sources, and files.</summary>
    public const int MaxOutputs = 16;

    private readonly int[] _least; // exponents by level
    private readonly int[] _most;

    /// <param name="precision">Of the store.</param>
    /// <param name="maxSpan">No window is longer, in units: what is removed by age is removed as a whole.</param>
    public CompactionWindows(Precision precision, ulong maxSpan)
    {
        ulong hour = 3600 * (ulong)precision.PerSecond();
        int most = Math.Min(62, BitOperations.Log2(Math.Max(2, maxSpan)));
        _least = [0, Math.Min(most, BitOperations.Log2(3 * hour)), Math.Min(most, BitOperations.Log2(24 * hour))];
        _most = [0, Math.Min(most, BitOperations.Log2(48 * hour)), Math.Min(most, BitOperations.Log2(64 * 24 * hour))];
    }

    /// <summary>An output of this many bytes is not made larger by a longer window.</summary>
    public static long DecentBytes(int level) => level == 1 ? 4L << 20 : 32L << 20;

    /// <summary>Cuts a stretch of time at the borders of the windows that suit it.</summary>
    /// <param name="level">Of the outputs, 1 or 2.</param>
    /// <param name="bytes">Of all outputs together, about.</param>
    /// <param name="min">The oldest point.</param>
    /// <param name="max">The newest point.</param>
    /// <returns>Ascending, at least one.</returns>
    public TimeRange[] Cut(int level, long bytes, long min, long max)
    {
        int exponent = _least[level];
        while (true)
        {
            ulong windows = CountOf(exponent, min, max);
            bool isSparse = windows > 1 && (ulong)bytes / windows < (ulong)DecentBytes(level);
            if (windows <= MaxOutputs && !(isSparse && exponent < _most[level])) break;
            exponent++;
        }
        var ranges = new TimeRange[CountOf(exponent, min, max)];
        for (int i = 0; i < ranges.Length; i++)
        {
            long start = (min >> exponent) + i << exponent;
            long end = start + ((1L << exponent) - 1);
            ranges[i] = new TimeRange(Math.Max(start, min), Math.Min(end, max));
        }
        return ranges;
    }

    private static ulong CountOf(int exponent, long min, long max) =>
        (ulong)(max >> exponent) - (ulong)(min >> exponent) + 1;
}
