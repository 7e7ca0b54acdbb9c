using System;
using System.Linq;
using Slungd.Native.Memory;
using Slungd.Tests.Workflows.Wasm;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;

namespace Slungd.Tests.Fuzz;

/// <summary>Any bytes as a module: refused with a reason, or run until an interrupt ends it; never an exception, and
/// all memory comes back.</summary>
internal static class WasmModuleFuzz
{
    private const int MaxInterrupts = 300;

    public static readonly byte[][] Seeds = MakeSeeds();

    public static void Run(ReadOnlySpan<byte> input)
    {
        ByteBudget code = new(4 << 20), native = new(16 << 20);
        IWasmModule? module = new EmbeddedEngine(code).TryCompile(input, out WasmError? error);
        if (module is null != error is not null) throw new InvalidOperationException("neither a module nor an error");
        if (module is null) return;
        int interrupts = 0;
        IWasmStore store = null!;
        store = new EmbeddedEngine(code).CreateStore(new WasmBudget(native)
        {
            StackSlots = 2_000,
            StackFrames = 100,
            MemoryBytes = 4 << 20,
            TableElements = 1_000,
            OnInterrupt = () =>
            {
                store.Interrupt();
                return ++interrupts < MaxInterrupts;
            },
        });
        store.Interrupt();
        WasmImports imports = new();
        imports.Add("env", "f", new WasmSignature([WasmType.I32], [WasmType.I32]), static (ref HostCall call) => { });
        IWasmInstance? instance = store.TryInstantiate(module, imports, out error);
        if (instance is null != error is not null) throw new InvalidOperationException("neither instance nor error");
        foreach (WasmExport export in module.Exports)
        {
            if (instance?.Find(export.Name) is not IWasmFunction function) continue;
            WasmValue[] arguments =
                [.. function.Signature.Params.ToArray().Select(static t => new WasmValue(t, 0))];
            interrupts = 0;
            WasmTrap? trap = function.Call(arguments, new WasmValue[function.Signature.Results.Length]);
            if (trap is { Frames.Count: 0 } && trap.Kind != WasmTrapKind.StackExhausted)
                throw new InvalidOperationException($"a trap without a place: {trap.Message}");
        }
        store.Dispose();
        module.Dispose();
        if (code.Used + native.Used != 0) throw new InvalidOperationException("memory was kept");
    }

    private static byte[][] MakeSeeds()
    {
        byte[][] programs = [.. WasmProgramFuzz.Seeds.Take(6).Select(static s => new WasmProgram(s).Module)];
        WasmBuilder module = new WasmBuilder().Memory(1, 3).Table(4, 10);
        int type = module.Type([WasmType.I32], WasmType.I32), none = module.Type([]);
        int f = module.Import("env", "f", type);
        int g = module.Function(type, [WasmType.V128], [0x20, 0, 0x20, 0, 0x11, (byte)type, 0], "g");
        module.Function(none, [], [0x41, 1, 0x41, 2, 0x41, 3, 0xFC, 10, 0, 0, 0x41, 5, 0x41, 0, 0x41, 9, 0xFC, 11, 0],
            "bulk");
        module.Function(none, [], [0x41, 3, 0xFD, 17, 0x41, 4, 0xFD, 17, 0xFD, 0xAE, 1, 0x1A], "vectors");
        module.Global(WasmType.I32, [0x41, 5]);
        module.Elements(1, g, f);
        module.Data(10, [1, 2, 3]);
        return [.. programs, module.Build(), [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0]];
    }
}
