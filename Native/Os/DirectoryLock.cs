using System;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

namespace Slungd.Native.Os;

/// <summary>
/// A lock file that holds its owner's process id. The lock is the system's (flock on Unix, a share mode on Windows), so
/// it is gone when the process is, and a stale file never locks anybody out. The file itself stays: deleting it would
/// let two processes lock two different files of the same name.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    private const int MaxHolderBytes = 64;
    private readonly FileStream? _stream;
    private int _file = -1;

    private DirectoryLock(int file) => _file = file;

    private DirectoryLock(FileStream stream) => _stream = stream;

    /// <summary>Takes the lock and writes this process' id into it, or returns null and names the holder.</summary>
    public static DirectoryLock? TryTake(string path, out string holder) =>
        OperatingSystem.IsWindows() ? TryTakeWindows(path, out holder) : TryTakeUnix(path, out holder);

    public void Dispose()
    {
        _stream?.Dispose();
        if (_file < 0) return;
        // Said, not left to the close: a process being forked at this moment holds the file, too, until its exec.
        _ = SystemCalls.Lock(_file, SystemCalls.LockRelease);
        _ = SystemCalls.Close(_file);
        _file = -1;
    }

    private static byte[] Self() =>
        Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");

    private static unsafe DirectoryLock? TryTakeUnix(string path, out string holder)
    {
        holder = "";
        // The runtime creates the file, since the flag's value differs between systems; flock then has its own handle.
        if (!File.Exists(path)) File.Open(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite).Dispose();
        int flags = SystemCalls.ReadWrite | (OperatingSystem.IsLinux() ? SystemCalls.CloseOnExec : 0);
        int file = SystemCalls.Open(path, flags, 0);
        if (file < 0) throw DiskException.FromErrno("lock", path, Marshal.GetLastPInvokeError());
        if (SystemCalls.Lock(file, SystemCalls.LockExclusive | SystemCalls.LockNonBlocking) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            bool busy = errno == SystemCalls.ErrnoWouldBlock;
            byte* text = stackalloc byte[MaxHolderBytes];
            nint count = SystemCalls.Read(file, text, MaxHolderBytes);
            holder = count <= 0 ? "" : Encoding.ASCII.GetString(text, (int)count).Trim();
            _ = SystemCalls.Close(file);
            if (!busy) throw DiskException.FromErrno("lock", path, errno);
            return null;
        }
        byte[] self = Self();
        fixed (byte* bytes = self)
        {
            if (SystemCalls.Truncate(file, 0) != 0 || SystemCalls.Write(file, bytes, self.Length, 0) != self.Length)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno == SystemCalls.ErrnoNoSpace) return new DirectoryLock(file); // the lock counts, not its text
                _ = SystemCalls.Close(file);
                throw DiskException.FromErrno("write", path, errno);
            }
        }
        return new DirectoryLock(file);
    }

    private static DirectoryLock? TryTakeWindows(string path, out string holder)
    {
        holder = "";
        try
        {
            var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, 1);
            byte[] self = Self();
            stream.SetLength(0);
            stream.Write(self);
            stream.Flush();
            return new DirectoryLock(stream);
        }
        catch (IOException busy) when (busy.HResult == unchecked((int)0x80070020)) // ERROR_SHARING_VIOLATION
        {
            using var reader = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            byte[] text = new byte[MaxHolderBytes];
            holder = Encoding.ASCII.GetString(text, 0, reader.Read(text)).Trim();
            return null;
        }
    }
}
