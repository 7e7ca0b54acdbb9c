using System;
using System.IO;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Slungd.Native.Os;

namespace Slungd.Ingest.Security;

/// <summary>A file with tokens or a key, as it is at this moment. It is opened and looked at, not named and looked at:
/// a path may go through symbolic links that are replaced (Kubernetes mounts secrets so), and only what they lead to
/// changes.</summary>
/// <param name="Written">When it was changed last.</param>
/// <param name="Length">In bytes; -1 when it can't be read.</param>
/// <param name="Change">Which file, and its last change: one put in its place may be as long, and as old.</param>
internal readonly record struct SecretFile(DateTime Written, long Length, (ulong Inode, long Changed) Change)
{
    private const UnixFileMode OfOthers = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.GroupWrite;

    public static SecretFile At(string path)
    {
        try
        {
            RequireRegular(path);
            using SafeFileHandle file = File.OpenHandle(path);
            return new SecretFile(File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file),
                FileKinds.ChangeOf(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new SecretFile(default, -1, default); // who reads it hears why
        }
    }

    /// <summary>What is read again when it changes can't be a pipe, which gives what it has once, or never.</summary>
    /// <exception cref="IOException">It is one, or a directory or device.</exception>
    public static void RequireRegular(string path)
    {
        if (!FileKinds.IsRegular(path))
            throw new IOException($"{path}: expected a regular file, got a directory, a pipe or a device");
    }

    /// <summary>Says so in the log when users may read or change it whom it is none of their business.</summary>
    public static void WarnOfOthers(string path, ILogger log)
    {
        if (OperatingSystem.IsWindows()) return;
        try
        {
            RequireRegular(path);
            using SafeFileHandle file = File.OpenHandle(path);
            UnixFileMode mode = File.GetUnixFileMode(file);
            if ((mode & OfOthers) != 0) Log.SecretOfOthers(log, path, "0" + Convert.ToString((int)mode, 8));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // who reads it hears why
        }
    }
}
