using System;
using System.Collections.Generic;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>A small program that an engine's speed is measured with.</summary>
/// <param name="Name">What it is called in reports.</param>
/// <param name="Rounds">The usual number, some tens of milliseconds.</param>
/// <param name="Module">The module whose `run` does so many rounds.</param>
/// <param name="Instructions">WebAssembly instructions that so many rounds execute.</param>
internal sealed record WasmKernel(string Name, int Rounds, Func<int, byte[]> Module, Func<int, long> Instructions)
{
    private const int Words = 16_384; // a page of memory

    /// <summary>Whether it does nothing but call the host: a round is a call.</summary>
    public bool CallsHost { get; init; }

    /// <summary>The loops and the recursion that the engine was tuned with, and calls of the host.</summary>
    public static readonly IReadOnlyList<WasmKernel> All = [Sum(), Scan(), Fib(), Floats(), Collatz(), Host()];

    private static string Loop(int label, int counter, string limit) => $"local.get {counter} i32.const 1 i32.add"
        + $" local.tee {counter} i32.const {limit} i32.lt_u br_if {label}";

    private static WasmKernel OfLoop(string name, int rounds, string body, Func<string, string> around)
    {
        string text = body + " " + Loop(0, 1, "{0}");
        int each = WasmText.Count(text);
        return new WasmKernel(name, rounds, n => WasmText.Module(
            around($"loop {text.Replace("{0}", $"{n}", StringComparison.Ordinal)} end")), n => (long)n * each);
    }

    // Adds the loop's counter.
    private static WasmKernel Sum() => OfLoop("sum", 10_000_000,
        "local.get 0 local.get 1 i32.add local.set 0", static loop => loop + " local.get 0");

    // Adds a page of memory, word by word; a round is a page.
    private static WasmKernel Scan()
    {
        string inner = "local.get 0 local.get 2 i32.load i32.add local.set 0"
            + " local.get 2 i32.const 4 i32.add local.tee 2 i32.const 65536 i32.lt_u br_if 0";
        int each = WasmText.Count(inner) * Words;
        return new WasmKernel("scan", 500, n => WasmText.Module(
            $"loop i32.const 0 local.set 2 loop {inner} end {Loop(0, 1, $"{n}")} end local.get 0"),
            n => (long)n * (each + 10));
    }

    // Recursion: fib(25), a quarter of a million calls.
    private static WasmKernel Fib()
    {
        const int N = 25;
        const string Branch = "local.get 0 i32.const 2 i32.lt_s", Leaf = "local.get 0",
            Calls = "local.get 0 i32.const 1 i32.sub call 0 local.get 0 i32.const 2 i32.sub call 0 i32.add";
        (long inner, long leaves) = CallsOfFib(N);
        long each = inner * (WasmText.Count(Branch) + 1 + WasmText.Count(Calls))
            + leaves * (WasmText.Count(Branch) + 1 + WasmText.Count(Leaf));
        return new WasmKernel("fib", 20, n => WasmText.Module(
            $"loop i32.const {N} call 0 local.set 0 {Loop(0, 1, $"{n}")} end local.get 0",
            helper: $"{Branch} if i32 {Leaf} else {Calls} end", helpers: 1), n => n * (each + 10));
    }

    private static (long Inner, long Leaves) CallsOfFib(int n)
    {
        long leaves = 1, next = 1; // of fib(0) and fib(1)
        for (int i = 0; i < n; i++) (leaves, next) = (next, leaves + next);
        return (leaves - 1, leaves);
    }

    // Sums squares.
    private static WasmKernel Floats() => OfLoop("f64", 5_000_000,
        "local.get 4 local.get 5 local.get 5 f64.mul f64.add local.set 4 local.get 5 f64.const 0.5 f64.add local.set 5",
        static loop => loop + " local.get 4 i64.reinterpret_f64 i32.wrap_i64");

    // Steps of the first numbers down to 1: branches that no predictor knows.
    private static WasmKernel Collatz()
    {
        const string Test = "local.get 2 i32.const 1 i32.le_u br_if 1", Parity = "local.get 2 i32.const 1 i32.and if",
            Odd = "local.get 2 i32.const 3 i32.mul i32.const 1 i32.add local.set 2",
            Even = "local.get 2 i32.const 1 i32.shr_u local.set 2",
            Step = "local.get 3 i32.const 1 i32.add local.set 3 br 0";
        return new WasmKernel("collatz", 40_000, n => WasmText.Module("loop local.get 1 local.set 2 block"
            + $" loop {Test} {Parity} {Odd} else {Even} end {Step} end end {Loop(0, 1, $"{n}")} end local.get 3"),
            static n =>
            {
                (long odd, long even) = Steps(n);
                return n * (2 + 4 + 7L) + (odd + even) * (WasmText.Count(Test + " " + Parity + " " + Step))
                    + odd * WasmText.Count(Odd) + even * WasmText.Count(Even);
            });
    }

    private static (long Odd, long Even) Steps(int numbers)
    {
        long odd = 0, even = 0;
        for (uint i = 0; i < numbers; i++)
        {
            for (uint x = i; x > 1; x = (x & 1) != 0 ? 3 * x + 1 : x >> 1)
            {
                if ((x & 1) != 0) odd++;
                else even++;
            }
        }
        return (odd, even);
    }

    private static WasmKernel Host() => new("host", 1_000_000, static n => WasmText.Module(
        $"loop call 0 {Loop(0, 1, $"{n}")} end local.get 1", imports: true), static n => n) { CallsHost = true };
}
