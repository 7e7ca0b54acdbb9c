using System;
using System.Runtime.InteropServices;
using Slungd.Native.Checks;

namespace Slungd.Native.Memory;

/// <summary>Address space from the operating system: reserved at once, usable once committed, backed by memory when
/// first touched. What is only reserved is inaccessible, so that it counts against no overcommit limit.
/// Contract: the caller owns what <see cref="Reserve"/> returns until <see cref="Release"/>; any thread.</summary>
internal static unsafe partial class VirtualMemory
{
    private const int ProtNone = 0, ProtReadWrite = 1 | 2;
    private const int MapPrivate = 2;
    private const int MapAnonymousLinux = 0x20, MapNoReserveLinux = 0x4000;
    private const int MapAnonymousMac = 0x1000, MapNoReserveMac = 0x40;
    private const int AdviseDontNeed = 4, AdviseHugePage = 14, AdviseNoHugePage = 15;
    private const uint MemCommit = 0x1000, MemReserve = 0x2000, MemDecommit = 0x4000, MemRelease = 0x8000;
    private const uint PageReadWrite = 4;

    /// <summary>Reserves address space; none of it counts as used memory yet.</summary>
    /// <returns>Null when the system refuses (address-space limit).</returns>
    public static byte* TryReserve(nuint bytes)
    {
        if (OperatingSystem.IsWindows()) return (byte*)VirtualAlloc(null, bytes, MemReserve, PageReadWrite);
        int flags = OperatingSystem.IsMacOS()
            ? MapPrivate | MapAnonymousMac | MapNoReserveMac
            : MapPrivate | MapAnonymousLinux | MapNoReserveLinux;
        void* address = Map(null, bytes, ProtNone, flags, -1, 0);
        return (nint)address == -1 ? null : (byte*)address;
    }

    /// <inheritdoc cref="TryReserve"/>
    /// <exception cref="System.IO.IOException">FATAL: the system refuses.</exception>
    public static byte* Reserve(nuint bytes)
    {
        byte* address = TryReserve(bytes);
        if (address is null)
        {
            Throw.Fatal($"the system refuses to reserve {bytes >> 20} MiB of address space "
                + $"(error {Marshal.GetLastPInvokeError()}); lower --memory or raise the limit (ulimit -v)");
        }
        return address;
    }

    /// <summary>Makes a part usable. With <paramref name="hugePages"/> its first touch costs one fault per 2 MiB
    /// instead of one per 4 KiB (1.35 us each), at the price of 2 MiB of resident memory.</summary>
    /// <returns>False when the system has no memory for it.</returns>
    public static bool TryCommit(byte* address, nuint bytes, bool hugePages)
    {
        if (OperatingSystem.IsWindows()) return VirtualAlloc(address, bytes, MemCommit, PageReadWrite) is not null;
        if (Protect(address, bytes, ProtReadWrite) != 0) return false;
        // Advice only: a kernel without transparent huge pages answers EINVAL, and small pages serve as well.
        if (OperatingSystem.IsLinux()) Advise(address, bytes, hugePages ? AdviseHugePage : AdviseNoHugePage);
        return true;
    }

    /// <inheritdoc cref="TryCommit"/>
    /// <exception cref="System.IO.IOException">FATAL: the system has no memory for it.</exception>
    public static void Commit(byte* address, nuint bytes, bool hugePages)
    {
        if (!TryCommit(address, bytes, hugePages))
            Throw.Fatal($"the system is out of memory (error {Marshal.GetLastPInvokeError()})");
    }

    /// <summary>Gives the memory behind a part back; the address space stays reserved, the content is lost.</summary>
    public static void Decommit(byte* address, nuint bytes)
    {
        if (OperatingSystem.IsWindows()) VirtualFree(address, bytes, MemDecommit);
        else Advise(address, bytes, AdviseDontNeed);
    }

    /// <summary>Gives the memory behind a part back while it stays usable: it reads as zeros from then on.</summary>
    /// <returns>False where the system does not promise zeros; nothing has changed then.</returns>
    public static bool TryZero(byte* address, nuint bytes) =>
        OperatingSystem.IsLinux() && Advise(address, bytes, AdviseDontNeed) == 0;

    /// <summary>Ends the reservation made with the same figures.</summary>
    public static void Release(byte* address, nuint bytes)
    {
        if (OperatingSystem.IsWindows()) VirtualFree(address, 0, MemRelease);
        else Unmap(address, bytes);
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* Map(void* address, nuint bytes, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint bytes);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(void* address, nuint bytes, int protection);

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint bytes, int advice);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial void* VirtualAlloc(void* address, nuint bytes, uint type, uint protection);

    [LibraryImport("kernel32")]
    private static partial int VirtualFree(void* address, nuint bytes, uint type);
}
