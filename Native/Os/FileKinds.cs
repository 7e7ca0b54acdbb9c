using System;
using System.Buffers.Binary;

namespace Slungd.Native.Os;

/// <summary>What a path leads to, without opening it: a pipe that nobody writes to would hold the opener.</summary>
internal static unsafe class FileKinds
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint Type = 1;            // STATX_TYPE
    private const uint Change = 0x180;      // STATX_CTIME | STATX_INO
    private const int StatBytes = 256;      // struct statx, on every processor
    private const int ModeOffset = 28, KindMask = 0xF000, Regular = 0x8000, Characters = 0x2000;
    private const int InodeOffset = 32, ChangeOffset = 96; // seconds, and nanoseconds behind them
    private const int DeviceOffset = 128;           // its major number, then its minor one
    private const ulong NullDevice = 1 | 3UL << 32; // devices.txt of Linux

    /// <summary>False for directories, pipes, sockets and devices, but for the null device, which is as good as an
    /// empty file. True for what is not there: who opens it hears so.</summary>
    public static bool IsRegular(string path)
    {
        if (!OperatingSystem.IsLinux()) return true;
        byte* bytes = stackalloc byte[StatBytes];
        if (SystemCalls.ExtendedStatus(CurrentFolder, path, 0, Type, bytes) != 0) return true;
        ReadOnlySpan<byte> status = new(bytes, StatBytes);
        int kind = BinaryPrimitives.ReadUInt16LittleEndian(status[ModeOffset..]) & KindMask;
        return kind == Regular
            || kind == Characters && BinaryPrimitives.ReadUInt64LittleEndian(status[DeviceOffset..]) == NullDevice;
    }

    /// <summary>Which file a path leads to, and when that was changed last, in nanoseconds, which nobody can set; zeros
    /// where there is none, or the system does not say.</summary>
    public static (ulong Inode, long Changed) ChangeOf(string path)
    {
        if (!OperatingSystem.IsLinux()) return default;
        byte* bytes = stackalloc byte[StatBytes];
        if (SystemCalls.ExtendedStatus(CurrentFolder, path, 0, Change, bytes) != 0) return default;
        ReadOnlySpan<byte> status = new(bytes, StatBytes);
        long seconds = BinaryPrimitives.ReadInt64LittleEndian(status[ChangeOffset..]);
        uint rest = BinaryPrimitives.ReadUInt32LittleEndian(status[(ChangeOffset + sizeof(long))..]);
        return (BinaryPrimitives.ReadUInt64LittleEndian(status[InodeOffset..]), seconds * 1_000_000_000 + rest);
    }
}
