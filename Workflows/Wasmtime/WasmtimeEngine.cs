using System;
using Slungd.Native.Wasmtime;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Modules;
using Slungd.Workflows.Wasm.Validation;

namespace Slungd.Workflows.Wasmtime;

/// <summary>Wasmtime's compiler, where its library is there. A module is decoded and validated by the embedded engine's
/// own code first: both engines take the same modules, with the same limits and the same messages.</summary>
internal sealed class WasmtimeEngine : IWasmEngine, IDisposable
{
    /// <summary>Compiled code keeps more on the stack than the slots of an interpreter.</summary>
    private const int LeastStackBytes = 1 << 20;

    private readonly LibraryEngine _engine;
    private readonly int _stackBytes;

    /// <param name="library">Not disposed: a library stays.</param>
    /// <param name="stackSlots">Of a guest, of 8 bytes each.</param>
    public WasmtimeEngine(WasmtimeLibrary library, int stackSlots)
    {
        _stackBytes = Math.Max(LeastStackBytes, stackSlots * sizeof(ulong));
        _engine = new LibraryEngine(library, _stackBytes);
    }

    public string Name => "wasmtime";

    /// <summary>The guest's, and room for what the host does when it is called at the very end of that.</summary>
    public int ThreadStackBytes => _stackBytes + (3 << 20);

    public IWasmModule? TryCompile(ReadOnlySpan<byte> bytes, out WasmError? error)
    {
        ModuleContents? contents = ModuleDecoder.TryDecode(bytes.ToArray(), out error);
        if (contents is null) return null;
        error = ModuleValidator.Check(contents);
        if (error is not null) return null;
        LibraryModule? module = _engine.TryCompile(bytes, out string? refused);
        if (module is not null) return new WasmtimeModule(contents, module);
        error = new WasmError(WasmErrorKind.Invalid, refused!);
        return null;
    }

    public IWasmStore CreateStore(WasmBudget budget) => new WasmtimeStore(_engine, budget);

    public void Dispose() => _engine.Dispose();
}
