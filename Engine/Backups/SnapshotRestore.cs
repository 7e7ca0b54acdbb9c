using System;
using System.Collections.Generic;
using Slungd.Engine.Notes;
using Slungd.Engine.Segments;
using Slungd.Engine.Store;
using Slungd.Native.Os;

namespace Slungd.Engine.Backups;

/// <summary>Makes a data directory of a snapshot, as a copy: nothing of the snapshot is touched or shared. FORMAT comes
/// last, since without it no daemon takes the directory for its own: a restore that was interrupted can't be
/// mistaken for one that was not.</summary>
/// <param name="disk">The world.</param>
/// <param name="snapshot">Sound: somebody has verified it.</param>
/// <param name="target">Absent or empty.</param>
internal sealed class SnapshotRestore(IDisk disk, string snapshot, string target)
{
    private const int PieceBytes = 1 << 20;

    /// <summary>What a file system puts into its root by itself.</summary>
    private const string LostAndFound = "lost+found";

    private readonly List<string> _made = []; // files, to be removed when it fails
    private readonly byte[] _piece = new byte[PieceBytes];

    /// <summary>Bytes to copy, and bytes copied; may be watched by another thread.</summary>
    public long BytesTotal { get; private set; }

    /// <inheritdoc cref="BytesTotal"/>
    public long BytesDone { get; private set; }

    /// <summary>Says what speaks against it, before anything is done.</summary>
    /// <exception cref="StoreOpenException">See its message.</exception>
    /// <exception cref="DiskException">A directory can't be read.</exception>
    public void Check()
    {
        if (!disk.FileExists(snapshot + "/" + FormatFile.Name))
            throw new StoreOpenException($"{snapshot} is no snapshot: it has no {FormatFile.Name}");
        string log = snapshot + "/wal";
        if (disk.DirectoryExists(log) && disk.ListFiles(log).Length > 0)
        {
            throw new StoreOpenException($"{snapshot} is a data directory with points in its log, not a snapshot: " +
                "make a snapshot of it with `slungd snapshot`");
        }
        if (!disk.DirectoryExists(target)) return;
        bool isEmpty = disk.ListFiles(target).Length == 0 &&
            Array.TrueForAll(disk.ListDirectories(target), static name => name == LostAndFound);
        if (!isEmpty) throw new StoreOpenException($"{target} is not empty: restore into a new directory");
    }

    /// <summary>Copies everything, durably. What fails leaves at most empty directories.</summary>
    /// <exception cref="StoreOpenException">Somebody else took the target meanwhile.</exception>
    /// <exception cref="DiskException">The disk is full or failing.</exception>
    public void Run()
    {
        var from = new SegmentFolder(disk, snapshot);
        var to = new SegmentFolder(disk, target);
        disk.CreateDirectory(to.Path);
        using IDisposable held = disk.TryLock(target + "/" + TimeSeriesStore.LockName, out string holder) ??
            throw new StoreOpenException($"{target} is in use by process {holder}");
        try
        {
            List<string> segments = Segments(from.Path);
            CheckRoom(from.Path, segments);
            foreach (string file in segments) Copy(from.Path + "/" + file, to.Path + "/" + file);
            disk.SyncDirectory(to.Path);
            CopyIfThere(TombstoneFile.Name);
            foreach (NoteFile note in NoteFile.All) CopyIfThere(note.Name);
            CopyWorkflows();
            disk.SyncDirectory(target);
            string format = target + "/" + FormatFile.Name;
            Copy(snapshot + "/" + FormatFile.Name, format + ".tmp");
            disk.Rename(format + ".tmp", format);
            disk.SyncDirectory(target);
            if (System.IO.Path.GetDirectoryName(target) is { Length: > 0 } parent) disk.SyncDirectory(parent);
        }
        catch (DiskException)
        {
            Remove();
            throw;
        }
    }

    private List<string> Segments(string folder)
    {
        var files = new List<string>();
        if (!disk.DirectoryExists(folder)) return files;
        foreach (string file in disk.ListFiles(folder)) if (SegmentName.TryParse(file, out _, out _)) files.Add(file);
        return files;
    }

    private void CheckRoom(string folder, List<string> files)
    {
        long bytes = 0;
        foreach (string name in files)
        {
            using IDiskFile file = disk.OpenRead(folder + "/" + name);
            bytes += file.Length;
        }
        BytesTotal = bytes;
        long free = disk.Space(target).Free;
        if (free >= bytes) return;
        throw new DiskException(DiskFault.NoSpace,
            $"the snapshot has {bytes >> 20} MiB, and {free >> 20} MiB are free at {target}");
    }

    private void CopyWorkflows()
    {
        string source = snapshot + "/" + WorkflowFiles.Folder, copy = target + "/" + WorkflowFiles.Folder;
        if (!disk.DirectoryExists(source)) return;
        disk.CreateDirectory(copy);
        foreach (string name in disk.ListFiles(source))
            if (WorkflowFiles.Contain(name)) Copy(source + "/" + name, copy + "/" + name);
        disk.SyncDirectory(copy);
    }

    private void CopyIfThere(string name)
    {
        if (disk.FileExists(snapshot + "/" + name)) Copy(snapshot + "/" + name, target + "/" + name);
    }

    private void Copy(string from, string to)
    {
        using IDiskFile source = disk.OpenRead(from);
        using IDiskFile file = disk.Create(to);
        _made.Add(to);
        for (long at = 0; at < source.Length;)
        {
            int count = source.ReadAt(at, _piece);
            if (count == 0) throw new DiskException(DiskFault.Failed, $"can't read {from}: it became shorter");
            file.WriteAt(at, _piece.AsSpan(0, count));
            at += count;
            BytesDone += count;
        }
        file.Sync();
    }

    private void Remove()
    {
        try
        {
            foreach (string path in _made) disk.Delete(path);
        }
        catch (DiskException)
        {
            // The first failure is what the caller hears of; without FORMAT the rest does no harm.
        }
    }
}
