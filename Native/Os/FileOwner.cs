using System;
using System.Buffers.Binary;

namespace Slungd.Native.Os;

/// <summary>To whom a file belongs.</summary>
internal static unsafe class FileOwner
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint UserAndGroup = 0x18; // STATX_UID, STATX_GID
    private const int StatBytes = 256;      // struct statx, on every processor
    private const int UserOffset = 20, GroupOffset = 24;

    /// <summary>Makes a file belong to whom another belongs to, as far as we may: only root may give files away.
    /// </summary>
    public static void Copy(string from, string to)
    {
        if (!OperatingSystem.IsLinux()) return;
        byte* bytes = stackalloc byte[StatBytes];
        if (SystemCalls.ExtendedStatus(CurrentFolder, from, 0, UserAndGroup, bytes) != 0) return;
        ReadOnlySpan<byte> status = new(bytes, StatBytes);
        _ = SystemCalls.ChangeOwner(to, BinaryPrimitives.ReadUInt32LittleEndian(status[UserOffset..]),
            BinaryPrimitives.ReadUInt32LittleEndian(status[GroupOffset..]));
    }
}
