using System;
using System.Runtime.InteropServices;

namespace Slungd.Native.Simd;

internal sealed partial class ScalarKernels
{
    public override void Join(in SplitBlocks blocks, Span<long> into)
    {
        for (int block = 0; block < blocks.Count; block++)
            JoinBlock(in blocks, block, into.Slice(block * BitPacking.BlockLength, BitPacking.BlockLength));
    }

    public override void SumJoined(in SplitBlocks blocks, ref double sum, ref double low)
    {
        Span<long> numbers = stackalloc long[BitPacking.BlockLength];
        for (int block = 0; block < blocks.Count; block++)
        {
            JoinBlock(in blocks, block, numbers);
            Sum(MemoryMarshal.Cast<long, double>(numbers), ref sum, ref low);
        }
    }

    private void JoinBlock(in SplitBlocks blocks, int block, Span<long> into)
    {
        Span<long> indexes = stackalloc long[BitPacking.BlockLength];
        indexes.Clear();
        int length = BitPacking.SizeOf(BitPacking.BlockLength, blocks.IndexWidth);
        if (length > 0) UnpackBlock(blocks.Indexes.Slice(block * length, length), 0, blocks.IndexWidth, indexes);
        length = BitPacking.SizeOf(BitPacking.BlockLength, blocks.RightWidth);
        UnpackBlock(blocks.Rights.Slice(block * length, length), 0, blocks.RightWidth, into);
        for (int i = 0; i < into.Length; i++) into[i] |= (long)blocks.Lefts[(int)indexes[i]] << 32;
    }
}
