using System;
using Slungd.Native.Wasmtime;
using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Wasmtime;

/// <summary>A memory that a guest exports. Asked for its place each time: it may move when it grows.</summary>
internal sealed class WasmtimeMemory(LibraryStore store, LibraryExtern memory) : IWasmMemory
{
    public WasmExternKind Kind => WasmExternKind.Memory;

    public long Length => store.LengthOf(in memory);

    public bool TrySlice(uint offset, uint length, out Span<byte> part) =>
        store.TrySlice(in memory, offset, length, out part);
}
