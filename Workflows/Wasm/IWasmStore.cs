using System;

namespace Slungd.Workflows.Wasm;

/// <summary>Instances that live and die together, with one stack and one budget. One thread at a time, except for
/// <see cref="Interrupt"/>.</summary>
internal interface IWasmStore : IDisposable
{
    /// <summary>Links, initialises and starts an instance. Null when that fails; what its segments wrote into imported
    /// memories and tables by then stays, as the specification wants.</summary>
    IWasmInstance? TryInstantiate(IWasmModule module, WasmImports imports, out WasmError? error);

    /// <summary>Any thread: the running call, or the next one, sees it soon (at the next branch taken, call, or MiB of
    /// a bulk operation) and asks <see cref="WasmBudget.OnInterrupt"/>. One that meets the end of another may be
    /// overlooked: whoever waits for the guest's end repeats it.</summary>
    void Interrupt();
}
