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
    /// <summary>More than the embedded engine's slots take, since compiled code keeps more on the stack, and less than
    /// any limit that the library has for it.</summary>
    private const int StackBytes = 1 << 20;

    private readonly LibraryEngine _engine;

    public WasmtimeEngine(WasmtimeLibrary library) => _engine = new LibraryEngine(library, StackBytes);

    public string Name => "wasmtime";

    /// <summary>The guest's, and room for what the host does when it is called at the very end of that.</summary>
    public int ThreadStackBytes => StackBytes + (3 << 20);

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
