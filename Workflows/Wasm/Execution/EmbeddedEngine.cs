using System;
using Slungd.Native.Memory;
using Slungd.Workflows.Wasm.Modules;
using Slungd.Workflows.Wasm.Validation;

namespace Slungd.Workflows.Wasm.Execution;

/// <summary>The engine that is part of the executable: an interpreter of WebAssembly 2.0.</summary>
/// <param name="code">Pays for translated code, of all modules together.</param>
internal sealed class EmbeddedEngine(ByteBudget code) : IWasmEngine
{
    public string Name => "embedded";

    public int ThreadStackBytes => 0; // guests have a stack of their own

    public IWasmModule? TryCompile(ReadOnlySpan<byte> bytes, out WasmError? error)
    {
        ModuleContents? contents = ModuleDecoder.TryDecode(bytes.ToArray(), out error);
        if (contents is null) return null;
        error = ModuleValidator.Check(contents);
        return error is null ? new EmbeddedModule(contents, code) : null;
    }

    IWasmStore IWasmEngine.CreateStore(WasmBudget budget) => CreateStore(budget);

    /// <inheritdoc cref="IWasmEngine.CreateStore"/>
    public EmbeddedStore CreateStore(WasmBudget budget) => new(budget);
}
