using System;
using Slungd.Native.Wasmtime;
using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Wasmtime;

/// <summary>A function that a guest exports.</summary>
internal sealed class WasmtimeFunction(WasmtimeStore store, LibraryExtern function, WasmSignature signature)
    : IWasmFunction
{
    public WasmExternKind Kind => WasmExternKind.Function;

    public WasmSignature Signature => signature;

    public WasmTrap? Call(ReadOnlySpan<WasmValue> arguments, Span<WasmValue> results) =>
        store.Call(function, signature, arguments, results);
}
