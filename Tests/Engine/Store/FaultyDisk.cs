using System;
using System.Threading;
using Slungd.Native.Os;

namespace Slungd.Tests.Engine.Store;

/// <summary>The real disk, or another, with a fault on demand: <see cref="Fault"/> is asked before every call that
/// changes something.</summary>
internal sealed class FaultyDisk(IDisk? disk = null) : IDisk
{
    private readonly IDisk _disk = disk ?? PosixDisk.Instance;
    private int _calls;

    /// <summary>Gets operation and path; what it returns is thrown.</summary>
    public Func<string, string, DiskFault?>? Fault { get; set; }

    /// <summary>What the file system claims; null: the truth.</summary>
    public DiskSpace? Claim { get; set; }

    /// <summary>Calls that change something, so far.</summary>
    public int Calls => _calls;

    public void CreateDirectory(string path) => Run("create directory", path, () => _disk.CreateDirectory(path));

    public IDiskFile Create(string path) => new FaultyFile(this, Check("create", path, _disk.Create), path);

    public IDiskFile Open(string path) => new FaultyFile(this, Check("open", path, _disk.Open), path);

    public IDiskFile OpenRead(string path) => _disk.OpenRead(path);

    public MappedFile Map(string path) => _disk.Map(path);

    public bool FileExists(string path) => _disk.FileExists(path);

    public bool DirectoryExists(string path) => _disk.DirectoryExists(path);

    public string[] ListFiles(string directory) => _disk.ListFiles(directory);

    public string[] ListDirectories(string directory) => _disk.ListDirectories(directory);

    public void Rename(string from, string to) => Run("rename", from, () => _disk.Rename(from, to));

    public void RenameDirectory(string from, string to) =>
        Run("rename", from, () => _disk.RenameDirectory(from, to));

    public void DeleteDirectory(string path) => Run("delete", path, () => _disk.DeleteDirectory(path));

    public void Delete(string path) => Run("delete", path, () => _disk.Delete(path));

    public void Link(string existing, string link) => Run("link", existing, () => _disk.Link(existing, link));

    public void SyncDirectory(string path) => Run("sync directory", path, () => _disk.SyncDirectory(path));

    public DiskSpace Space(string path) => Claim ?? _disk.Space(path);

    public IDisposable? TryLock(string path, out string holder) => _disk.TryLock(path, out holder);

    private T Check<T>(string operation, string path, Func<string, T> run)
    {
        Interlocked.Increment(ref _calls);
        if (Fault?.Invoke(operation, path) is { } fault)
            throw new DiskException(fault, $"can't {operation} {path}: {fault} was asked for");
        return run(path);
    }

    private void Run(string operation, string path, Action run) => Check<object?>(operation, path, _ =>
    {
        run();
        return null;
    });

    private sealed class FaultyFile(FaultyDisk disk, IDiskFile file, string path) : IDiskFile
    {
        public long Length => file.Length;

        public int ReadAt(long offset, Span<byte> into) => file.ReadAt(offset, into);

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
        {
            disk.Run("write", path, static () => { });
            file.WriteAt(offset, bytes);
        }

        public void SyncData() => disk.Run("sync", path, file.SyncData);

        public void Sync() => disk.Run("sync", path, file.Sync);

        public bool Preallocate(long length) => file.Preallocate(length);

        public void SetLength(long length) => file.SetLength(length);

        public void Dispose() => file.Dispose();
    }
}
