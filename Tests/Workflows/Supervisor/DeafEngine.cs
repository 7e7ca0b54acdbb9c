using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Workflows.Wasm;

namespace Slungd.Tests.Workflows.Supervisor;

/// <summary>An engine whose one guest spins, and overlooks the first interrupts after <see cref="Deafen"/>.</summary>
internal sealed class DeafEngine : IWasmEngine, IWasmModule, IWasmStore, IWasmInstance, IWasmMemory, IWasmFunction
{
    private static readonly WasmSignature ToI32 = new([], [WasmType.I32]);

    private readonly ManualResetEventSlim _heard = new();
    private int _left;

    public string Name => "deaf";

    public int ThreadStackBytes => 0;

    public bool IsRunning { get; private set; }

    public bool HasEnded { get; private set; }

    public IReadOnlyList<WasmImport> Imports => [];

    public IReadOnlyList<WasmExport> Exports { get; } =
        [new("memory", WasmExternKind.Memory, null), new("call", WasmExternKind.Function, ToI32)];

    public WasmExternKind Kind => WasmExternKind.Function;

    public WasmSignature Signature => ToI32;

    public long Length => 0;

    public void Deafen(int interrupts) => Volatile.Write(ref _left, interrupts);

    public IWasmModule? TryCompile(ReadOnlySpan<byte> bytes, out WasmError? error)
    {
        error = null;
        return this;
    }

    public IWasmStore CreateStore(WasmBudget budget) => this;

    public IWasmInstance? TryInstantiate(IWasmModule module, WasmImports imports, out WasmError? error)
    {
        error = null;
        return this;
    }

    public void Interrupt()
    {
        if (Volatile.Read(ref _left) > 0 && Interlocked.Decrement(ref _left) == 0) _heard.Set();
    }

    public IWasmExtern? Find(string export) => export is "call" or "memory" ? this : null;

    public bool TrySlice(uint offset, uint length, out Span<byte> part)
    {
        part = default;
        return false;
    }

    public WasmTrap? Call(ReadOnlySpan<WasmValue> arguments, Span<WasmValue> results)
    {
        IsRunning = true;
        _heard.Wait();
        HasEnded = true;
        return new WasmTrap(WasmTrapKind.Interrupted, "interrupted", [], 0);
    }

    public void Dispose()
    {
        // The one object is engine, module and store: what is there stays for the next of them.
    }
}
