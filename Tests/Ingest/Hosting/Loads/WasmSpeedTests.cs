using System;
using System.Linq;
using Slungd.Ingest.Hosting.Loads;
using Slungd.Native.Memory;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Loads;

/// <summary>What `slungd bench --wasm` runs computes what it says, and counts what it executes.</summary>
public sealed class WasmSpeedTests
{
    [Fact]
    public void Kernels_compute_what_they_say()
    {
        Assert.Equal(4950, Run("sum", 100));
        Assert.Equal(75_025, Run("fib", 1));
        Assert.Equal((int)BitConverter.DoubleToInt64Bits(0.25 * 328_350), Run("f64", 100));
        Assert.Equal(Steps(100), Run("collatz", 100));
        Assert.Equal(7, Run("host", 7));
        Assert.Equal(0, Run("scan", 1));
    }

    [Fact]
    public void Instructions_are_counted()
    {
        Assert.Equal(1_100, Kernel("sum").Instructions(100));
        Assert.Equal(1_700, Kernel("f64").Instructions(100));
        Assert.Equal(2 * (12 * 16_384 + 10), Kernel("scan").Instructions(2));
        Assert.Equal(121_392 * 13 + 121_393 * 5 + 10, Kernel("fib").Instructions(1)); // an inner call, a leaf
        // 0, 1, 2 with one step, 3 with seven of which two are odd
        Assert.Equal(4 * 13 + 8 * 13 + 2 * 6 + 6 * 4, Kernel("collatz").Instructions(4));
        Assert.Equal(9, Kernel("host").Instructions(9));
    }

    [Fact]
    public void A_report_has_a_line_for_each_kernel()
    {
        string[] lines = WasmSpeed.Run(1, 0.0001).ToText().Split('\n');
        Assert.Equal(WasmKernel.All.Select(static k => k.Name), lines.Take(WasmKernel.All.Count)
            .Select(static l => l.Split(' ')[0]));
    }

    private static WasmKernel Kernel(string name) => WasmKernel.All.Single(k => k.Name == name);

    private static int Steps(int numbers)
    {
        int steps = 0;
        for (uint i = 0; i < numbers; i++)
            for (uint x = i; x > 1; x = x % 2 == 1 ? 3 * x + 1 : x / 2) steps++;
        return steps;
    }

    private static int Run(string name, int rounds)
    {
        ByteBudget memory = new(16 << 20);
        EmbeddedEngine engine = new(memory);
        using IWasmModule? module = engine.TryCompile(Kernel(name).Module(rounds), out WasmError? error);
        Assert.True(module is not null, error?.ToString());
        using IWasmStore store = engine.CreateStore(new WasmBudget(memory));
        WasmImports imports = new();
        imports.Add("env", "nop", new WasmSignature([], []), static (ref HostCall call) => { });
        var results = new WasmValue[1];
        Assert.Null(((IWasmFunction)store.TryInstantiate(module, imports, out _)!.Find("run")!).Call([], results));
        return results[0].I32;
    }
}
