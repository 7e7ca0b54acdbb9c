using System;
using Slungd.Native.Checks;

namespace Slungd.Native.Memory;

/// <summary>Bytes in the order of their appending, in small slabs of the arena. Items are reserved, filled, and then
/// committed, and never lie across two slabs.
///
/// Contract. Owner: one thread at a time (a shard's lock, or the one thread that drains). Lifetime: a slab lives from
/// the first reserve in it until <see cref="Drop"/> or <see cref="Dispose"/>, also when it moved to another queue.
/// Alignment: items start at multiples of 8. Content: undefined until written. The first 16 bytes of a slab are its
/// header.</summary>
internal sealed unsafe class SlabQueue(Arena arena, ByteBudget budget) : IDisposable
{
    private const int HeaderBytes = 16;

    /// <summary>The largest item.</summary>
    public const int MaxItemBytes = Arena.SmallSlabBytes - HeaderBytes;

    private struct Slab
    {
        public Slab* Next;
        public int Used; // header included
    }

    private Slab* _first, _last;

    public bool IsEmpty => _first is null;

    /// <summary>Committed bytes in all slabs.</summary>
    public long Bytes
    {
        get
        {
            long sum = 0;
            for (Slab* slab = _first; slab is not null; slab = slab->Next) sum += slab->Used - HeaderBytes;
            return sum;
        }
    }

    /// <summary>Room for one item behind what was committed; empty when arena or budget have no more. A later reserve
    /// takes the place of one that was not committed.</summary>
    /// <param name="bytes">At most <see cref="MaxItemBytes"/>.</param>
    public Span<byte> TryReserve(int bytes)
    {
        DebugCheck.That(bytes is > 0 and <= MaxItemBytes);
        if ((_last is null || bytes > Arena.SmallSlabBytes - _last->Used) && !AddSlab()) return default;
        return new Span<byte>((byte*)_last + _last->Used, bytes);
    }

    /// <summary>Keeps the front of what was reserved last.</summary>
    public void Commit(int bytes)
    {
        Invariant.Check(_last is not null && bytes >= 0);
        int used = _last->Used + (bytes + 7 & ~7);
        // MaxItemBytes and slabs are multiples of 8, so rounding up never leaves the slab.
        Invariant.Check(used <= Arena.SmallSlabBytes);
        _last->Used = used;
    }

    /// <summary>Moves all slabs behind those of another queue, and is empty then.</summary>
    public void MoveTo(SlabQueue target)
    {
        if (_first is null) return;
        if (target._last is null) target._first = _first;
        else target._last->Next = _first;
        target._last = _last;
        _first = _last = null;
    }

    /// <summary>Shows the first slabs, as many as the window can hold. They stay here; the window is dead once they are
    /// dropped.</summary>
    /// <returns>True when these are all.</returns>
    public bool Show(SlabWindow window)
    {
        window.Clear();
        Slab* slab = _first;
        for (; slab is not null && !window.IsFull; slab = slab->Next)
            window.Add((byte*)slab + HeaderBytes, slab->Used - HeaderBytes);
        return slab is null;
    }

    /// <summary>Frees the first slabs.</summary>
    public void Drop(int slabs)
    {
        for (; slabs > 0; slabs--)
        {
            Slab* slab = _first;
            Invariant.Check(slab is not null);
            _first = slab->Next;
            arena.Free((byte*)slab, Arena.SmallSlabBytes);
            budget.Return(Arena.SmallSlabBytes);
        }
        if (_first is null) _last = null;
    }

    /// <summary>Frees all slabs; the queue can be used again.</summary>
    public void Dispose()
    {
        while (_first is not null) Drop(1);
    }

    private bool AddSlab()
    {
        if (!budget.TryTake(Arena.SmallSlabBytes)) return false;
        var slab = (Slab*)arena.TryAllocate(Arena.SmallSlabBytes);
        if (slab is null)
        {
            budget.Return(Arena.SmallSlabBytes);
            return false;
        }
        slab->Next = null;
        slab->Used = HeaderBytes;
        if (_last is null) _first = slab;
        else _last->Next = slab;
        _last = slab;
        return true;
    }
}
