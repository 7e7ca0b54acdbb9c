using System;
using System.Runtime.CompilerServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Simd;

/// <summary>Full blocks of 64-bit numbers cut in two: the index of a left part, one of at most eight, and the right
/// part, each packed as by <see cref="BitPacking"/>. It borrows the bytes.</summary>
internal readonly ref struct SplitBlocks
{
    public const int MaxLefts = 8;
    public const int MaxIndexWidth = 3;

    /// <summary>Left parts stand in the upper half alone.</summary>
    public const int MinRightWidth = 32;

    /// <summary>The upper halves of the left parts, so that an index of three bits leads to one, always.</summary>
    [InlineArray(MaxLefts)]
    internal struct UpperHalves
    {
        private int _first;
    }

    public readonly ReadOnlySpan<byte> Indexes;
    public readonly ReadOnlySpan<byte> Rights;
    public readonly int IndexWidth;
    public readonly int RightWidth;

    /// <summary>How many blocks.</summary>
    public readonly int Count;

    public readonly UpperHalves Lefts;

    /// <param name="indexes">As many whole blocks as of right parts; none when the width is 0.</param>
    /// <param name="indexWidth">0 to 3 bits.</param>
    /// <param name="rights">Whole blocks.</param>
    /// <param name="rightWidth">32 to 63 bits.</param>
    /// <param name="lefts">1 to 8; what an index beyond them stands for is 0.</param>
    public SplitBlocks(ReadOnlySpan<byte> indexes, int indexWidth, ReadOnlySpan<byte> rights, int rightWidth,
        scoped ReadOnlySpan<ushort> lefts)
    {
        Invariant.Check(indexWidth is >= 0 and <= MaxIndexWidth);
        Invariant.Check(rightWidth is >= MinRightWidth and < BitPacking.MaxWidth);
        Invariant.Check(lefts.Length is >= 1 and <= MaxLefts);
        int blockLength = BitPacking.SizeOf(BitPacking.BlockLength, rightWidth);
        Count = rights.Length / blockLength;
        Invariant.Equal(rights.Length, Count * blockLength);
        Invariant.Equal(indexes.Length, Count * BitPacking.SizeOf(BitPacking.BlockLength, indexWidth));
        // Where there is but one left part all entries are the same, and any bits do as indexes.
        Indexes = indexWidth == 0 ? rights : indexes;
        Rights = rights;
        (IndexWidth, RightWidth) = (indexWidth, rightWidth);
        for (int i = 0; i < MaxLefts; i++)
        {
            int left = i & ((1 << indexWidth) - 1);
            Lefts[i] = left < lefts.Length ? lefts[left] << rightWidth - MinRightWidth : 0;
        }
    }

    /// <inheritdoc cref="KernelSet.Join"/>
    public void Join(Span<long> into)
    {
        Invariant.Equal(into.Length, Count * BitPacking.BlockLength);
        Kernels.Set.Join(in this, into);
    }

    /// <inheritdoc cref="KernelSet.SumJoined"/>
    public void Sum(ref double sum, ref double low) => Kernels.Set.SumJoined(in this, ref sum, ref low);
}
