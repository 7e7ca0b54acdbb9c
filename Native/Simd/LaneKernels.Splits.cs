using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Simd;

/// <summary>Numbers cut in two. Four vectors at a time, which are one row, two or four: each is cut out of its two
/// words without a branch. Sixteen rows of indexes fit in a word, from where they are shifted out. Blocks lie at any
/// address: words are loaded unaligned.</summary>
internal sealed partial class LaneKernels<TLanes, TDouble, TLong>
{
    private const int Rows = BitPacking.BlockLength / BitPacking.RowLength;
    private const int IndexRows = 16;

    /// <summary>Of the words of all lanes at the same place.</summary>
    private const nuint WordBytes = BitPacking.RowLength * sizeof(long);

    /// <summary>Rows of four vectors.</summary>
    private static int GroupRows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => TLanes.Count * 4 / BitPacking.RowLength;
    }

    public override void Join(in SplitBlocks blocks, Span<long> into)
    {
        DebugCheck.That(into.Length == blocks.Count * BitPacking.BlockLength);
        ref long rights = ref FirstWord(blocks.Rights), indexes = ref FirstWord(blocks.Indexes);
        ref long target = ref MemoryMarshal.GetReference(into);
        ref int lefts = ref Unsafe.As<SplitBlocks.UpperHalves, int>(ref Unsafe.AsRef(in blocks.Lefts));
        int width = blocks.RightWidth, indexWidth = blocks.IndexWidth, indexStep = indexWidth * GroupRows;
        TLong mask = TLanes.All((1L << width) - 1), i0 = mask, i1 = mask, i2 = mask, i3 = mask;
        for (int block = 0; block < blocks.Count; block++)
        {
            for (int row = 0; row < Rows; row += GroupRows)
            {
                if (row % IndexRows == 0)
                {
                    i0 = IndexesAt(ref indexes, 0, row, indexWidth);
                    i1 = IndexesAt(ref indexes, 1, row, indexWidth);
                    i2 = IndexesAt(ref indexes, 2, row, indexWidth);
                    i3 = IndexesAt(ref indexes, 3, row, indexWidth);
                }
                TLong v0 = TLanes.And(BitsAt(ref rights, 0, row, width), mask);
                TLong v1 = TLanes.And(BitsAt(ref rights, 1, row, width), mask);
                TLong v2 = TLanes.And(BitsAt(ref rights, 2, row, width), mask);
                TLong v3 = TLanes.And(BitsAt(ref rights, 3, row, width), mask);
                TLanes.Store(TLanes.Or(v0, TLanes.UpperHalf(ref lefts, i0)), ref target, 0);
                TLanes.Store(TLanes.Or(v1, TLanes.UpperHalf(ref lefts, i1)), ref target, Width);
                TLanes.Store(TLanes.Or(v2, TLanes.UpperHalf(ref lefts, i2)), ref target, 2 * Width);
                TLanes.Store(TLanes.Or(v3, TLanes.UpperHalf(ref lefts, i3)), ref target, 3 * Width);
                i0 = TLanes.ShiftRight(i0, indexStep);
                i1 = TLanes.ShiftRight(i1, indexStep);
                i2 = TLanes.ShiftRight(i2, indexStep);
                i3 = TLanes.ShiftRight(i3, indexStep);
                target = ref Unsafe.Add(ref target, 4 * Width);
            }
            rights = ref Unsafe.Add(ref rights, width * BitPacking.RowLength);
            indexes = ref Unsafe.Add(ref indexes, indexWidth * BitPacking.RowLength);
        }
    }

    public override void SumJoined(in SplitBlocks blocks, ref double sum, ref double low)
    {
        ref long rights = ref FirstWord(blocks.Rights), indexes = ref FirstWord(blocks.Indexes);
        ref int lefts = ref Unsafe.As<SplitBlocks.UpperHalves, int>(ref Unsafe.AsRef(in blocks.Lefts));
        int width = blocks.RightWidth, indexWidth = blocks.IndexWidth, indexStep = indexWidth * GroupRows;
        TLong mask = TLanes.All((1L << width) - 1), i0 = mask, i1 = mask, i2 = mask, i3 = mask;
        TDouble sums = TLanes.All(0.0), errors = sums;
        for (int block = 0; block < blocks.Count; block++)
        {
            for (int row = 0; row < Rows; row += GroupRows)
            {
                if (row % IndexRows == 0)
                {
                    i0 = IndexesAt(ref indexes, 0, row, indexWidth);
                    i1 = IndexesAt(ref indexes, 1, row, indexWidth);
                    i2 = IndexesAt(ref indexes, 2, row, indexWidth);
                    i3 = IndexesAt(ref indexes, 3, row, indexWidth);
                }
                TLong v0 = TLanes.And(BitsAt(ref rights, 0, row, width), mask);
                TLong v1 = TLanes.And(BitsAt(ref rights, 1, row, width), mask);
                TLong v2 = TLanes.And(BitsAt(ref rights, 2, row, width), mask);
                TLong v3 = TLanes.And(BitsAt(ref rights, 3, row, width), mask);
                v0 = TLanes.Or(v0, TLanes.UpperHalf(ref lefts, i0));
                v1 = TLanes.Or(v1, TLanes.UpperHalf(ref lefts, i1));
                v2 = TLanes.Or(v2, TLanes.UpperHalf(ref lefts, i2));
                v3 = TLanes.Or(v3, TLanes.UpperHalf(ref lefts, i3));
                i0 = TLanes.ShiftRight(i0, indexStep);
                i1 = TLanes.ShiftRight(i1, indexStep);
                i2 = TLanes.ShiftRight(i2, indexStep);
                i3 = TLanes.ShiftRight(i3, indexStep);
                TwoSum(ref sums, ref errors, Tree(TLanes.AsDouble(v0), TLanes.AsDouble(v1), TLanes.AsDouble(v2),
                    TLanes.AsDouble(v3)));
            }
            rights = ref Unsafe.Add(ref rights, width * BitPacking.RowLength);
            indexes = ref Unsafe.Add(ref indexes, indexWidth * BitPacking.RowLength);
        }
        double high = 0, error = 0;
        AddLanes(sums, errors, ref high, ref error);
        AddTo(ref sum, ref low, high, error);
    }

    /// <summary>Indexes of sixteen rows from a multiple of sixteen on, as the vector of the group's number
    /// <paramref name="vector"/> needs them: its own are the lowest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLong IndexesAt(ref long block, int vector, int row, int width)
    {
        nuint ahead = row * width / 64 + 1 < width ? WordBytes : 0;
        return TLanes.ShiftRight(BitsFrom(ref block, vector, row * width, ahead), Later(vector) * width);
    }

    /// <summary>The right parts of a vector of the group; what is above them is not 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLong BitsAt(ref long block, int vector, int row, int width)
    {
        bool mayEnd = Later(vector) == GroupRows - 1 && row == Rows - GroupRows;
        return BitsFrom(ref block, vector, (row + Later(vector)) * width, mayEnd ? 0 : WordBytes);
    }

    /// <summary>The bits of lanes from a bit of theirs on, 64 of them or all up to the end of the block. The last word
    /// has no next one to take bits from, and needs none: nothing is ahead. Shift counts are modulo 64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLong BitsFrom(ref long block, int vector, int bit, nuint ahead)
    {
        // A word of all lanes takes as many bytes as it has bits.
        ref long lanes = ref Unsafe.AddByteOffset(ref block, (nuint)(uint)(bit & ~63));
        nuint column = (nuint)(vector * TLanes.Count % BitPacking.RowLength);
        TLong low = TLanes.Load(ref lanes, column);
        TLong high = TLanes.Load(ref Unsafe.AddByteOffset(ref lanes, ahead), column);
        return TLanes.Or(TLanes.ShiftRight(low, bit), TLanes.ShiftLeft(TLanes.Add(high, high), ~bit));
    }

    /// <summary>How many rows a vector is behind the first of its group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Later(int vector) => vector * TLanes.Count / BitPacking.RowLength;

    private static ref long FirstWord(ReadOnlySpan<byte> blocks) =>
        ref Unsafe.As<byte, long>(ref MemoryMarshal.GetReference(blocks));
}
