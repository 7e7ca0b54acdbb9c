using System;
using System.Collections.Generic;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: fills the cells that the interpreter reads; all of them are in the store's heap.

/// <summary>An instance: its module, what it has imported and made, and which segments are left.</summary>
internal sealed unsafe class EmbeddedInstance(EmbeddedStore store, EmbeddedModule module, InstanceCell* cell)
    : IWasmInstance
{
    private readonly bool[] _droppedData = new bool[module.Contents.Data.Count];
    private readonly bool[] _droppedElements = new bool[module.Contents.Elements.Count];
    private readonly Dictionary<string, IWasmExtern> _exports = new(StringComparer.Ordinal);

    public EmbeddedModule Module => module;

    public InstanceCell* Cell => cell;

    public EmbeddedMemory? Memory { get; set; }

    public EmbeddedTable[] Tables { get; } = new EmbeddedTable[module.Contents.Tables.Count];

    public EmbeddedGlobal[] Globals { get; } = new EmbeddedGlobal[module.Contents.Globals.Count];

    public IWasmExtern? Find(string export) => _exports.GetValueOrDefault(export);

    /// <summary>Once everything in the cell is set.</summary>
    public void MakeExports()
    {
        foreach (ExportEntry export in module.Contents.Exports)
        {
            _exports[export.Name] = export.Kind switch
            {
                WasmExternKind.Function => new EmbeddedFunction(store, cell->Functions[export.Index], this,
                    module.Contents.SignatureOf(export.Index)),
                WasmExternKind.Table => Tables[export.Index],
                WasmExternKind.Memory => Memory!,
                _ => Globals[export.Index],
            };
        }
    }

    /// <summary>The value of a constant expression: of type FuncRef it is an entry's address.</summary>
    public WasmValue Evaluate(ConstantExpression expression) => expression.Kind switch
    {
        ConstantKind.Global => Globals[expression.Index].Value,
        ConstantKind.Function => new WasmValue(WasmType.FuncRef, (ulong)cell->Functions[expression.Index]),
        _ => expression.Value,
    };

    public void DropData(int segment) => _droppedData[segment] = true;

    public void DropElements(int segment) => _droppedElements[segment] = true;

    /// <summary>Copies a part of a data segment, which is empty once dropped, to the memory.</summary>
    public WasmTrapKind InitMemory(int segment, uint target, uint source, uint count)
    {
        ByteRange bytes = module.Contents.Data[segment].Bytes;
        int length = _droppedData[segment] ? 0 : bytes.Length;
        MemoryCell* memory = cell->Memory;
        if ((ulong)source + count > (ulong)length || (ulong)target + count > memory->Length)
            return WasmTrapKind.MemoryOutOfBounds;
        module.Contents.Bytes.AsSpan(bytes.Start + (int)source, (int)count)
            .CopyTo(new Span<byte>(memory->Base + target, (int)count));
        return WasmTrapKind.None;
    }

    /// <summary>Copies a part of an element segment, which is empty once dropped, to a table.</summary>
    public WasmTrapKind InitTable(int table, int segment, uint target, uint source, uint count)
    {
        ElementItem[] items = module.Contents.Elements[segment].Items;
        int length = _droppedElements[segment] ? 0 : items.Length;
        TableCell* to = cell->Tables[table];
        if ((ulong)source + count > (ulong)length || (ulong)target + count > to->Length)
            return WasmTrapKind.TableOutOfBounds;
        for (uint i = 0; i < count; i++) to->Elements[target + i] = Evaluate(items[source + i]);
        return WasmTrapKind.None;
    }

    private ulong Evaluate(ElementItem item) => item.Function >= 0 ? (ulong)cell->Functions[item.Function]
        : item.Global >= 0 ? Globals[item.Global].Value.Low : 0;
}
