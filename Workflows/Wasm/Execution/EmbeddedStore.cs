using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Native.Checks;
using Slungd.Native.Memory;
using Slungd.Workflows.Wasm.Modules;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: owns the machine, its stacks, and every cell of its instances; all of it goes in Dispose, after which none of
// its instances, functions, memories, tables and globals may be used.

/// <summary>Instances with one stack and one budget.</summary>
internal sealed unsafe partial class EmbeddedStore : IWasmStore
{
    private readonly Lock _gate = new();
    private readonly Machine* _machine;
    private readonly List<EmbeddedInstance> _instances = [];
    private readonly List<WasmImports.HostOffer> _hosts = [];
    private readonly List<IDisposable> _owned = [];
    private readonly Dictionary<WasmSignature, int> _types = [];
    private bool _disposed;

    public EmbeddedStore(WasmBudget budget)
    {
        Budget = budget;
        Heap = new NativeHeap(budget.Native);
        _machine = (Machine*)Heap.TryAllocate(sizeof(Machine));
        if (_machine == null) return;
        long stackBytes = (long)budget.StackSlots * sizeof(ulong), recordBytes = (long)budget.StackFrames
            * sizeof(ReturnRecord);
        byte* stack = Heap.TryAllocate(stackBytes), records = Heap.TryAllocate(recordBytes);
        IsUsable = stack != null && records != null;
        _machine->StackTop = (ulong*)stack;
        _machine->StackEnd = (ulong*)(stack + stackBytes);
        _machine->Record = (ReturnRecord*)records;
        _machine->RecordEnd = (ReturnRecord*)(records + recordBytes);
        _machine->LeaveCode = (ushort)IrOp.Leave;
        _machine->ResumeCode = (ushort)IrOp.Resume;
    }

    public WasmBudget Budget { get; }

    public NativeHeap Heap { get; }

    /// <summary>Whether the budget had room for the stacks.</summary>
    private bool IsUsable { get; }

    public void Interrupt()
    {
        lock (_gate)
        {
            if (!_disposed && _machine != null) Volatile.Write(ref _machine->Interrupt, 1);
        }
    }

    /// <summary>After an interrupt: whether the guest may run on.</summary>
    public bool MayGoOn()
    {
        Volatile.Write(ref _machine->Interrupt, 0);
        return Budget.OnInterrupt?.Invoke() ?? false;
    }

    public EmbeddedInstance Running(Machine* machine) => _instances[machine->Here.Id];

    /// <summary>A memory for guests to import. Null when the budget lacks the room.</summary>
    /// <param name="minPages">Pages of 64 KiB.</param>
    /// <param name="maxPages">Null when only the budget limits it.</param>
    public IWasmMemory? TryCreateMemory(uint minPages, uint? maxPages) =>
        Own(EmbeddedMemory.TryCreate(this, new SizeLimits(minPages, maxPages)));

    /// <summary>A table of nulls for guests to import. Null when the budget lacks the room.</summary>
    public IWasmTable? TryCreateTable(WasmType type, uint min, uint? max) =>
        Own(EmbeddedTable.TryCreate(this, new TableType(type, new SizeLimits(min, max))));

    public IWasmGlobal CreateGlobal(WasmValue value, bool mutable)
    {
        ulong* cell = (ulong*)Heap.TryAllocate(2 * sizeof(ulong));
        if (cell == null) Throw.Fatal("no memory for a global in the guests' budget");
        EmbeddedGlobal global = new(this, cell, new GlobalType(value.Type, mutable));
        global.Initialize(value);
        return global;
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            Invariant.Check(_depth == 0);
            _disposed = true;
        }
        foreach (IDisposable owned in _owned) owned.Dispose();
        foreach (EmbeddedInstance instance in _instances) instance.Module.Release();
        Heap.Dispose();
    }

    private T? Own<T>(T? made) where T : class, IDisposable
    {
        if (made is not null) _owned.Add(made);
        return made;
    }

    private int NumberOf(WasmSignature signature)
    {
        if (_types.TryGetValue(signature, out int number)) return number;
        _types.Add(signature, _types.Count);
        return _types.Count - 1;
    }
}
