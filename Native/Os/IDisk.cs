using System;

namespace Slungd.Native.Os;

/// <summary>The waist to the world's files. Paths are plain strings, joined with '/'. Everything fails with
/// <see cref="DiskException"/>. What survives a power cut: bytes of a file after its Sync, names in a directory after
/// <see cref="SyncDirectory"/>; anything else may be lost, kept, or torn, in any order.</summary>
internal interface IDisk
{
    /// <summary>Makes a directory and its parents; an existing one is fine.</summary>
    void CreateDirectory(string path);

    /// <summary>Opens a new, empty file for reading and writing; an existing one is emptied.</summary>
    IDiskFile Create(string path);

    /// <summary>Opens an existing file for reading and writing.</summary>
    IDiskFile Open(string path);

    /// <summary>Opens an existing file for reading.</summary>
    IDiskFile OpenRead(string path);

    /// <summary>Maps a whole existing file read-only. It stays readable after it was renamed or deleted.</summary>
    MappedFile Map(string path);

    /// <summary>True when a file (not a directory) has this path.</summary>
    bool FileExists(string path);

    /// <summary>True when a directory has this path.</summary>
    bool DirectoryExists(string path);

    /// <summary>The names (not paths) of the files in a directory, sorted by ordinal.</summary>
    string[] ListFiles(string directory);

    /// <summary>The names (not paths) of the directories in a directory, sorted by ordinal.</summary>
    string[] ListDirectories(string directory);

    /// <summary>Renames a file, replacing the target in one step.</summary>
    void Rename(string from, string to);

    /// <summary>Renames a directory with all that is in it, in one step. The target must not exist.</summary>
    void RenameDirectory(string from, string to);

    /// <summary>Deletes a file; an absent one is fine.</summary>
    void Delete(string path);

    /// <summary>Deletes an empty directory; an absent one is fine.</summary>
    void DeleteDirectory(string path);

    /// <summary>Makes a second name for a file's bytes (a hard link).</summary>
    void Link(string existing, string link);

    /// <summary>Makes the names in this directory as durable as its files.</summary>
    void SyncDirectory(string path);

    /// <summary>The room on the file system that holds this path.</summary>
    DiskSpace Space(string path);

    /// <summary>Takes the lock file, which the system frees when the process ends, however it ends.</summary>
    /// <param name="path">The lock file; made when absent, never deleted.</param>
    /// <param name="holder">When null is returned: who holds it, as its owner wrote it (a process id).</param>
    /// <returns>The lock, freed by Dispose, or null when somebody else has it.</returns>
    IDisposable? TryLock(string path, out string holder);
}

/// <summary>Bytes of a file system: all of it, and what this process may still use.</summary>
internal readonly record struct DiskSpace(long Total, long Free);

/// <summary>An open file. Not for concurrent use, except that reads may run beside each other.</summary>
internal interface IDiskFile : IDisposable
{
    long Length { get; }

    /// <summary>Reads up to the span's length; fewer only at the end of the file.</summary>
    int ReadAt(long offset, Span<byte> into);

    /// <summary>Writes all bytes, growing the file where needed.</summary>
    void WriteAt(long offset, ReadOnlySpan<byte> bytes);

    /// <summary>Makes the bytes durable, and of the metadata what is needed to read them (fdatasync).</summary>
    void SyncData();

    /// <summary>Makes bytes and metadata durable (fsync).</summary>
    void Sync();

    /// <summary>Grows the file to this length with zeros and reserves the room. False when the file system can't
    /// reserve; the file has the length then, too.</summary>
    bool Preallocate(long length);

    void SetLength(long length);

    /// <summary>Advice: these bytes were written for good and will be synced, so the disk may begin.</summary>
    void BeginSync(long offset, long length) { }

    /// <summary>From now on, or until it is taken back, writes go to the device itself: that saves a copy, and pushes
    /// nothing out of the system's cache. They must begin and end at multiples of <see cref="DirectAlignment"/>, in
    /// memory, too. False when that can't be had.</summary>
    bool TryWriteDirectly(bool isDirect) => false;

    /// <summary>See <see cref="TryWriteDirectly"/>; at least the block size of every device there is.</summary>
    public const int DirectAlignment = 4096;
}
