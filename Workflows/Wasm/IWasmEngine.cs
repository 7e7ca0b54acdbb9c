using System;

namespace Slungd.Workflows.Wasm;

/// <summary>Runs WebAssembly 2.0 modules. Thread-safe; so are modules. Everything made from one store belongs to one
/// thread at a time.</summary>
internal interface IWasmEngine
{
    /// <summary>For logs and the API, as `--wasm-engine` names it.</summary>
    string Name { get; }

    /// <summary>Stack of a thread that guests run on; 0 when any will do.</summary>
    int ThreadStackBytes { get; }

    /// <summary>Decodes and validates a module. Null when it is refused, and then <paramref name="error"/> says
    /// why.</summary>
    /// <param name="bytes">Copied where they are still needed.</param>
    IWasmModule? TryCompile(ReadOnlySpan<byte> bytes, out WasmError? error);

    /// <summary>A world of its own: instances in it can be linked to each other, and go with it.</summary>
    IWasmStore CreateStore(WasmBudget budget);
}
