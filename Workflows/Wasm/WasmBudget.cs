using System;
using Slungd.Native.Memory;

namespace Slungd.Workflows.Wasm;

/// <summary>What the guests of one store may use: limits that a hostile guest would otherwise cross.</summary>
/// <param name="Native">Pays for memories, tables, stacks and translated code; may be shared by many stores.</param>
internal sealed record WasmBudget(ByteBudget Native)
{
    /// <summary>Of each memory. A guest that grows past it gets -1; one that starts above it is refused.</summary>
    public long MemoryBytes { get; init; } = 64 << 20;

    /// <summary>Of each table. As with memory.</summary>
    public int TableElements { get; init; } = 100_000;

    /// <summary>Calls nested in wasm (the original's limit).</summary>
    public int StackFrames { get; init; } = 4_096;

    /// <summary>Slots of 8 bytes for parameters, locals and operands of all frames together.</summary>
    public int StackSlots { get; init; } = 131_072;

    /// <summary>Calls from the host into the guest from within a host function, nested.</summary>
    public int Reentries { get; init; } = 8;

    /// <summary>Asked on the guest's thread after <see cref="IWasmStore.Interrupt"/>: true lets it go on, false ends
    /// the call with a trap. It may block: that is how a guest is slowed down. Without it every interrupt is a trap.
    /// </summary>
    public Func<bool>? OnInterrupt { get; init; }
}
