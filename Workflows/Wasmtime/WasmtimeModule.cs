using System.Collections.Generic;
using System.Threading;
using Slungd.Native.Wasmtime;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Modules;

namespace Slungd.Workflows.Wasmtime;

/// <summary>A module compiled by Wasmtime, and what our own decoder knows about it.</summary>
internal sealed class WasmtimeModule(ModuleContents contents, LibraryModule module) : IWasmModule
{
    private readonly Lock _gate = new();
    private FunctionNames? _names;

    public ModuleContents Contents => contents;

    public LibraryModule Module => module;

    public IReadOnlyList<WasmImport> Imports { get; } = contents.ListImports();

    public IReadOnlyList<WasmExport> Exports { get; } = contents.ListExports();

    public WasmFrame FrameOf(LibraryFrame frame)
    {
        int offset = frame.Offset, body = frame.Function - contents.ImportedFunctions;
        if (offset < 0) offset = body >= 0 && body < contents.Bodies.Count ? contents.Bodies[body].Start : 0;
        FunctionNames names;
        lock (_gate) names = _names ??= new FunctionNames(contents);
        return new WasmFrame(frame.Function, names.NameOf(frame.Function), offset);
    }

    public void Dispose() => module.Dispose();
}
