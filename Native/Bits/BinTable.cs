using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Bits;

/// <summary>Which states belong to which bin, for both sides of <see cref="BinDecoder"/>. A bin of weight w has w of
/// the 2^tableBits states, spread over the table by an odd stride (as in FSE, RFC 8878 section 4.1.1).</summary>
internal static class BinTable
{
    /// <summary>The bin of each state.</summary>
    /// <param name="weights">Of each bin, at least 1; together as many as there are states.</param>
    /// <param name="bins">For each state; the length is a power of two.</param>
    public static void Spread(ReadOnlySpan<ushort> weights, Span<ushort> bins)
    {
        int mask = bins.Length - 1, at = 0, placed = 0;
        // Odd, hence it meets each state once.
        int stride = (bins.Length >> 1) + (bins.Length >> 3) + 3 | 1;
        for (int bin = 0; bin < weights.Length; bin++)
        {
            placed += weights[bin];
            Invariant.Check(weights[bin] > 0 && placed <= bins.Length);
            for (int i = 0; i < weights[bin]; i++)
            {
                bins[at] = (ushort)bin;
                at = at + stride & mask;
            }
        }
        Invariant.Equal(placed, bins.Length);
    }

    /// <summary>Fills in a decoder's states; returns the most bits that a number takes in any of them.</summary>
    /// <param name="weights">Of each bin, see <see cref="Spread"/>.</param>
    /// <param name="bins">Their lowers and offset bits; the rest is overwritten.</param>
    /// <param name="states">As many as the weights add up to, at most 2^<see cref="BinDecoder.MaxStateBits"/>.</param>
    [SkipLocalsInit]
    public static int Fill(ReadOnlySpan<ushort> weights, Span<BinState> bins, Span<BinState> states)
    {
        Invariant.Check(weights.Length == bins.Length && states.Length <= 1 << BinDecoder.MaxStateBits);
        Span<ushort> room = stackalloc ushort[1 << BinDecoder.MaxStateBits];
        Span<ushort> binOf = room[..states.Length];
        Spread(weights, binOf); // each is an index into the bins
        int tableBits = BitOperations.Log2((uint)states.Length), mostBits = 0;
        for (int i = 0; i < bins.Length; i++)
        {
            // The bin's states stand for its weight, weight + 1, ... 2 weight - 1: the first takes most bits.
            bins[i].Next = weights[i];
            mostBits = Math.Max(mostBits, tableBits - BitOperations.Log2(weights[i]) + bins[i].OffsetBits);
        }
        ref BinState firstBin = ref MemoryMarshal.GetReference(bins);
        for (int i = 0; i < states.Length; i++)
        {
            ref BinState bin = ref Unsafe.Add(ref firstBin, binOf[i]);
            uint rank = bin.Next++;
            int stateBits = tableBits - BitOperations.Log2(rank);
            ref BinState state = ref states[i];
            state.Lower = bin.Lower;
            uint next = (rank << stateBits) - (uint)states.Length, offsetBits = bin.OffsetBits;
            state.Move = next | (uint)stateBits << 16 | offsetBits << 24 | (ulong)((uint)stateBits + offsetBits) << 32;
        }
        return mostBits;
    }
}
