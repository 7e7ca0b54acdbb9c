using System;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;
using Slungd.Native.Os;

namespace Slungd.Native.Memory;

// Contract: owns its memory from TryAllocate to Dispose; the bytes start as zero or as garbage, never move, and are
// aligned to 64. One thread uses it at a time. Spans over it are dead after Dispose.

/// <summary>A block of bytes outside the managed heap: buffers of connections, so that neither an idle nor a busy door
/// shows in the GC. Large blocks are mappings of their own, which cost nothing until touched and go back
/// whole.</summary>
internal sealed unsafe class NativeBlock : IDisposable
{
    private const int FirstBytes = 4096;
    private const int MappedFrom = 64 * 1024;
    private const nuint Alignment = 64;

    private readonly ByteBudget _budget;
    private byte* _start;

    private NativeBlock(ByteBudget budget, byte* start, int length)
    {
        _budget = budget;
        _start = start;
        Length = length;
    }

    public int Length { get; }

    public Span<byte> Span
    {
        get
        {
            DebugCheck.That(_start != null);
            return new Span<byte>(_start, Length);
        }
    }

    /// <summary>Null when the budget has less left. A machine that has no memory at all ends the process.</summary>
    public static NativeBlock? TryAllocate(ByteBudget budget, int length)
    {
        Invariant.Check(length > 0);
        if (!budget.TryTake(length)) return null;
        byte* start;
        if (IsMapped(length))
        {
            start = SystemCalls.Map(null, length, SystemCalls.ProtectionRead | SystemCalls.ProtectionWrite,
                SystemCalls.MapPrivate | SystemCalls.MapAnonymous, -1, 0);
            if ((nint)start == -1) Throw.Fatal($"no memory for a buffer of {length} bytes");
        }
        else
        {
            start = (byte*)NativeMemory.AlignedAlloc((nuint)length, Alignment);
        }
        return new NativeBlock(budget, start, length);
    }

    /// <summary>Makes a block at least so long, by doubling; what was in it stays, what comes after it is zero. False
    /// when there is no room, or it would be longer than <paramref name="maxBytes"/>, a power of two.</summary>
    public static bool TryGrow(ref NativeBlock? block, ByteBudget budget, int bytes, int maxBytes)
    {
        if (block is not null && bytes <= block.Length) return true;
        int length = block is null ? FirstBytes : block.Length * 2;
        while (length < bytes && length < maxBytes) length *= 2;
        if (length > maxBytes || length < bytes || TryAllocate(budget, length) is not { } larger) return false;
        larger.Span[(block?.Length ?? 0)..].Clear();
        block?.Span.CopyTo(larger.Span);
        block?.Dispose();
        block = larger;
        return true;
    }

    public void Dispose()
    {
        byte* start = _start;
        if (start == null) return;
        _start = null;
        if (IsMapped(Length)) Invariant.Equal(SystemCalls.Unmap(start, Length), 0);
        else NativeMemory.AlignedFree(start);
        _budget.Return(Length);
    }

    private static bool IsMapped(int length) => length >= MappedFrom && OperatingSystem.IsLinux();
}
