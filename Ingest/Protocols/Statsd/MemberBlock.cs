using System;
using System.Numerics;
using Slungd.Native.Bits;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Protocols.Statsd;

/// <summary>A set's members of one interval, by their 64-bit hashes: a table of these while they are few, then the
/// registers of a HyperLogLog, which estimates with a standard error of 0.8 %. Both end at the same 16 KiB.</summary>
internal static class MemberBlock
{
    /// <summary>Members that are counted one by one.</summary>
    public const int MaxExact = 1536;

    private const int MaxBytes = 16_384; // 2,048 hashes, or as many registers of a byte
    private const int IndexBits = 14;
    private const int MaxRank = 64 - IndexBits + 1;
    private const int FirstBytes = 128;

    /// <summary>Takes a member's hash.</summary>
    /// <returns>False when there is no memory for it.</returns>
    public static bool TryAdd(StatsdTable table, int index, ulong hash)
    {
        ref StatsdMetric metric = ref table.Metrics[index];
        hash |= hash == 0 ? 1UL : 0; // zero is an empty slot
        if (!metric.IsEstimate)
        {
            NativeBlock? block = table.BlockOf(index);
            bool isFull = block is null || (metric.Seen + 1) * 4 > block.Length / sizeof(ulong) * 3L;
            if (isFull && metric.Seen < MaxExact)
            {
                if (!TryGrow(table, index, metric.Seen > 0)) return false;
                isFull = false;
            }
            if (!isFull)
            {
                if (Insert(Reinterpret.AsMany<ulong>(table.BlockOf(index)!.Span), hash)) metric.Seen++;
                return true;
            }
            if (Contains(Reinterpret.AsMany<ulong>(block!.Span), hash)) return true;
            if (!TryEstimate(table, index)) return false;
            metric.IsEstimate = true;
        }
        Register(table.BlockOf(index)!.Span, hash);
        return true;
    }

    /// <summary>How many different members there were.</summary>
    public static double Count(in StatsdMetric metric, NativeBlock? block) =>
        metric.IsEstimate ? Estimate(block!.Span) : metric.Seen;

    /// <summary>O. Ertl, New cardinality estimation algorithms for HyperLogLog sketches (2017), algorithm 6: without
    /// bias from the first member on, without tables.</summary>
    private static double Estimate(ReadOnlySpan<byte> registers)
    {
        Span<int> counts = stackalloc int[MaxRank + 1];
        counts.Clear();
        foreach (byte rank in registers) counts[rank]++;
        double m = registers.Length, z = m * Tau(1 - counts[MaxRank] / m);
        for (int k = MaxRank - 1; k >= 1; k--) z = 0.5 * (z + counts[k]);
        z += m * Sigma(counts[0] / m);
        return Math.Round(m * m / (2 * Math.Log(2) * z));
    }

    private static double Sigma(double x)
    {
        if (x == 1) return double.PositiveInfinity;
        double y = 1, z = x, before;
        do
        {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        }
        while (z != before);
        return z;
    }

    private static double Tau(double x)
    {
        if (x is 0 or 1) return 0;
        double y = 1, z = 1 - x, before;
        do
        {
            x = Math.Sqrt(x);
            before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        }
        while (z != before);
        return z / 3;
    }

    private static void Register(Span<byte> registers, ulong hash)
    {
        ref byte register = ref registers[(int)(hash >> (64 - IndexBits))];
        int rank = BitOperations.LeadingZeroCount(hash << IndexBits | 1UL << (IndexBits - 1)) + 1;
        if (rank > register) register = (byte)rank;
    }

    /// <summary>Makes registers of the hashes.</summary>
    private static bool TryEstimate(StatsdTable table, int index)
    {
        NativeBlock? registers = NativeBlock.TryAllocate(table.Budget, MaxBytes);
        if (registers is null) return false;
        registers.Span.Clear();
        foreach (ulong hash in Reinterpret.AsMany<ulong>(table.BlockOf(index)!.Span))
            if (hash != 0) Register(registers.Span, hash);
        table.SetBlock(index, registers);
        return true;
    }

    private static bool TryGrow(StatsdTable table, int index, bool isUsed)
    {
        NativeBlock? block = table.BlockOf(index);
        NativeBlock? larger = NativeBlock.TryAllocate(table.Budget, block is null ? FirstBytes : block.Length * 2);
        if (larger is null) return false;
        larger.Span.Clear();
        Span<ulong> slots = Reinterpret.AsMany<ulong>(larger.Span);
        if (isUsed)
            foreach (ulong hash in Reinterpret.AsMany<ulong>(block!.Span))
                if (hash != 0) Insert(slots, hash);
        table.SetBlock(index, larger);
        return true;
    }

    private static bool Contains(ReadOnlySpan<ulong> slots, ulong hash) => slots[Find(slots, hash)] != 0;

    private static bool Insert(Span<ulong> slots, ulong hash)
    {
        int slot = Find(slots, hash);
        bool isNew = slots[slot] == 0;
        slots[slot] = hash;
        return isNew;
    }

    private static int Find(ReadOnlySpan<ulong> slots, ulong hash)
    {
        int slot = (int)hash & (slots.Length - 1);
        while (slots[slot] != 0 && slots[slot] != hash) slot = (slot + 1) & (slots.Length - 1);
        return slot;
    }
}
