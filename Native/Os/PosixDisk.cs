using System;
using System.IO;
using System.Runtime.InteropServices;

namespace Slungd.Native.Os;

/// <summary>The real disk: the runtime's portable calls, and system calls where it has none (directory fsync,
/// fdatasync, hard links, mappings). Windows has no directory fsync; renames are journalled there.</summary>
internal sealed class PosixDisk : IDisk
{
    public static readonly PosixDisk Instance = new();

    public void CreateDirectory(string path)
    {
        try { Directory.CreateDirectory(path); }
        catch (Exception e) when (IsDisk(e)) { throw DiskException.From("create directory", path, e); }
    }

    public IDiskFile Create(string path) => Open(path, FileMode.Create, FileAccess.ReadWrite);

    public IDiskFile Open(string path) => Open(path, FileMode.Open, FileAccess.ReadWrite);

    public IDiskFile OpenRead(string path) => Open(path, FileMode.Open, FileAccess.Read);

    public MappedFile Map(string path)
    {
        try
        {
            // The mapping outlives the handle on Unix, so a thousand segments need no thousand descriptors.
            var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            try { return MappedFile.Map(handle, path, RandomAccess.GetLength(handle)); }
            finally { if (!OperatingSystem.IsWindows()) handle.Dispose(); }
        }
        catch (Exception e) when (IsDisk(e)) { throw DiskException.From("map", path, e); }
    }

    public bool FileExists(string path) => File.Exists(path);

    public bool DirectoryExists(string path) => Directory.Exists(path);

    public string[] ListFiles(string directory) => List(directory, Directory.GetFiles);

    public string[] ListDirectories(string directory) => List(directory, Directory.GetDirectories);

    public void Rename(string from, string to)
    {
        try { File.Move(from, to, overwrite: true); }
        catch (Exception e) when (IsDisk(e)) { throw DiskException.From("rename to " + to, from, e); }
    }

    public void RenameDirectory(string from, string to)
    {
        try { Directory.Move(from, to); }
        catch (Exception e) when (IsDisk(e)) { throw DiskException.From("rename to " + to, from, e); }
    }

    public void Delete(string path)
    {
        try { File.Delete(path); }
        catch (Exception e) when (IsDisk(e)) { throw DiskException.From("delete", path, e); }
    }

    public void DeleteDirectory(string path)
    {
        try { if (Directory.Exists(path)) Directory.Delete(path); }
        catch (Exception e) when (IsDisk(e)) { throw DiskException.From("delete", path, e); }
    }

    public void Link(string existing, string link)
    {
        bool done = OperatingSystem.IsWindows()
            ? SystemCalls.CreateHardLink(link, existing, 0)
            : SystemCalls.Link(existing, link) == 0;
        if (done) return;
        int error = Marshal.GetLastPInvokeError();
        int code = OperatingSystem.IsWindows() ? unchecked((int)0x80070000) | error : error;
        throw DiskException.FromErrno("link " + link + " to", existing, code);
    }

    public void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows()) return;
        int directory = SystemCalls.Open(path, SystemCalls.ReadOnly, 0);
        if (directory < 0) throw DiskException.FromErrno("open directory", path, Marshal.GetLastPInvokeError());
        int result = SystemCalls.Sync(directory);
        int errno = Marshal.GetLastPInvokeError();
        _ = SystemCalls.Close(directory);
        if (result != 0) throw DiskException.FromErrno("sync directory", path, errno);
    }

    public DiskSpace Space(string path)
    {
        try
        {
            var drive = new DriveInfo(Path.GetFullPath(path));
            return new DiskSpace(drive.TotalSize, drive.AvailableFreeSpace);
        }
        catch (Exception e) when (IsDisk(e)) { throw DiskException.From("measure", path, e); }
    }

    public IDisposable? TryLock(string path, out string holder)
    {
        try { return DirectoryLock.TryTake(path, out holder); }
        catch (Exception e) when (IsDisk(e)) { throw DiskException.From("lock", path, e); }
    }

    /// <summary>What the runtime throws when the world, not we, is wrong.</summary>
    internal static bool IsDisk(Exception e) =>
        e is (IOException or UnauthorizedAccessException) and not DiskException || DiskException.IsTooLarge(e);

    private static PosixFile Open(string path, FileMode mode, FileAccess access)
    {
        try
        {
            return new PosixFile(File.OpenHandle(path, mode, access, FileShare.ReadWrite | FileShare.Delete), path);
        }
        catch (Exception e) when (IsDisk(e)) { throw DiskException.From("open", path, e); }
    }

    private static string[] List(string directory, Func<string, string[]> list)
    {
        try
        {
            string[] names = list(directory);
            for (int i = 0; i < names.Length; i++) names[i] = Path.GetFileName(names[i]);
            Array.Sort(names, StringComparer.Ordinal);
            return names;
        }
        catch (Exception e) when (IsDisk(e)) { throw DiskException.From("list", directory, e); }
    }
}
