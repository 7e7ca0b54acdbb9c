using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Slungd.Native.Checks;

namespace Slungd.Native.Memory;

// Contract: owns its memory until Dispose; items never move and start as zero. One thread reserves and appends; any
// thread reads an item whose index was published to it after the item was written (a release store elsewhere).

/// <summary>An array in native memory that grows in place.</summary>
internal sealed unsafe class GrowingArray<T> : IDisposable where T : unmanaged
{
    private readonly ReservedMemory _memory;
    private readonly T* _items;

    /// <param name="budget">Pays for what is committed.</param>
    /// <param name="maxCount">The most items there can ever be.</param>
    public GrowingArray(ByteBudget budget, long maxCount)
    {
        _memory = ReservedMemory.Reserve(budget, maxCount * sizeof(T));
        _items = (T*)_memory.Base;
    }

    /// <summary>How many items were appended; the appending thread's view.</summary>
    public long Count { get; private set; }

    public long CommittedBytes => _memory.Committed;

    /// <summary>Where the items are; for the other structures of Native.</summary>
    public T* First => _items;

    /// <summary>The item at <paramref name="index"/>, below <see cref="Count"/>; not checked in Release.</summary>
    public ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            DebugCheck.That((ulong)index < (ulong)Count);
            return ref _items[index];
        }
    }

    /// <summary>Makes room for <paramref name="more"/> items; false when there is none.</summary>
    public bool TryReserve(long more) => _memory.TryCommit((Count + more) * sizeof(T));

    /// <summary>Appends zeroed items for which room was reserved.</summary>
    /// <returns>The index of the first.</returns>
    public long Append(long count)
    {
        long first = Count;
        Invariant.Check((first + count) * sizeof(T) <= _memory.Committed);
        Count = first + count;
        return first;
    }

    /// <summary>Appends one item for which room was reserved.</summary>
    /// <returns>Its index.</returns>
    public long Add(T item)
    {
        long index = Append(1);
        _items[index] = item;
        return index;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<T> Slice(long start, int count)
    {
        DebugCheck.That(start >= 0 && count >= 0 && start + count <= Count);
        return new Span<T>(_items + start, count);
    }

    /// <summary>The items from <paramref name="start"/> on as <paramref name="bytes"/> bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<byte> Bytes(long start, int bytes)
    {
        DebugCheck.That(start >= 0 && bytes >= 0 && start * sizeof(T) + bytes <= Count * sizeof(T));
        return new Span<byte>(_items + start, bytes);
    }

    /// <summary>Starts loading an item's cache line.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Prefetch(long index)
    {
        if (Sse.IsSupported) Sse.Prefetch0(_items + index);
    }

    public void Dispose() => _memory.Dispose();
}
