using System;
using System.Collections.Generic;

namespace Slungd.Workflows.Wasm;

internal enum WasmExternKind
{
    Function = 0,
    Table = 1,
    Memory = 2,
    Global = 3,
}

/// <param name="Module">The first of the two names.</param>
/// <param name="Name">The second.</param>
/// <param name="Kind">What is wanted.</param>
/// <param name="Signature">Of a function, else null.</param>
internal sealed record WasmImport(string Module, string Name, WasmExternKind Kind, WasmSignature? Signature)
{
    /// <summary>Why an instance can't be made.</summary>
    public WasmError Unlinkable(string why)
    {
        string wanted = Signature is null ? $"{Kind}".ToLowerInvariant() : $"function {Signature}";
        return new WasmError(WasmErrorKind.Link, $"{why}: {Module}.{Name}, wanted as {wanted}");
    }
}

/// <param name="Name">Unique in the module.</param>
/// <param name="Kind">What is offered.</param>
/// <param name="Signature">Of a function, else null.</param>
internal sealed record WasmExport(string Name, WasmExternKind Kind, WasmSignature? Signature);

/// <summary>A validated module, ready to be instantiated any number of times, on any thread. Dispose it when no more
/// instances are wanted: those that exist keep what they need.</summary>
internal interface IWasmModule : IDisposable
{
    IReadOnlyList<WasmImport> Imports { get; }

    IReadOnlyList<WasmExport> Exports { get; }
}
