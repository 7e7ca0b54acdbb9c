using System;
using System.Numerics;
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

    /// <summary>Fills in the transitions.</summary>
    /// <param name="bins">From <see cref="Spread"/>.</param>
    /// <param name="seen">The bins' weights; overwritten.</param>
    /// <param name="states">As many as <paramref name="bins"/>.</param>
    public static void Link(ReadOnlySpan<ushort> bins, Span<ushort> seen, Span<BinState> states)
    {
        Invariant.Equal(states.Length, bins.Length);
        int tableBits = BitOperations.Log2((uint)bins.Length);
        for (int i = 0; i < bins.Length; i++)
        {
            // The bin's states stand for its weight, weight + 1, ... 2 weight - 1.
            uint rank = seen[bins[i]]++;
            int stateBits = tableBits - BitOperations.Log2(rank);
            states[i].StateBits = (byte)stateBits;
            states[i].Next = (ushort)((rank << stateBits) - (uint)bins.Length);
        }
    }
}
