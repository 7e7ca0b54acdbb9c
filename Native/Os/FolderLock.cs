using System;

namespace Slungd.Native.Os;

/// <summary>Keeps others that take it, too, out of a directory for a while, so that a file in it can be read, changed
/// and replaced. The lock is the system's (flock) and on the directory itself: nothing stays behind, whatever becomes
/// of the process. Where there is no such lock nobody is kept out.</summary>
internal sealed class FolderLock : IDisposable
{
    private int _folder;

    private FolderLock(int folder) => _folder = folder;

    /// <summary>Waits until nobody else has it.</summary>
    public static FolderLock Take(string folder)
    {
        if (OperatingSystem.IsWindows()) return new FolderLock(-1);
        int flags = SystemCalls.ReadOnly | (OperatingSystem.IsLinux() ? SystemCalls.CloseOnExec : 0);
        int file = SystemCalls.Open(folder, flags, 0);
        if (file >= 0) _ = SystemCalls.Lock(file, SystemCalls.LockExclusive);
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
