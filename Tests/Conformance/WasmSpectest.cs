using System;
using System.Collections.Generic;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;

namespace Slungd.Tests.Conformance;

/// <summary>The module `spectest` that the suite imports from.</summary>
internal static class WasmSpectest
{
    private const string Module = "spectest";

    public static void AddTo(WasmImports imports, EmbeddedStore store)
    {
        Dictionary<string, WasmType[]> prints = new()
        {
            ["print"] = [],
            ["print_i32"] = [WasmType.I32],
            ["print_i64"] = [WasmType.I64],
            ["print_f32"] = [WasmType.F32],
            ["print_f64"] = [WasmType.F64],
            ["print_i32_f32"] = [WasmType.I32, WasmType.F32],
            ["print_f64_f64"] = [WasmType.F64, WasmType.F64],
        };
        foreach ((string name, WasmType[] types) in prints)
            imports.Add(Module, name, new WasmSignature(types, []), static (ref HostCall call) => { });
        imports.Add(Module, "global_i32", store.CreateGlobal(WasmValue.FromI32(666), mutable: false));
        imports.Add(Module, "global_i64", store.CreateGlobal(WasmValue.FromI64(666), mutable: false));
        imports.Add(Module, "global_f32", store.CreateGlobal(WasmValue.FromF32(666.6f), mutable: false));
        imports.Add(Module, "global_f64", store.CreateGlobal(WasmValue.FromF64(666.6), mutable: false));
        imports.Add(Module, "table", store.TryCreateTable(WasmType.FuncRef, 10, 20)!);
        imports.Add(Module, "memory", store.TryCreateMemory(1, 2)!);
    }
}
