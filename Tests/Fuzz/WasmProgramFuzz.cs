using System;
using System.Linq;
using Slungd.Native.Memory;
using Slungd.Tests.Workflows.Wasm;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;

namespace Slungd.Tests.Fuzz;

/// <summary>Valid functions made from the input do in the engine what a plain machine says they do: the same results,
/// the same traps.</summary>
internal static class WasmProgramFuzz
{
    public static readonly byte[][] Seeds = MakeSeeds();

    public static void Run(ReadOnlySpan<byte> input)
    {
        WasmProgram program = new(input[..Math.Min(input.Length, 400)].ToArray());
        ByteBudget budget = new(8 << 20);
        using IWasmStore store = new EmbeddedEngine(budget).CreateStore(new WasmBudget(budget) { StackSlots = 4_096 });
        IWasmModule? module = new EmbeddedEngine(budget).TryCompile(program.Module, out WasmError? error);
        if (module is null) throw new InvalidOperationException($"refused: {error}");
        using (module)
        {
            IWasmInstance instance = store.TryInstantiate(module, new WasmImports(), out error)
                ?? throw new InvalidOperationException($"not made: {error}");
            PlainMachine plain = new(program);
            for (int i = 0; i < WasmProgram.Functions; i++) Compare(program, plain, instance, i);
        }
    }

    private static void Compare(WasmProgram program, PlainMachine plain, IWasmInstance instance, int function)
    {
        (WasmType[] parameters, WasmType[] results) = program.Chosen[function];
        ulong[] arguments = parameters.Select(static (t, i) =>
            t == WasmType.F64 ? BitConverter.DoubleToUInt64Bits(1.5 * i) : (ulong)(3 + 5 * i)).ToArray();
        WasmTrapKind expected = plain.Run(function, arguments, out ulong[] expectedResults);
        var actual = new WasmValue[results.Length];
        WasmTrap? trap = ((IWasmFunction)instance.Find($"f{function}")!)
            .Call(parameters.Zip(arguments, static (t, a) => new WasmValue(t, a)).ToArray(), actual);
        if ((trap?.Kind ?? WasmTrapKind.None) != expected)
            throw new InvalidOperationException($"f{function}: {trap?.Message ?? "no trap"}, expected {expected}");
        if (trap is not null || actual.Zip(expectedResults).All(static p => Same(p.First, p.Second))) return;
        throw new InvalidOperationException($"f{function}: {string.Join(' ', actual.Select(static v => v.Low))}, "
            + $"expected {string.Join(' ', expectedResults)}");
    }

    // Which NaN comes out of arithmetic is open.
    private static bool Same(WasmValue actual, ulong expected) => actual.Low == expected
        || actual.Type == WasmType.F64 && double.IsNaN(actual.F64)
            && double.IsNaN(BitConverter.UInt64BitsToDouble(expected));

    private static byte[][] MakeSeeds()
    {
        Random random = new(4);
        var seeds = new byte[16][];
        for (int i = 0; i < seeds.Length; i++)
        {
            seeds[i] = new byte[300];
            random.NextBytes(seeds[i]);
        }
        return seeds;
    }
}
