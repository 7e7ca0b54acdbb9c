using System;
using Slungd.Native.Checks;

namespace Slungd.Native.Memory;

// Contract: owns one range of address space from construction to Dispose; its base never moves, so readers need no
// lock against growth. Committed bytes read as zero until written. One thread commits; any thread reads below
// Committed. Dispose only when no reader is left.

/// <summary>Address space reserved at once and committed from the front as it is needed.</summary>
internal sealed unsafe class ReservedMemory : IDisposable
{
    private const long LargeStep = 2 * 1024 * 1024; // a huge page of x86-64 and of most Arm kernels
    private static readonly long SmallStep = Math.Max(16 * 1024, Environment.SystemPageSize);

    private readonly ByteBudget _budget;
    private readonly byte* _mapping;
    private readonly nuint _mappingBytes;
    private bool _disposed;

    private ReservedMemory(ByteBudget budget, long reserved, byte* mapping, nuint mappingBytes)
    {
        _budget = budget;
        _mapping = mapping;
        _mappingBytes = mappingBytes;
        Reserved = reserved;
        Base = (byte*)RoundUp((nint)mapping, AlignmentOf(reserved));
    }

    /// <summary>Reserves addresses; nothing is committed yet.</summary>
    /// <param name="budget">Pays for what is committed.</param>
    /// <param name="bytes">The most that can ever be committed.</param>
    /// <returns>Null when the kernel grants none.</returns>
    public static ReservedMemory? TryReserve(ByteBudget budget, long bytes)
    {
        Invariant.Check(bytes > 0);
        long reserved = RoundUp(bytes, SmallStep);
        nuint mappingBytes = (nuint)(reserved + AlignmentOf(reserved) - 1);
        byte* mapping = VirtualMemory.TryReserve(mappingBytes);
        return mapping is null ? null : new ReservedMemory(budget, reserved, mapping, mappingBytes);
    }

    /// <inheritdoc cref="TryReserve"/>
    /// <exception cref="System.IO.IOException">The kernel grants none.</exception>
    public static ReservedMemory Reserve(ByteBudget budget, long bytes)
    {
        ReservedMemory? memory = TryReserve(budget, bytes);
        if (memory is null) Throw.Fatal($"cannot reserve {bytes} bytes of address space");
        return memory;
    }

    public byte* Base { get; }

    public long Reserved { get; }

    /// <summary>How many bytes from the base may be touched.</summary>
    public long Committed { get; private set; }

    /// <summary>Makes at least <paramref name="bytes"/> from the base usable. False, with nothing changed, when the
    /// reservation, the budget or the kernel has no more.</summary>
    public bool TryCommit(long bytes)
    {
        if (bytes <= Committed) return true;
        if (bytes > Reserved) return false;
        // Small steps keep an empty structure small; large ones let the kernel use huge pages.
        long upTo = Math.Min(RoundUp(bytes, bytes > 4 * LargeStep ? LargeStep : SmallStep), Reserved);
        long more = upTo - Committed;
        if (!_budget.TryTake(more)) return false;
        // Random access over hundreds of megabytes is bound by the TLB: huge pages, once it is worth it.
        if (!VirtualMemory.TryCommit(Base + Committed, (nuint)more, hugePages: more >= LargeStep))
        {
            _budget.Return(more);
            return false;
        }
        Committed = upTo;
        return true;
    }

    /// <summary>Gives the memory back while readers may still look: from now on they see zeros. Where the system can't
    /// do that they see the old content, and the memory stays until Dispose.</summary>
    public void ReleaseToZeros()
    {
        if (Committed == 0 || !VirtualMemory.TryZero(Base, (nuint)Committed)) return;
        _budget.Return(Committed);
        Committed = 0;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        VirtualMemory.Release(_mapping, _mappingBytes);
        _budget.Return(Committed);
        Committed = 0;
    }

    // Ranges that can hold huge pages start at one.
    private static long AlignmentOf(long reserved) => reserved >= 2 * LargeStep ? LargeStep : 1;

    private static long RoundUp(long value, long alignment) => (value + alignment - 1) & -alignment;
}
