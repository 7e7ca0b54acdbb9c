using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;

namespace Slungd.Native.Os;

/// <summary>Keeps others that take it, too, out of a directory for a while, so that a file in it can be read, changed
/// and replaced. The lock is the system's (flock) and on the directory itself: nothing stays behind, whatever becomes
/// of the process. Where there is no such lock nobody is kept out.</summary>
internal sealed class FolderLock : IDisposable
{
    private const int PauseMs = 10;
    private int _folder;

    private FolderLock(int folder) => _folder = folder;

    /// <summary>Waits until nobody else has it, but not for ever: whoever can read the directory can hold it.</summary>
    /// <param name="folder">The directory.</param>
    /// <param name="patience">How long; null: 10 s.</param>
    /// <exception cref="IOException">Somebody else has it all the time.</exception>
    public static FolderLock Take(string folder, TimeSpan? patience = null)
    {
        if (OperatingSystem.IsWindows()) return new FolderLock(-1);
        int flags = SystemCalls.ReadOnly | (OperatingSystem.IsLinux() ? SystemCalls.CloseOnExec : 0);
        int file = SystemCalls.Open(folder, flags, 0);
        if (file < 0) return new FolderLock(file);
        TimeSpan most = patience ?? TimeSpan.FromSeconds(10);
        long start = Stopwatch.GetTimestamp();
        using ManualResetEvent never = new(false);
        while (SystemCalls.Lock(file, SystemCalls.LockExclusive | SystemCalls.LockNonBlocking) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno == SystemCalls.ErrnoInterrupted) continue;
            if (errno != SystemCalls.ErrnoWouldBlock) break; // there are no such locks here
            if (Stopwatch.GetElapsedTime(start) >= most)
            {
                _ = SystemCalls.Close(file);
                throw new IOException(
                    $"{folder}: another process keeps the directory locked (waited {most.TotalSeconds} s)");
            }
            never.WaitOne(PauseMs);
        }
        return new FolderLock(file);
    }

    public void Dispose()
    {
        if (_folder < 0) return;
        _ = SystemCalls.Lock(_folder, SystemCalls.LockRelease); // a child may hold the file, too, until its exec
        _ = SystemCalls.Close(_folder);
        _folder = -1;
    }
}
