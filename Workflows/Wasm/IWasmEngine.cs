using System;

namespace Slungd.Workflows.Wasm;

/// <summary>Runs WebAssembly 2.0 modules. Thread-safe; so are modules. Everything made from one store belongs to one
/// thread at a time.</summary>
internal interface IWasmEngine
{
    /// <summary>For logs and the API, with the version where there is one.</summary>
    string Name { get; }

    /// <summary>Decodes and validates a module. Null when it is refused, and then <paramref name="error"/> says
    /// why.</summary>
    /// <param name="bytes">Copied where they are still needed.</param>
    IWasmModule? TryCompile(ReadOnlySpan<byte> bytes, out WasmError? error);

    /// <summary>A world of its own: instances in it can be linked to each other, and go with it.</summary>
    IWasmStore CreateStore(WasmBudget budget);
}
