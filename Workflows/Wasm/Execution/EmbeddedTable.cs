using System;
using Slungd.Native.Checks;
using Slungd.Native.Memory;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: owns the reservation that the cell's pointer leads to; the store disposes it when nothing runs any more.

/// <summary>A table of references, 8 bytes each, reserved for all it may become.</summary>
internal sealed unsafe class EmbeddedTable : IWasmTable, IDisposable
{
    private readonly ReservedMemory? _reserved;

    private EmbeddedTable(EmbeddedStore store, TableCell* cell, ReservedMemory? reserved, TableType type, uint cap)
    {
        Store = store;
        Cell = cell;
        ElementType = type.Element;
        Max = type.Limits.Max;
        Cap = cap;
        _reserved = reserved;
        cell->Elements = reserved is null ? null : (ulong*)reserved.Base;
        cell->Length = type.Limits.Min;
    }

    public WasmExternKind Kind => WasmExternKind.Table;

    public EmbeddedStore Store { get; }

    public TableCell* Cell { get; }

    public WasmType ElementType { get; }

    /// <summary>As declared; what import matching looks at.</summary>
    public uint? Max { get; }

    private uint Cap { get; }

    public uint Length => Cell->Length;

    public WasmValue this[uint index]
    {
        get
        {
            Invariant.Check(index < Length);
            return new WasmValue(ElementType, Cell->Elements[index]);
        }
        set
        {
            Invariant.Check(index < Length && value.Type == ElementType);
            Cell->Elements[index] = value.Low;
        }
    }

    /// <summary>Null when the budget has no room for the first elements.</summary>
    public static EmbeddedTable? TryCreate(EmbeddedStore store, TableType type)
    {
        uint cap = Math.Min((uint)Math.Max(0, store.Budget.TableElements), type.Limits.Max ?? uint.MaxValue);
        if (type.Limits.Min > cap) return null;
        TableCell* cell = (TableCell*)store.Heap.TryAllocate(sizeof(TableCell));
        if (cell == null) return null;
        if (cap == 0) return new EmbeddedTable(store, cell, null, type, cap);
        ReservedMemory? reserved = ReservedMemory.TryReserve(store.Budget.Native, (long)cap * sizeof(ulong));
        if (reserved is null) return null;
        if (reserved.TryCommit((long)type.Limits.Min * sizeof(ulong)))
            return new EmbeddedTable(store, cell, reserved, type, cap);
        reserved.Dispose();
        return null;
    }

    /// <summary>The length before, or 2^32 - 1 when it can't grow by so many.</summary>
    public uint Grow(uint count, ulong value)
    {
        uint before = Length;
        if ((ulong)before + count > Cap) return uint.MaxValue;
        if (count == 0) return before;
        if (!_reserved!.TryCommit((long)(before + count) * sizeof(ulong))) return uint.MaxValue;
        new Span<ulong>(Cell->Elements + before, (int)count).Fill(value);
        Cell->Length = before + count;
        return before;
    }

    public void Dispose() => _reserved?.Dispose();
}
