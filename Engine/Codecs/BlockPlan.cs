using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Simd;

namespace Slungd.Engine.Codecs;

/// <summary>How one block of up to 512 integers is packed: most lie in [Origin, Origin + 2^Width) and take Width bits;
/// the others are exceptions, listed one by one.</summary>
[SkipLocalsInit] // buffers on the stack are written before they are read
internal readonly record struct BlockPlan(long Origin, int Width, int Exceptions, int Cost)
{
    // Less is not worth a second look.
    private const int FewNumbers = 32;
    private const int NarrowWidth = 4;
    private const int WidthToSave = 3;

    private const int Widths = 65; // 0 to 64 bits

    /// <summary>Whether the number is packed.</summary>
    public bool Holds(long number) => Width == 64 || (ulong)(number - Origin) >> Width == 0;

    /// <summary>The cheapest plan, with its cost in bytes (of exceptions an estimate).</summary>
    public static BlockPlan Of(ReadOnlySpan<long> block)
    {
        DebugCheck.That(block.Length is >= 1 and <= BitPacking.BlockLength);
        Kernels.MinMax(block, out long min, out long max);
        int width = WidthOf(min, max);
        int cost = BitPacking.SizeOf(block.Length, width);
        var whole = new BlockPlan(min, width, 0, cost);
        if (width <= NarrowWidth || block.Length < FewNumbers) return whole;

        // Exceptions pay only when a much narrower window round the middle holds nearly all.
        long centre = SampledMedian(block);
        long half = 1L << width - WidthToSave - 1;
        int inside = Kernels.CountInRange(block, Clamp(centre, -half), Clamp(centre, half - 1));
        return block.Length - inside <= block.Length / 8 ? WithExceptions(block, centre, whole) : whole;
    }

    private static BlockPlan WithExceptions(ReadOnlySpan<long> block, long centre, BlockPlan whole)
    {
        Span<int> ofWidth = stackalloc int[Widths];
        CountWidths(block, centre, ofWidth);

        // A gap and the number as varints: about this many bytes.
        int exceptionCost = 2 + whole.Width / 7;
        int best = whole.Width, bestCost = whole.Cost, exceptions = 0;
        for (int width = whole.Width; width-- > 0;)
        {
            exceptions += ofWidth[width + 1];
            int cost = BitPacking.SizeOf(block.Length, width) + exceptions * exceptionCost;
            if (cost >= bestCost) continue;
            best = width;
            bestCost = cost;
        }
        if (best == whole.Width) return whole;

        // The window [centre - 2^(best - 1), centre + 2^(best - 1)) may be shrunk to what it holds.
        long min = long.MaxValue, max = long.MinValue;
        foreach (long number in block)
        {
            bool isHeld = Varint.ZigZag(number - centre) >> best == 0; // no branch: nobody could foretell it
            min = Math.Min(min, isHeld ? number : long.MaxValue);
            max = Math.Max(max, isHeld ? number : long.MinValue);
        }
        int held = 0;
        foreach (int count in ofWidth[..(best + 1)]) held += count;
        if (held == 0) return whole;
        int shrunk = WidthOf(min, max);
        // What the shrunk window happens to hold beyond the counted ones costs nothing.
        exceptions = block.Length - held;
        int total = BitPacking.SizeOf(block.Length, shrunk) + exceptions * exceptionCost;
        return total < whole.Cost ? new BlockPlan(min, shrunk, exceptions, total) : whole;
    }

    /// <summary>How many numbers are so many bits wide as zigzag distances from the centre.</summary>
    private static void CountWidths(ReadOnlySpan<long> block, long centre, Span<int> ofWidth)
    {
        // Four counts of each, since most numbers are of one width, and a count must be stored before it is read again.
        Span<int> counts = stackalloc int[4 * Widths];
        counts.Clear();
        int at = 0;
        for (; at + 4 <= block.Length; at += 4)
        {
            counts[WidthFrom(centre, block[at])]++;
            counts[WidthFrom(centre, block[at + 1]) + Widths]++;
            counts[WidthFrom(centre, block[at + 2]) + 2 * Widths]++;
            counts[WidthFrom(centre, block[at + 3]) + 3 * Widths]++;
        }
        for (; at < block.Length; at++) counts[WidthFrom(centre, block[at])]++;
        for (int width = 0; width < Widths; width++)
            ofWidth[width] = counts[width] + counts[width + Widths] + counts[width + 2 * Widths]
                + counts[width + 3 * Widths];
    }

    private static int WidthFrom(long centre, long number) =>
        64 - BitOperations.LeadingZeroCount(Varint.ZigZag(number - centre));

    private static int WidthOf(long min, long max) => 64 - BitOperations.LeadingZeroCount((ulong)(max - min));

    /// <summary>number + distance, held at the ends of the range of long.</summary>
    private static long Clamp(long number, long distance)
    {
        long sum = number + distance;
        if (distance >= 0) return sum < number ? long.MaxValue : sum;
        return sum > number ? long.MinValue : sum;
    }

    private static long SampledMedian(ReadOnlySpan<long> block)
    {
        Span<long> samples = stackalloc long[9];
        for (int i = 0; i < samples.Length; i++)
        {
            long sample = block[(int)((uint)(i * 2 + 1) * (uint)block.Length / 18)];
            int at = i;
            for (; at > 0 && samples[at - 1] > sample; at--) samples[at] = samples[at - 1];
            samples[at] = sample;
        }
        return samples[4];
    }
}
