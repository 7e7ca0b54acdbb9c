using System;
using System.Collections.Generic;
using Slungd.Native.Wasmtime;
using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Wasmtime;

/// <summary>A guest. Its exports can be found from the first call of its start function on.</summary>
internal sealed class WasmtimeInstance(WasmtimeStore store, LibraryStore library, WasmtimeModule module) : IWasmInstance
{
    private readonly Dictionary<string, IWasmExtern> _found = new(StringComparer.Ordinal);

    public IWasmExtern? Find(string export)
    {
        if (_found.TryGetValue(export, out IWasmExtern? known)) return known;
        foreach (WasmExport offered in module.Exports)
        {
            if (offered.Name != export) continue;
            if (!CanPass(offered) || !library.TryFind(export, out LibraryExtern item)) return null;
            IWasmExtern made = offered.Signature is { } signature
                ? new WasmtimeFunction(store, item, signature) : new WasmtimeMemory(library, item);
            _found.Add(export, made);
            return made;
        }
        return null;
    }

    private static bool CanPass(WasmExport export) => export.Signature is { } signature
        ? WasmtimeValues.CanPass(signature.Params) && WasmtimeValues.CanPass(signature.Results)
        : export.Kind == WasmExternKind.Memory;
}
