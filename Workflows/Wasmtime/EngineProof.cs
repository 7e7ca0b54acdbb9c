using System;
using System.Buffers.Binary;
using Slungd.Native.Memory;
using Slungd.Workflows.Wasm;
using static Slungd.Workflows.Wasm.WasmType;

namespace Slungd.Workflows.Wasmtime;

/// <summary>Runs a tiny module before any guest: values, memory, traps and interrupts must arrive as they were sent. A
/// library with other structures than ours, which no version number tells, is found out here.</summary>
internal static class EngineProof
{
    private const int Number = 7, Address = 16, Run = 1, Trap = 2;
    private const long Answer = long.MinValue + 3;

    /// <summary>The last body of <see cref="Module"/>: locals, `unreachable`, `end`.</summary>
    private static int TrapBody => Module.Length - 3;

    /// <summary>As text:
    /// <code>
    /// (import "env" "f" (func (param i32 i64 f32 f64) (result i64)))
    /// (memory (export "memory") 1 2)
    /// (func (export "run") (param i32) (result i64)
    ///   (i32.store (i32.const 16) (local.get 0))
    ///   (call 0 (local.get 0) (i64.const -2) (f32.const 0.5) (f64.const 0.25)))
    /// (func (export "trap") (param i32) (result i64) unreachable)
    /// </code></summary>
    private static ReadOnlySpan<byte> Module =>
    [
        0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00,
        0x01, 0x0E, 0x02, 0x60, 0x04, 0x7F, 0x7E, 0x7D, 0x7C, 0x01, 0x7E, 0x60, 0x01, 0x7F, 0x01, 0x7E, // types
        0x02, 0x09, 0x01, 0x03, 0x65, 0x6E, 0x76, 0x01, 0x66, 0x00, 0x00, // import
        0x03, 0x03, 0x02, 0x01, 0x01, // functions
        0x05, 0x04, 0x01, 0x01, 0x01, 0x02, // memory
        0x07, 0x17, 0x03, 0x06, 0x6D, 0x65, 0x6D, 0x6F, 0x72, 0x79, 0x02, 0x00, // exports: memory,
        0x03, 0x72, 0x75, 0x6E, 0x00, 0x01, 0x04, 0x74, 0x72, 0x61, 0x70, 0x00, 0x02, // run, trap
        0x0A, 0x23, 0x02,
        0x1D, 0x00, 0x41, 0x10, 0x20, 0x00, 0x36, 0x02, 0x00, 0x20, 0x00, 0x42, 0x7E, // run
        0x43, 0x00, 0x00, 0x00, 0x3F, 0x44, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xD0, 0x3F, 0x10, 0x00, 0x0B,
        0x03, 0x00, 0x00, 0x0B, // trap
    ];

    /// <summary>What is not as it must be; null when all is.</summary>
    public static string? Check(IWasmEngine engine)
    {
        using IWasmModule? module = engine.TryCompile(Module, out WasmError? error);
        if (module is null) return $"it refuses a module: {error}";
        ByteBudget memory = new(16 << 20);
        using IWasmStore store = engine.CreateStore(new WasmBudget(memory) { MemoryBytes = 1 << 20 });
        bool isCalled = false;
        WasmImports imports = new();
        imports.Add("env", "f", new WasmSignature([I32, I64, F32, F64], [I64]), (ref HostCall call) =>
        {
            isCalled = call.I32(0) == Number && call.I64(1) == -2 && call.F32(2) == 0.5f && call.F64(3) == 0.25
                && call.Caller.Find("memory") is IWasmMemory { Length: 65_536 } seen
                && seen.TrySlice(Address, sizeof(int), out Span<byte> written)
                && BinaryPrimitives.ReadInt32LittleEndian(written) == Number;
            call.Return(Answer);
        });
        if (store.TryInstantiate(module, imports, out error) is not { } instance) return $"no instance: {error}";
        if (instance.Find("run") is not IWasmFunction run || instance.Find("trap") is not IWasmFunction trap)
            return "an export is missing";
        Span<WasmValue> results = stackalloc WasmValue[1];
        WasmTrap? end = run.Call([WasmValue.FromI32(Number)], results);
        if (end is not null) return $"a call ended with: {end.Message}";
        if (!isCalled) return "a call's arguments or memory did not arrive";
        if (results[0].I64 != Answer) return "a call's result did not arrive";
        end = trap.Call([WasmValue.FromI32(0)], results);
        if (end?.Kind != WasmTrapKind.Unreachable) return "a trap did not arrive";
        if (end.Frames is not [{ Function: Trap } frame] || frame.Offset < TrapBody || frame.Offset >= Module.Length)
            return "a trap's place did not arrive";
        store.Interrupt();
        end = run.Call([WasmValue.FromI32(Run)], results);
        return end?.Kind == WasmTrapKind.Interrupted ? null : "an interrupt did not arrive";
    }
}
