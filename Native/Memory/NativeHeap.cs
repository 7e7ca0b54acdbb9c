using System;
using System.Runtime.InteropServices;

namespace Slungd.Native.Memory;

// Contract: owns every block from TryAllocate to Dispose; blocks start as zero, never move, are aligned to 16, and go
// together. One thread at a time.

/// <summary>Blocks of native memory with one lifetime: for structures that point at each other and die
/// together.</summary>
/// <param name="budget">Pays for the blocks.</param>
internal sealed unsafe class NativeHeap(ByteBudget budget) : IDisposable
{
    private const int Header = 16; // the next block's address, padded

    private byte* _blocks;
    private long _used;

    /// <summary>Null when the budget has less left. A machine that has no memory at all ends the process.</summary>
    public byte* TryAllocate(long bytes)
    {
        long total = bytes + Header;
        if (!budget.TryTake(total)) return null;
        _used += total;
        byte* block = (byte*)NativeMemory.AllocZeroed((nuint)total);
        *(byte**)block = _blocks;
        _blocks = block;
        return block + Header;
    }

    public void Dispose()
    {
        while (_blocks != null)
        {
            byte* next = *(byte**)_blocks;
            NativeMemory.Free(_blocks);
            _blocks = next;
        }
        budget.Return(_used);
        _used = 0;
    }
}
