using System;
using System.Runtime.InteropServices;

namespace Slungd.Native.Os;

/// <summary>The few Unix calls that .NET does not offer. 64-bit Linux and macOS only; callers check the platform first.
/// Every pointer is owned by the caller and not kept by the call.</summary>
internal static unsafe partial class SystemCalls
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int CloseOnExec = 0x80000; // Linux
    /// <summary>O_DIRECT of Linux, whose number differs by processor.</summary>
    public static readonly int Direct =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x10000 : 0x4000;

    public const int ProtectionRead = 1;
    public const int ProtectionWrite = 2;
    public const int MapShared = 1;
    public const int MapPrivate = 2;
    public const int MapAnonymous = 0x20; // Linux
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int LockRelease = 8;
    public const int MemoryNotNeeded = 4; // Linux
    public const int MemoryNeeded = 22; // Linux, MADV_POPULATE_READ
    public const int BadAddress = 14; // EFAULT
    public const int PoisonedMemory = 133; // EHWPOISON
    public const int DuplicateCloseOnExec = 1030; // Linux
    public const int GetFileFlags = 3;
    public const int SetFileFlags = 4;
    public const uint SyncRangeWrite = 2; // Linux: begins to write, waits for nothing
    public const int ErrnoInterrupted = 4;
    public const int ErrnoNoDevice = 6;
    public const int ErrnoTooLarge = 27;
    public const int ErrnoNoSpace = 28;
    public const int ErrnoNotSupported = 102; // macOS

    /// <summary>EWOULDBLOCK.</summary>
    public static int ErrnoWouldBlock => OperatingSystem.IsLinux() ? 11 : 35;

    public const int ThreadProcessorTime = 3; // Linux
    public const uint BatchPolicy = 3; // Linux, SCHED_BATCH

    /// <summary>sched_setattr of Linux, whose number differs by processor.</summary>
    public static readonly nint SetScheduling =
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 274 : 314;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int file, byte* into, nint count);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint Write(int file, byte* from, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(int file, long length);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(int file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(int file);

    [LibraryImport("libc", EntryPoint = "sync_file_range")]
    public static partial int SyncRange(int file, long offset, long length, uint flags);

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(int file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(int file, int operation);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string existing, string link);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial byte* Map(byte* address, nint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(byte* address, nint length);

    [LibraryImport("libc", EntryPoint = "madvise", SetLastError = true)]
    public static partial int AdviseMemory(byte* address, nint length, int advice);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int ControlFile(int file, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "setpriority", SetLastError = true)]
    public static partial int SetPriority(int which, uint who, int nice);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Call(nint number, nint first, void* second, nint third);

    [LibraryImport("kernel32", EntryPoint = "CreateHardLinkW", SetLastError = true,
        StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    public static partial bool CreateHardLink(string link, string existing, nint security);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ExtendedStatus(int folder, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int ChangeOwner(string path, uint user, uint group);

    [LibraryImport("libc", EntryPoint = "signal")]
    public static partial nint SetSignal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "sigaction")]
    public static partial int GetSignal(int signal, void* wanted, void* current);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    public static partial int GetResourceLimit(int resource, void* limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    public static partial int SetResourceLimit(int resource, void* limits);

    [LibraryImport("libc", EntryPoint = "getrandom")]
    public static partial nint GetRandom(byte* into, nint count, uint flags);

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static partial int ReadClock(int clock, long* secondsAndNanoseconds);
}
