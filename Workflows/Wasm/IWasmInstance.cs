using System;

namespace Slungd.Workflows.Wasm;

internal interface IWasmInstance
{
    /// <summary>An export, or null when there is none of that name that the engine can hand out: each has
    /// <see cref="IWasmFunction"/>s over numbers and <see cref="IWasmMemory"/>s, the embedded one the rest, too.
    /// </summary>
    IWasmExtern? Find(string export);
}

/// <summary>Something that can be exported and imported. Dead with its store.</summary>
internal interface IWasmExtern
{
    WasmExternKind Kind { get; }
}

internal interface IWasmFunction : IWasmExtern
{
    WasmSignature Signature { get; }

    /// <summary>Runs it to its end. No allocation unless it traps. The types must be those of the signature: anything
    /// else is the caller's bug.</summary>
    /// <returns>Null when it returned; else why not, and then <paramref name="results"/> are unchanged.</returns>
    WasmTrap? Call(ReadOnlySpan<WasmValue> arguments, Span<WasmValue> results);
}

internal interface IWasmMemory : IWasmExtern
{
    /// <summary>In bytes, a multiple of 64 KiB.</summary>
    long Length { get; }

    /// <summary>A part of the guest's memory. False when it reaches past the end, or is longer than a span can be.
    /// The span is dead when the guest runs again or the store is disposed.</summary>
    bool TrySlice(uint offset, uint length, out Span<byte> part);
}

internal interface IWasmGlobal : IWasmExtern
{
    bool Mutable { get; }

    /// <summary>Setting another type, or a constant, is the caller's bug.</summary>
    WasmValue Value { get; set; }
}

internal interface IWasmTable : IWasmExtern
{
    WasmType ElementType { get; }

    uint Length { get; }

    /// <summary>The index must be below <see cref="Length"/>.</summary>
    WasmValue this[uint index] { get; set; }
}
