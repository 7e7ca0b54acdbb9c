using System;
using Slungd.Native.Checks;
using Slungd.Workflows.Wasm.Modules;
using Slungd.Workflows.Wasm.Translation;

namespace Slungd.Workflows.Wasm.Execution;

internal sealed unsafe partial class EmbeddedStore
{
    private static readonly WasmError NoRoom =
        new(WasmErrorKind.Limit, "the budget has no room for the instance's functions, memory or tables");

    public IWasmInstance? TryInstantiate(IWasmModule module, WasmImports imports, out WasmError? error)
    {
        EmbeddedModule embedded = (EmbeddedModule)module;
        EmbeddedInstance? instance = IsUsable ? TryAllocate(embedded) : null;
        error = instance is null ? NoRoom : Link(instance, imports) ?? Make(instance);
        if (error is not null) return null;
        instance!.MakeExports();
        error = Initialize(instance);
        return error is null ? instance : null;
    }

    private EmbeddedInstance? TryAllocate(EmbeddedModule module)
    {
        ModuleContents contents = module.Contents;
        InstanceCell* cell = (InstanceCell*)Heap.TryAllocate(sizeof(InstanceCell));
        MemoryCell* none = (MemoryCell*)Heap.TryAllocate(sizeof(MemoryCell));
        byte* functions = Heap.TryAllocate((long)contents.Functions.Count * sizeof(FunctionEntry*));
        byte* globals = Heap.TryAllocate((long)contents.Globals.Count * sizeof(ulong*));
        byte* tables = Heap.TryAllocate((long)contents.Tables.Count * sizeof(TableCell*));
        byte* types = Heap.TryAllocate((long)contents.Types.Count * sizeof(int));
        if (cell == null || none == null || functions == null || globals == null || tables == null || types == null)
            return null;
        cell->Functions = (FunctionEntry**)functions;
        cell->Globals = (ulong**)globals;
        cell->Tables = (TableCell**)tables;
        cell->Types = (int*)types;
        cell->Memory = none;
        cell->Id = _instances.Count;
        for (int i = 0; i < contents.Types.Count; i++) cell->Types[i] = NumberOf(contents.Types[i]);
        EmbeddedInstance instance = new(this, module, cell);
        module.Retain();
        _instances.Add(instance);
        return instance;
    }

    private WasmError? Link(EmbeddedInstance instance, WasmImports imports)
    {
        ModuleContents contents = instance.Module.Contents;
        int functions = 0;
        for (int i = 0; i < contents.Imports.Count; i++)
        {
            ImportEntry import = contents.Imports[i];
            string? wrong = imports.Find(import.Module, import.Name) switch
            {
                null => "unknown import",
                WasmImports.HostOffer host when import.Kind == WasmExternKind.Function =>
                    LinkHost(instance, functions, host),
                EmbeddedFunction function when import.Kind == WasmExternKind.Function =>
                    LinkFunction(instance, functions, function),
                EmbeddedTable table when import.Kind == WasmExternKind.Table =>
                    LinkTable(instance, import.Index, table),
                EmbeddedMemory memory when import.Kind == WasmExternKind.Memory =>
                    LinkMemory(instance, import.Index, memory),
                EmbeddedGlobal global when import.Kind == WasmExternKind.Global =>
                    LinkGlobal(instance, import.Index, global),
                _ => "incompatible import type",
            };
            if (import.Kind == WasmExternKind.Function) functions++;
            if (wrong is not null) return instance.Module.Imports[i].Unlinkable(wrong);
        }
        return null;
    }

    private const string Incompatible = "incompatible import type";

    private string? LinkHost(EmbeddedInstance instance, int index, WasmImports.HostOffer host)
    {
        if (!host.Signature.Equals(instance.Module.Contents.SignatureOf(index))) return Incompatible;
        FunctionEntry* entry = (FunctionEntry*)Heap.TryAllocate(sizeof(FunctionEntry));
        if (entry == null) return "no room for import";
        entry->Type = NumberOf(host.Signature);
        entry->Index = _hosts.Count;
        _hosts.Add(host);
        instance.Cell->Functions[index] = entry;
        return null;
    }

    private string? LinkFunction(EmbeddedInstance instance, int index, EmbeddedFunction function)
    {
        Invariant.Check(function.Store == this);
        if (!function.Signature.Equals(instance.Module.Contents.SignatureOf(index))) return Incompatible;
        instance.Cell->Functions[index] = function.Entry;
        return null;
    }

    private string? LinkTable(EmbeddedInstance instance, int index, EmbeddedTable table)
    {
        Invariant.Check(table.Store == this);
        TableType wanted = instance.Module.Contents.Tables[index];
        if (table.ElementType != wanted.Element || !Fits(table.Length, table.Max, wanted.Limits)) return Incompatible;
        instance.Tables[index] = table;
        instance.Cell->Tables[index] = table.Cell;
        return null;
    }

    private string? LinkMemory(EmbeddedInstance instance, int index, EmbeddedMemory memory)
    {
        Invariant.Check(memory.Store == this);
        if (!Fits(memory.Pages, memory.Max, instance.Module.Contents.Memories[index])) return Incompatible;
        instance.Memory = memory;
        instance.Cell->Memory = memory.Cell;
        return null;
    }

    private string? LinkGlobal(EmbeddedInstance instance, int index, EmbeddedGlobal global)
    {
        Invariant.Check(global.Store == this);
        if (global.Type != instance.Module.Contents.Globals[index]) return Incompatible;
        instance.Globals[index] = global;
        instance.Cell->Globals[index] = global.Cell;
        return null;
    }

    private static bool Fits(uint length, uint? max, SizeLimits wanted) =>
        length >= wanted.Min && (wanted.Max is null || max <= wanted.Max);

    // What the module defines itself.
    private WasmError? Make(EmbeddedInstance instance)
    {
        ModuleContents contents = instance.Module.Contents;
        InstanceCell* cell = instance.Cell;
        int functions = contents.Functions.Count - contents.ImportedFunctions;
        FunctionEntry* entries = (FunctionEntry*)Heap.TryAllocate((long)functions * sizeof(FunctionEntry));
        int globals = contents.GlobalValues.Count;
        ulong* values = (ulong*)Heap.TryAllocate((long)globals * 2 * sizeof(ulong));
        if (entries == null || values == null) return NoRoom;
        for (int i = 0; i < functions; i++)
        {
            FunctionEntry* entry = entries + i;
            int index = contents.ImportedFunctions + i;
            entry->Instance = cell;
            entry->Index = index;
            entry->Type = cell->Types[contents.Functions[index]];
            entry->Stub = (ushort)IrOp.Translate;
            entry->Code = &entry->Stub;
            cell->Functions[index] = entry;
        }
        for (int i = 0; i < globals; i++)
        {
            int index = contents.ImportedGlobals + i;
            EmbeddedGlobal global = new(this, values + 2 * i, contents.Globals[index]);
            global.Initialize(instance.Evaluate(contents.GlobalValues[i]));
            instance.Globals[index] = global;
            cell->Globals[index] = global.Cell;
        }
        for (int i = 0; i < contents.Tables.Count; i++)
        {
            if (instance.Tables[i] is not null) continue;
            if (Own(EmbeddedTable.TryCreate(this, contents.Tables[i])) is not { } table) return NoRoom;
            instance.Tables[i] = table;
            cell->Tables[i] = table.Cell;
        }
        if (contents.Memories.Count == 0 || instance.Memory is not null) return null;
        instance.Memory = Own(EmbeddedMemory.TryCreate(this, contents.Memories[0]));
        if (instance.Memory is null) return NoRoom;
        cell->Memory = instance.Memory.Cell;
        return null;
    }

    // Active segments in order, then the start function; what was written by a segment before one that fails stays.
    private WasmError? Initialize(EmbeddedInstance instance)
    {
        ModuleContents contents = instance.Module.Contents;
        for (int i = 0; i < contents.Elements.Count; i++)
        {
            ElementSegment segment = contents.Elements[i];
            WasmTrapKind trap = segment.Mode != SegmentMode.Active ? WasmTrapKind.None : instance.InitTable(
                segment.Table, i, (uint)instance.Evaluate(segment.Offset).Low, 0, (uint)segment.Items.Length);
            if (trap != WasmTrapKind.None) return Failed(trap);
            if (segment.Mode != SegmentMode.Passive) instance.DropElements(i);
        }
        for (int i = 0; i < contents.Data.Count; i++)
        {
            DataSegment segment = contents.Data[i];
            if (segment.Mode != SegmentMode.Active) continue;
            WasmTrapKind trap = instance.InitMemory(
                i, (uint)instance.Evaluate(segment.Offset).Low, 0, (uint)segment.Bytes.Length);
            if (trap != WasmTrapKind.None) return Failed(trap);
            instance.DropData(i);
        }
        if (contents.Start is not { } start) return null;
        WasmTrap? ended = Call(instance.Cell->Functions[start], instance, contents.SignatureOf(start), [], []);
        return ended is null ? null : new WasmError(WasmErrorKind.Trap, ended.Message, -1, ended);
    }

    private static WasmError Failed(WasmTrapKind kind)
    {
        WasmTrap trap = new(kind, TrapMessages.Of(kind), [], 0);
        return new WasmError(WasmErrorKind.Trap, trap.Message, -1, trap);
    }
}
