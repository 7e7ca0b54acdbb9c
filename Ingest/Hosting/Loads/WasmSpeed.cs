using System;
using System.Diagnostics;
using System.Linq;
using Slungd.Native.Memory;
using Slungd.Workflows.Wasm;
using Slungd.Workflows.Wasm.Execution;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>`slungd bench --wasm`: how fast the embedded engine is, in this process. The best of several rounds each,
/// taken in turns, so that a busy machine is busy for all.</summary>
internal static class WasmSpeed
{
    private const int ModuleFunctions = 10_000, TextsOfFunction = 30;
    private const long Budget = 256L << 20;

    /// <param name="rounds">How often each is repeated.</param>
    /// <param name="scale">Share of the usual repetitions within a round: 1 for measuring.</param>
    public static WasmReport Run(int rounds, double scale)
    {
        var nanoseconds = new double[WasmKernel.All.Count];
        Array.Fill(nanoseconds, double.MaxValue);
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < nanoseconds.Length; i++)
            {
                WasmKernel kernel = WasmKernel.All[i];
                int times = (int)Math.Max(1, kernel.Rounds * scale);
                double took = Time(kernel.Module(times)).TotalNanoseconds;
                nanoseconds[i] = Math.Min(nanoseconds[i], took / kernel.Instructions(times));
            }
        }
        return Compile(Instantiate(new WasmReport { Nanoseconds = nanoseconds }, rounds), rounds, scale);
    }

    private static TimeSpan Time(byte[] bytes)
    {
        ByteBudget memory = new(Budget);
        EmbeddedEngine engine = new(memory);
        using IWasmModule module = engine.TryCompile(bytes, out _)!;
        using IWasmStore store = engine.CreateStore(new WasmBudget(memory));
        var run = (IWasmFunction)store.TryInstantiate(module, Imports(), out _)!.Find("run")!;
        long start = Stopwatch.GetTimestamp();
        if (run.Call([], new WasmValue[1]) is { } trap) throw new InvalidOperationException(trap.ToString());
        return Stopwatch.GetElapsedTime(start);
    }

    private static WasmImports Imports()
    {
        WasmImports imports = new();
        imports.Add("env", "nop", new WasmSignature([], []), static (ref HostCall call) => { });
        return imports;
    }

    // A store, an instance with a page of memory, a first call, and all of it gone again.
    private static WasmReport Instantiate(WasmReport report, int rounds)
    {
        const int Times = 100;
        ByteBudget memory = new(Budget);
        EmbeddedEngine engine = new(memory);
        using IWasmModule module = engine.TryCompile(WasmKernel.All[0].Module(1), out _)!;
        WasmImports imports = Imports();
        var results = new WasmValue[1];
        double best = double.MaxValue;
        for (int round = 0; round < rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < Times; i++)
            {
                using IWasmStore store = engine.CreateStore(new WasmBudget(memory));
                ((IWasmFunction)store.TryInstantiate(module, imports, out _)!.Find("run")!).Call([], results);
            }
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMicroseconds / Times);
        }
        long before = memory.Used, managed = GC.GetAllocatedBytesForCurrentThread();
        using IWasmStore one = engine.CreateStore(new WasmBudget(memory));
        one.TryInstantiate(module, imports, out _);
        managed = GC.GetAllocatedBytesForCurrentThread() - managed;
        return report with { InstantiateMicroseconds = best, InstanceBytes = memory.Used - before + managed };
    }

    // A module of ten megabytes: decoded and validated, then every function translated.
    private static WasmReport Compile(WasmReport report, int rounds, double scale)
    {
        byte[] bytes = LargeModule(Math.Max(1, (int)(ModuleFunctions * scale)));
        double check = double.MaxValue, translate = double.MaxValue;
        long code = 0;
        for (int round = 0; round < rounds; round++)
        {
            ByteBudget memory = new(Budget);
            EmbeddedEngine engine = new(memory);
            long start = Stopwatch.GetTimestamp();
            using var module = (EmbeddedModule)engine.TryCompile(bytes, out _)!;
            check = Math.Min(check, Stopwatch.GetElapsedTime(start).TotalSeconds);
            start = Stopwatch.GetTimestamp();
            for (int i = 0; i < module.Contents.Functions.Count; i++) module.CodeOf(i);
            translate = Math.Min(translate, Stopwatch.GetElapsedTime(start).TotalSeconds);
            code = memory.Used;
        }
        return report with
        {
            ModuleBytes = bytes.Length, CodeBytes = code, ValidateSeconds = check, TranslateSeconds = translate,
        };
    }

    /// <summary>Functions of about a kilobyte, each a loop with branches and loads.</summary>
    public static byte[] LargeModule(int functions)
    {
        const string Text = "loop local.get 0 i32.const 1 i32.and if local.get 0 i32.load local.set 0 else"
            + " local.get 0 i32.const 3 i32.mul i32.const 1000000 i32.add local.set 0 end local.get 0 br_if 0 end ";
        string body = string.Concat(Enumerable.Repeat(Text, TextsOfFunction)) + "local.get 0";
        return WasmText.Module("i32.const 1 call 0", helper: body, helpers: functions);
    }
}
