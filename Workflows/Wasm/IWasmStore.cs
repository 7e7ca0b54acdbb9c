using System;

namespace Slungd.Workflows.Wasm;

/// <summary>Instances that live and die together, with one stack and one budget. One thread at a time, except for
/// <see cref="Interrupt"/>.</summary>
internal interface IWasmStore : IDisposable
{
    /// <summary>Links, initialises and starts an instance. Null when that fails; what its segments wrote into imported
    /// memories and tables by then stays, as the specification wants.</summary>
    IWasmInstance? TryInstantiate(IWasmModule module, WasmImports imports, out WasmError? error);

    /// <summary>Any thread: the running call, or the next one, sees it at the next branch taken, call, or MiB of a
    /// bulk operation, and asks <see cref="WasmBudget.OnInterrupt"/>.</summary>
    void Interrupt();

    /// <summary>A memory for guests to import. Null when the budget lacks the room.</summary>
    /// <param name="minPages">Pages of 64 KiB.</param>
    /// <param name="maxPages">Null when only the budget limits it.</param>
    IWasmMemory? TryCreateMemory(uint minPages, uint? maxPages);

    /// <summary>A table of nulls for guests to import. Null when the budget lacks the room.</summary>
    IWasmTable? TryCreateTable(WasmType type, uint min, uint? max);

    IWasmGlobal CreateGlobal(WasmValue value, bool mutable);
}
