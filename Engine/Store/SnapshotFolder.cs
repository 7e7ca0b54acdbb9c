using System;
using System.Globalization;
using Slungd.Engine.Notes;
using Slungd.Engine.Segments;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>`snapshots` in a data directory. Each snapshot is a directory that has everything of a data directory but
/// the log: FORMAT, segments, tombstones, notes, workflows. Segments never change, so a second name for their files is
/// enough where the file system has hard links; elsewhere they are copied.</summary>
/// <param name="disk">The world.</param>
/// <param name="dataDirectory">The data directory.</param>
internal sealed class SnapshotFolder(IDisk disk, string dataDirectory)
{
    /// <summary>The ending while a snapshot is being made; directories with it are leftovers of a crash.</summary>
    private const string Temporary = ".tmp";

    private const int PieceBytes = 1 << 20;

    public string Path { get; } = dataDirectory + "/snapshots";

    /// <summary>A name as Prometheus gives it: time and a random number.</summary>
    public static string NameAt(DateTimeOffset time) => string.Create(CultureInfo.InvariantCulture,
        $"{time.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}-{SystemRandom.NextUInt64():x16}");

    /// <summary>Makes a snapshot. It has its name only once all of it is durable; what fails leaves nothing.</summary>
    /// <param name="name">No snapshot has it yet.</param>
    /// <param name="segments">Kept open by the caller; their files may be gone meanwhile.</param>
    /// <param name="writeTombstones">Called with the directory that their file belongs in.</param>
    /// <param name="checkRoom">Called with the bytes of a copy before it is made; throws when they are too
    /// many.</param>
    /// <exception cref="DiskException">The disk is full or failing.</exception>
    public void Make(string name, Segment[] segments, Action<string> writeTombstones, Action<long> checkRoom)
    {
        disk.CreateDirectory(Path);
        disk.SyncDirectory(dataDirectory);
        string staging = Path + "/" + name + Temporary;
        try
        {
            var target = new SegmentFolder(disk, staging);
            disk.CreateDirectory(target.Path);
            foreach (Segment segment in segments)
            {
                SegmentReader reader = segment.Reader;
                AddFile(reader.DatPath, reader.Dat, target.Path + "/" + segment.Name.Dat, checkRoom);
                AddFile(reader.IdxPath, reader.Idx, target.Path + "/" + segment.Name.Idx, checkRoom);
            }
            disk.SyncDirectory(target.Path);
            writeTombstones(staging);
            foreach (NoteFile note in NoteFile.All)
                if (disk.FileExists(dataDirectory + "/" + note.Name)) CopyFile(note.Name, staging);
            CopyWorkflows(staging + "/" + WorkflowFiles.Folder);
            CopyFile(FormatFile.Name, staging);
            disk.SyncDirectory(staging);
            disk.RenameDirectory(staging, Path + "/" + name);
            disk.SyncDirectory(Path);
        }
        catch (DiskException)
        {
            TryRemove(staging);
            TryRemove(Path + "/" + name);
            throw;
        }
    }

    /// <summary>Removes what a crash left half made.</summary>
    public DiskException? Clean()
    {
        if (!disk.DirectoryExists(Path)) return null;
        DiskException? trouble = null;
        foreach (string name in disk.ListDirectories(Path))
            if (name.EndsWith(Temporary, StringComparison.Ordinal)) trouble ??= TryRemove(Path + "/" + name);
        return trouble;
    }

    private void AddFile(string path, MappedFile bytes, string target, Action<long> checkRoom)
    {
        try
        {
            disk.Link(path, target);
        }
        catch (DiskException e) when (e.Fault is DiskFault.Denied or DiskFault.Failed or DiskFault.NotFound)
        {
            // No hard links here, or not so many of one file, or it was compacted away this moment: its bytes are
            // mapped still.
            checkRoom(bytes.Length);
            Copy(bytes, target);
        }
    }

    /// <summary>As far as it is written: of the notes any part will do.</summary>
    private void CopyFile(string name, string target)
    {
        using MappedFile file = disk.Map(dataDirectory + "/" + name);
        Copy(file, target + "/" + name);
    }

    /// <summary>Those of this moment: each is replaced by a rename, so none is half there.</summary>
    private void CopyWorkflows(string target)
    {
        string source = dataDirectory + "/" + WorkflowFiles.Folder;
        if (!disk.DirectoryExists(source)) return;
        disk.CreateDirectory(target);
        foreach (string name in disk.ListFiles(source))
        {
            if (!WorkflowFiles.Contain(name)) continue;
            try
            {
                using IDiskFile from = disk.OpenRead(source + "/" + name);
                byte[] bytes = new byte[from.Length];
                int length = from.ReadAt(0, bytes);
                using IDiskFile to = disk.Create(target + "/" + name);
                to.WriteAt(0, bytes.AsSpan(0, length));
                to.Sync();
            }
            catch (DiskException e) when (e.Fault == DiskFault.NotFound)
            {
                // Removed this moment.
            }
        }
        disk.SyncDirectory(target);
    }

    private void Copy(MappedFile bytes, string target)
    {
        using IDiskFile file = disk.Create(target);
        for (long at = 0; at < bytes.Length; at += PieceBytes)
            file.WriteAt(at, bytes.Slice(at, (int)Math.Min(PieceBytes, bytes.Length - at)));
        file.Sync();
    }

    /// <summary>Removes a directory that this class made: two levels deep.</summary>
    private DiskException? TryRemove(string directory)
    {
        try
        {
            if (!disk.DirectoryExists(directory)) return null;
            foreach (string inner in disk.ListDirectories(directory)) RemoveFlat(directory + "/" + inner);
            RemoveFlat(directory);
            return null;
        }
        catch (DiskException e)
        {
            return e; // the next start tries again
        }
    }

    private void RemoveFlat(string directory)
    {
        foreach (string file in disk.ListFiles(directory)) disk.Delete(directory + "/" + file);
        disk.DeleteDirectory(directory);
    }
}
