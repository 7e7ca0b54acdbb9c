using System;
using System.Collections.Generic;
using System.Numerics;
using Slungd.Native.Checks;

namespace Slungd.Native.Memory;

/// <summary>Blocks of 4 KiB to 1 GiB by powers of two, used again while there is traffic and given back when there is
/// not. Small blocks are paid from a budget of their own, so that whoever holds large ones never starves the others of
/// the 4 KiB that an answer needs. One thread.</summary>
internal sealed class BufferPool : IDisposable
{
    public const int SmallBytes = 4 * 1024;
    public const int MaxBytes = 1024 * 1024 * 1024;
    private const int Classes = 19;

    private readonly ByteBudget _small;
    private readonly ByteBudget _large;
    private readonly Stack<NativeBlock>[] _free = new Stack<NativeBlock>[Classes];
    private readonly int[] _unused = new int[Classes]; // fewest free blocks since the last trim

    public BufferPool(ByteBudget small, ByteBudget large)
    {
        _small = small;
        _large = large;
        for (int i = 0; i < Classes; i++) _free[i] = new Stack<NativeBlock>();
    }

    /// <summary>The length of the smallest block of the pool that holds so many bytes.</summary>
    public static int RoundUp(int bytes) => SmallBytes << ClassOf(bytes);

    /// <summary>A block of at least <paramref name="bytes"/>, with any content; null when the budget is used
    /// up.</summary>
    public NativeBlock? TryRent(int bytes)
    {
        Invariant.Check(bytes <= MaxBytes);
        int index = ClassOf(bytes);
        Stack<NativeBlock> free = _free[index];
        if (free.TryPop(out NativeBlock? block))
        {
            _unused[index] = Math.Min(_unused[index], free.Count);
            return block;
        }
        ByteBudget budget = index == 0 ? _small : _large;
        int length = SmallBytes << index;
        block = NativeBlock.TryAllocate(budget, length);
        if (block is not null || index == 0) return block;
        Clear();
        return NativeBlock.TryAllocate(budget, length);
    }

    public void Return(NativeBlock block) => _free[ClassOf(block.Length)].Push(block);

    /// <summary>Frees what nobody needed since the last call.</summary>
    public void Trim()
    {
        for (int i = 0; i < Classes; i++)
        {
            for (int n = _unused[i]; n > 0; n--) _free[i].Pop().Dispose();
            _unused[i] = _free[i].Count;
        }
    }

    /// <summary>Frees every block that is not rented.</summary>
    public void Clear()
    {
        foreach (Stack<NativeBlock> free in _free)
        {
            while (free.TryPop(out NativeBlock? block)) block.Dispose();
        }
        Array.Clear(_unused);
    }

    public void Dispose() => Clear();

    private static int ClassOf(int bytes) =>
        bytes <= SmallBytes ? 0 : BitOperations.Log2((uint)(bytes - 1) / SmallBytes) + 1;
}
