using System;
using Slungd.Native.Memory;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: owns the reservation that the cell's pointer leads to; the store disposes it when nothing runs any more.

/// <summary>A linear memory: address space for all it may become, so that it grows without moving.</summary>
internal sealed unsafe class EmbeddedMemory : IWasmMemory, IDisposable
{
    private readonly ReservedMemory? _reserved;

    private EmbeddedMemory(EmbeddedStore store, MemoryCell* cell, ReservedMemory? reserved, SizeLimits limits, uint cap)
    {
        Store = store;
        Cell = cell;
        Max = limits.Max;
        Cap = cap;
        _reserved = reserved;
        cell->Base = reserved is null ? null : reserved.Base;
        cell->Length = (ulong)limits.Min * ModuleLimits.PageBytes;
    }

    public WasmExternKind Kind => WasmExternKind.Memory;

    public EmbeddedStore Store { get; }

    public MemoryCell* Cell { get; }

    /// <summary>As declared; what import matching looks at.</summary>
    public uint? Max { get; }

    /// <summary>Pages that it may really grow to.</summary>
    private uint Cap { get; }

    public uint Pages => (uint)(Cell->Length / ModuleLimits.PageBytes);

    public long Length => (long)Cell->Length;

    /// <summary>Null when the budget has no room for the first pages.</summary>
    public static EmbeddedMemory? TryCreate(EmbeddedStore store, SizeLimits limits)
    {
        ulong budget = (ulong)Math.Max(0, store.Budget.MemoryBytes) / ModuleLimits.PageBytes;
        uint cap = (uint)Math.Min(Math.Min(budget, ModuleLimits.MemoryPages), limits.Max ?? ModuleLimits.MemoryPages);
        if (limits.Min > cap) return null;
        MemoryCell* cell = (MemoryCell*)store.Heap.TryAllocate(sizeof(MemoryCell));
        if (cell == null) return null;
        if (cap == 0) return new EmbeddedMemory(store, cell, null, limits, cap);
        ReservedMemory? reserved = ReservedMemory.TryReserve(store.Budget.Native, (long)cap * ModuleLimits.PageBytes);
        if (reserved is null) return null;
        if (reserved.TryCommit((long)limits.Min * ModuleLimits.PageBytes))
            return new EmbeddedMemory(store, cell, reserved, limits, cap);
        reserved.Dispose();
        return null;
    }

    /// <summary>The pages before, or 2^32 - 1 when it can't grow by so many.</summary>
    public uint Grow(uint pages)
    {
        uint before = Pages;
        if ((ulong)before + pages > Cap) return uint.MaxValue;
        long bytes = (long)(before + pages) * ModuleLimits.PageBytes;
        if (pages > 0 && !_reserved!.TryCommit(bytes)) return uint.MaxValue;
        Cell->Length = (ulong)bytes;
        return before;
    }

    public bool TrySlice(uint offset, uint length, out Span<byte> part)
    {
        part = default;
        if ((ulong)offset + length > Cell->Length || length > int.MaxValue) return false;
        part = new Span<byte>(Cell->Base + offset, (int)length);
        return true;
    }

    public void Dispose() => _reserved?.Dispose();
}
