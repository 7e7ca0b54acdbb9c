using System;
using Slungd.Workflows.Abi;
using Slungd.Workflows.Wasm;

namespace Slungd.Workflows.Supervisor;

/// <summary>One run of a guest: links it, initialises it, calls it.</summary>
internal static class GuestRun
{
    /// <param name="store">Made for this run.</param>
    /// <param name="module">Checked by <see cref="HostLinker.Check"/>.</param>
    /// <param name="host">Behind the functions.</param>
    /// <param name="onStart">Gets the guest's memory before its code runs.</param>
    public static RunOutcome Run(IWasmStore store, IWasmModule module, IGuestHost host, Action<IWasmMemory>? onStart)
    {
        WasmImports imports = HostLinker.Link(module, host);
        IWasmInstance? instance = store.TryInstantiate(module, imports, out WasmError? wrong);
        if (instance is null)
            return wrong!.Trap is { } atStart ? Ended(atStart) : RunOutcome.Refused(wrong.ToString());
        onStart?.Invoke((IWasmMemory)instance.Find(GuestMemory.MemoryExport)!);
        if (instance.Find("_initialize") is IWasmFunction initialize && initialize.Signature.Equals(Signatures.None)
            && initialize.Call([], []) is { } trap)
            return Ended(trap);
        IWasmFunction call = (IWasmFunction)instance.Find("call")!;
        Span<WasmValue> results = stackalloc WasmValue[1];
        trap = call.Call([], results);
        if (trap is not null) return Ended(trap);
        int result = results[0].I32;
        return result == 0 ? RunOutcome.Done : RunOutcome.Failed($"call returned {result}");
    }

    private static RunOutcome Ended(WasmTrap trap)
    {
        if (trap.Kind != WasmTrapKind.Exit) return RunOutcome.Failed(trap.Message, trap);
        return trap.ExitStatus == 0 ? RunOutcome.Done : RunOutcome.Failed($"exit status {trap.ExitStatus}");
    }
}
