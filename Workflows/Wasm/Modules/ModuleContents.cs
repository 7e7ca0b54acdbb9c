using System.Collections.Generic;

namespace Slungd.Workflows.Wasm.Modules;

/// <param name="Min">Pages of a memory, elements of a table.</param>
/// <param name="Max">Null when the module sets none.</param>
internal readonly record struct SizeLimits(uint Min, uint? Max);

internal readonly record struct TableType(WasmType Element, SizeLimits Limits);

internal readonly record struct GlobalType(WasmType Type, bool Mutable);

/// <param name="Start">Offset in the module's bytes.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct ByteRange(int Start, int Length)
{
    public int End => Start + Length;
}

/// <param name="Index">The place in the index space of its kind.</param>
internal readonly record struct ImportEntry(string Module, string Name, WasmExternKind Kind, int Index);

internal readonly record struct ExportEntry(string Name, WasmExternKind Kind, int Index);

internal enum SegmentMode : byte
{
    Active,
    Passive,

    /// <summary>An element segment that only declares functions for ref.func.</summary>
    Declared,
}

/// <param name="Mode">Whether it is applied at instantiation.</param>
/// <param name="Table">Of an active one.</param>
/// <param name="Offset">Of an active one.</param>
/// <param name="Type">Of the elements.</param>
/// <param name="Items">What each element is.</param>
internal sealed record ElementSegment(
    SegmentMode Mode, int Table, ConstantExpression Offset, WasmType Type, ElementItem[] Items);

internal sealed record DataSegment(SegmentMode Mode, int Memory, ConstantExpression Offset, ByteRange Bytes);

/// <summary>A decoded module: every section's entries, index spaces with the imports first.</summary>
internal sealed class ModuleContents(byte[] bytes)
{
    /// <summary>The module as it came; bodies and data are read from here.</summary>
    public byte[] Bytes => bytes;

    public List<WasmSignature> Types { get; } = [];

    public List<ImportEntry> Imports { get; } = [];

    /// <summary>The type index of each function.</summary>
    public List<int> Functions { get; } = [];

    public List<TableType> Tables { get; } = [];

    public List<SizeLimits> Memories { get; } = [];

    public List<GlobalType> Globals { get; } = [];

    /// <summary>Of the globals that are not imported.</summary>
    public List<ConstantExpression> GlobalValues { get; } = [];

    public List<ExportEntry> Exports { get; } = [];

    public int? Start { get; set; }

    public List<ElementSegment> Elements { get; } = [];

    public int? DataCount { get; set; }

    /// <summary>Locals and code of each function that is not imported, `end` included.</summary>
    public List<ByteRange> Bodies { get; } = [];

    public List<DataSegment> Data { get; } = [];

    /// <summary>The custom section `name`, empty when there is none. Read when a trap needs it.</summary>
    public ByteRange NameSection { get; set; }

    public int ImportedFunctions { get; set; }

    public int ImportedGlobals { get; set; }

    public WasmSignature SignatureOf(int function) => Types[Functions[function]];

    public WasmImport[] ListImports()
    {
        var list = new WasmImport[Imports.Count];
        for (int i = 0; i < list.Length; i++)
        {
            ImportEntry entry = Imports[i];
            list[i] = new WasmImport(entry.Module, entry.Name, entry.Kind, SignatureOf(entry.Kind, entry.Index));
        }
        return list;
    }

    public WasmExport[] ListExports()
    {
        var list = new WasmExport[Exports.Count];
        for (int i = 0; i < list.Length; i++)
        {
            ExportEntry entry = Exports[i];
            list[i] = new WasmExport(entry.Name, entry.Kind, SignatureOf(entry.Kind, entry.Index));
        }
        return list;
    }

    private WasmSignature? SignatureOf(WasmExternKind kind, int index) =>
        kind == WasmExternKind.Function ? SignatureOf(index) : null;
}
