using System;
using System.IO;
using System.Runtime.InteropServices;

namespace Slungd.Native.Os;

/// <summary>What kind of trouble the disk is in: decides what the store does about it.</summary>
internal enum DiskFault : byte
{
    /// <summary>The device or the file system failed (EIO and everything unnamed).</summary>
    Failed,
    /// <summary>No room left, or over quota (ENOSPC, EDQUOT, EFBIG).</summary>
    NoSpace,
    /// <summary>The file system is mounted read-only (EROFS).</summary>
    ReadOnly,
    /// <summary>The process may not touch this path (EACCES, EPERM).</summary>
    Denied,
    /// <summary>The path does not exist (ENOENT).</summary>
    NotFound,
    /// <summary>The path exists already (EEXIST).</summary>
    Exists,
}

/// <summary>Every failure of an <see cref="IDisk"/>: the world is wrong, never the caller.</summary>
internal sealed class DiskException(DiskFault fault, string message, Exception? cause = null)
    : IOException(message, cause)
{
    private const string TooLarge = "a file may not become so large here (see ulimit -f)";

    public DiskFault Fault { get; } = fault;

    /// <summary>EFBIG, which the runtime takes for a length of ours.</summary>
    public static bool IsTooLarge(Exception cause) => cause is ArgumentOutOfRangeException { ParamName: "value" };

    /// <summary>Names the operation and the path, and classifies what the runtime threw.</summary>
    public static DiskException From(string operation, string path, Exception cause)
    {
        DiskFault fault = cause switch
        {
            DiskException disk => disk.Fault,
            FileNotFoundException or DirectoryNotFoundException => DiskFault.NotFound,
            UnauthorizedAccessException => DiskFault.Denied,
            _ when IsTooLarge(cause) => DiskFault.NoSpace,
            _ => Classify(cause.HResult),
        };
        string text = IsTooLarge(cause) ? TooLarge : Text(fault, cause.Message);
        return new DiskException(fault, $"can't {operation} {path}: {text}", cause);
    }

    /// <summary>For a failed system call.</summary>
    public static DiskException FromErrno(string operation, string path, int errno)
    {
        DiskFault fault = Classify(errno);
        string text = errno == SystemCalls.ErrnoTooLarge ? TooLarge
            : Text(fault, Marshal.GetPInvokeErrorMessage(errno));
        return new DiskException(fault, $"can't {operation} {path}: {text}");
    }

    /// <summary>The runtime puts errno (Unix) or the Win32 code (low half, facility 7) into HResult.</summary>
    private static DiskFault Classify(int code) => code switch
    {
        28 or 122 or 27 or unchecked((int)0x80070070) or unchecked((int)0x80070027) => DiskFault.NoSpace,
        30 or unchecked((int)0x80070013) => DiskFault.ReadOnly,
        13 or 1 or unchecked((int)0x80070005) => DiskFault.Denied,
        2 or 20 or unchecked((int)0x80070002) or unchecked((int)0x80070003) => DiskFault.NotFound,
        17 or unchecked((int)0x80070050) or unchecked((int)0x800700B7) => DiskFault.Exists,
        _ => DiskFault.Failed,
    };

    private static string Text(DiskFault fault, string otherwise) => fault switch
    {
        DiskFault.NoSpace => "no space left on the disk",
        DiskFault.ReadOnly => "the file system is read-only",
        DiskFault.Denied => "permission denied",
        DiskFault.NotFound => "no such file or directory",
        DiskFault.Exists => "it exists already",
        _ => otherwise,
    };
}
