using System;
using System.Numerics;
using Slungd.Native.Bits;
using Slungd.Native.Checks;

namespace Slungd.Engine.Codecs;

/// <summary>Writes what <see cref="BinDecoder"/> reads. States go backwards, from the last number to the first, so a
/// block takes two passes: one that runs the states, and one that writes their bits in reading order.</summary>
internal sealed class BinEncoder
{
    private const int BucketBits = 12;

    private readonly ushort[] _binOf = new ushort[1 << BinDecoder.MaxStateBits];
    private readonly ushort[] _stateOf = new ushort[1 << BinDecoder.MaxStateBits]; // by bin, then rank
    private readonly int[] _firstOf = new int[BinTree.MaxBins]; // where a bin's states start in there
    private readonly ushort[] _buckets = new ushort[1 << BucketBits]; // the first bin that may hold such a number
    private readonly uint[] _starts = new uint[BinDecoder.Lanes];
    private BinTree _tree = null!;
    private int _shift;

    /// <summary>Makes the tables of a planned and weighed tree.</summary>
    public void Use(BinTree tree)
    {
        _tree = tree;
        int states = 1 << tree.TableBits, count = tree.BinCount;
        ReadOnlySpan<ushort> weights = tree.Weights.AsSpan(0, count);
        Span<ushort> binOf = _binOf.AsSpan(0, states);
        BinTable.Spread(weights, binOf);
        int sum = 0;
        for (int bin = 0; bin < count; sum += weights[bin++]) _firstOf[bin] = sum;
        for (int state = 0; state < states; state++) _stateOf[_firstOf[binOf[state]]++] = (ushort)state;
        for (int bin = 0; bin < count; bin++) _firstOf[bin] -= weights[bin];

        _shift = Math.Max(0, tree.Width - BucketBits);
        int buckets = 1 << Math.Min(tree.Width, BucketBits);
        for (int bucket = 0, bin = 0; bucket < buckets; bucket++)
        {
            while (bin + 1 < count && tree.Lowers[bin + 1] >> _shift < (ulong)bucket) bin++;
            while (bin + 1 < count && tree.Lowers[bin + 1] == (ulong)bucket << _shift) bin++;
            _buckets[bucket] = (ushort)bin;
        }
    }

    /// <summary>The bin of each number.</summary>
    public void FindBins(ReadOnlySpan<long> numbers, long origin, Span<ushort> bins)
    {
        ReadOnlySpan<ulong> lowers = _tree.Lowers.AsSpan(0, _tree.BinCount);
        for (int i = 0; i < numbers.Length; i++)
        {
            ulong distance = (ulong)(numbers[i] - origin);
            int bin = _buckets[distance >> _shift];
            while (bin + 1 < lowers.Length && lowers[bin + 1] <= distance) bin++;
            bins[i] = (ushort)bin;
        }
    }

    /// <summary>Runs the states of a block; returns its length in bytes.</summary>
    /// <param name="bins">Of its numbers.</param>
    /// <param name="moves">For each the bits that lead to the next state, and in the low 4 bits how many.</param>
    public int Run(ReadOnlySpan<ushort> bins, Span<uint> moves)
    {
        Span<uint> at = _starts;
        int bits = Math.Min(bins.Length, BinDecoder.Lanes) * _tree.TableBits;
        for (int i = bins.Length - 1; i >= 0; i--)
        {
            int bin = bins[i], lane = i % BinDecoder.Lanes;
            uint weight = _tree.Weights[bin], rank = 0;
            moves[i] = 0;
            if (i + BinDecoder.Lanes < bins.Length)
            {
                // The rank of the bin's state from which StateBits lead to the state after it.
                uint next = at[lane] + (1u << _tree.TableBits);
                int stateBits = BitOperations.Log2(next) - BitOperations.Log2(weight);
                if (next >> stateBits < weight) stateBits--;
                rank = (next >> stateBits) - weight;
                moves[i] = (next & (1u << stateBits) - 1) << 4 | (uint)stateBits;
                bits += stateBits;
            }
            at[lane] = _stateOf[_firstOf[bin] + (int)rank];
            bits += _tree.Widths[bin];
        }
        // The first states would be overwritten by the next block: they travel in the moves' upper half.
        for (int lane = 0; lane < Math.Min(bins.Length, BinDecoder.Lanes); lane++) moves[lane] |= at[lane] << 16;
        return (bits + 7) / 8;
    }

    /// <summary>Writes a block that was run; exactly its length.</summary>
    public void Write(ReadOnlySpan<long> numbers, long origin, ReadOnlySpan<ushort> bins, ReadOnlySpan<uint> moves,
        Span<byte> to)
    {
        var writer = new LowBitWriter(to);
        for (int lane = 0; lane < Math.Min(numbers.Length, BinDecoder.Lanes); lane++)
            writer.Write(moves[lane] >> 16, _tree.TableBits);
        for (int i = 0; i < numbers.Length; i++)
        {
            int bin = bins[i], offsetBits = _tree.Widths[bin];
            ulong offset = (ulong)(numbers[i] - origin) - _tree.Lowers[bin];
            DebugCheck.That(offsetBits == 64 || offset >> offsetBits == 0);
            uint move = moves[i] & 0xffff;
            writer.Write(move >> 4, (int)(move & 15));
            writer.Write(offset, offsetBits);
        }
        Invariant.Equal(writer.Finish(), to.Length);
    }
}
