using System;
using Slungd.Native.Checks;
using Slungd.Native.Os;

namespace Slungd.Native.Memory;

// Contract: owns one range of address space from construction to Dispose; its base never moves, so readers need no
// lock against growth. Committed bytes read as zero until written. One thread commits; any thread reads below
// Committed. Dispose only when no reader is left.

/// <summary>Address space reserved at once and committed from the front as it is needed.</summary>
internal sealed unsafe class ReservedMemory : IDisposable
{
    private const long SmallStep = 16 * 1024;
    private const long LargeStep = 2 * 1024 * 1024; // a huge page of x86-64 and of most Arm kernels

    private readonly ByteBudget _budget;
    private readonly byte* _mapping;
    private readonly nint _mappingBytes;
    private bool _disposed;

    private ReservedMemory(ByteBudget budget, long reserved, byte* mapping, nint mappingBytes)
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
        nint mappingBytes = (nint)(reserved + AlignmentOf(reserved) - 1);
        byte* mapping = OperatingSystem.IsWindows()
            ? SystemCalls.AllocateVirtual(null, mappingBytes, WindowsReserve, WindowsReadWrite)
            : SystemCalls.Map(null, mappingBytes, NoAccess, Private, -1, 0);
        if ((nint)mapping is 0 or -1) return null;
        return new ReservedMemory(budget, reserved, mapping, mappingBytes);
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
        if (!TryMakeUsable(Base + Committed, more))
        {
            _budget.Return(more);
            return false;
        }
        Committed = upTo;
        return true;
    }

    /// <summary>Gives the memory back while readers may still look: from now on they see zeros (on Windows the old
    /// content, and the memory stays until Dispose).</summary>
    public void ReleaseToZeros()
    {
        if (OperatingSystem.IsWindows() || Committed == 0) return;
        byte* again = SystemCalls.Map(Base, (nint)Committed, Read, Private | Fixed, -1, 0);
        if (again != Base) return; // the kernel is out of mappings: keep the memory, it is still correct
        _budget.Return(Committed);
        Committed = 0;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (OperatingSystem.IsWindows()) SystemCalls.FreeVirtual(_mapping, 0, WindowsRelease);
        else SystemCalls.Unmap(_mapping, _mappingBytes);
        _budget.Return(Committed);
        Committed = 0;
    }

    private static bool TryMakeUsable(byte* start, long bytes)
    {
        if (OperatingSystem.IsWindows())
            return SystemCalls.AllocateVirtual(start, (nint)bytes, WindowsCommit, WindowsReadWrite) != null;
        if (SystemCalls.Protect(start, (nint)bytes, ReadWrite) != 0) return false;
        // Only advice: random access over hundreds of megabytes is bound by the TLB otherwise.
        if (bytes >= LargeStep && OperatingSystem.IsLinux()) SystemCalls.Advise(start, (nint)bytes, AdviseHugePages);
        return true;
    }

    // Ranges that can hold huge pages start at one.
    private static long AlignmentOf(long reserved) => reserved >= 2 * LargeStep ? LargeStep : 1;

    private static long RoundUp(long value, long alignment) => (value + alignment - 1) & -alignment;

    private const int NoAccess = 0;
    private const int Read = 1;
    private const int ReadWrite = 3;
    private const int Fixed = 0x10;
    private const int AdviseHugePages = 14;
    private const uint WindowsCommit = 0x1000;
    private const uint WindowsReserve = 0x2000;
    private const uint WindowsRelease = 0x8000;
    private const uint WindowsReadWrite = 4;

    // Private, anonymous, and not counted against the overcommit limit.
    private static int Private => OperatingSystem.IsLinux() ? 0x4022 : 0x1042;
}
