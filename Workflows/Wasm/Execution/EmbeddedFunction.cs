using System;

namespace Slungd.Workflows.Wasm.Execution;

// Unsafe: the entry is in the store's heap.

/// <summary>A function of a guest, or one of the host that a guest exports.</summary>
/// <param name="store">Where it runs.</param>
/// <param name="entry">The function.</param>
/// <param name="through">The instance that exports it: the caller that a host's function sees.</param>
/// <param name="signature">Its types.</param>
internal sealed unsafe class EmbeddedFunction(
    EmbeddedStore store, FunctionEntry* entry, EmbeddedInstance through, WasmSignature signature) : IWasmFunction
{
    public WasmExternKind Kind => WasmExternKind.Function;

    public EmbeddedStore Store => store;

    public FunctionEntry* Entry => entry;

    public WasmSignature Signature => signature;

    public WasmTrap? Call(ReadOnlySpan<WasmValue> arguments, Span<WasmValue> results) =>
        store.Call(entry, through, signature, arguments, results);
}
