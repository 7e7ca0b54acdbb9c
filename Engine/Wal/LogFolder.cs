using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Native.Os;

namespace Slungd.Engine.Wal;

/// <summary>What becomes of a file once its points are flushed.</summary>
internal enum LogFileFate : byte
{
    /// <summary>The next file is made from it.</summary>
    Reuse,
    /// <summary>It is removed: the disk failed on it.</summary>
    Remove,
    /// <summary>It is put aside for a person to look at: it has a hole.</summary>
    Quarantine,
}

/// <summary>The files of the log: which are there, which of them are still needed, and which can be written anew. Any
/// thread.</summary>
/// <param name="disk">The world.</param>
/// <param name="dataDirectory">Where `wal` is.</param>
/// <param name="fileBytes">See <see cref="FileBytes"/>.</param>
internal sealed class LogFolder(IDisk disk, string dataDirectory, long fileBytes = LogFolder.DefaultFileBytes)
{
    public const long DefaultFileBytes = 64L << 20;

    /// <summary>Files kept for the next use. One is being written, one waits for its flush, one is ready.</summary>
    private const int MaxSpares = 1;

    private sealed record Kept(ulong Number, ulong Generation, long Bytes, LogFileFate Fate);

    private readonly Lock _lock = new();
    private readonly List<Kept> _kept = [];
    private readonly List<ulong> _spares = [];
    private readonly List<ulong> _leftovers = []; // could not be removed yet
    private bool _isMade; // the directory, durably

    /// <summary>A file is made this long in advance, and used again as it is: then writing into it changes no metadata,
    /// which would cost more than the points.</summary>
    public long FileBytes => fileBytes;

    public string Path { get; } = dataDirectory + "/wal";

    /// <summary>Where damaged files go once their points are safe elsewhere, for a person to look at.</summary>
    public string QuarantinePath { get; } = dataDirectory + "/quarantine";

    /// <summary>Bytes of files whose points are not flushed yet, the current one left out.</summary>
    public long KeptBytes
    {
        get
        {
            lock (_lock)
            {
                long sum = 0;
                foreach (Kept file in _kept) sum += file.Bytes;
                return sum;
            }
        }
    }

    public string PathOf(ulong number) => Path + "/" + LogFileName.Of(number);

    /// <summary>The numbers of the files there are, ascending.</summary>
    public List<ulong> List()
    {
        var numbers = new List<ulong>();
        if (!disk.DirectoryExists(Path)) return numbers;
        foreach (string name in disk.ListFiles(Path))
            if (LogFileName.TryParse(name, out ulong number)) numbers.Add(number);
        numbers.Sort();
        return numbers;
    }

    /// <summary>Makes a file to write to from its start. Its name is durable when this returns.</summary>
    public IDiskFile Begin(ulong number)
    {
        if (!_isMade)
        {
            disk.CreateDirectory(Path);
            disk.SyncDirectory(dataDirectory);
            _isMade = true;
        }
        ulong? spare = TakeSpare();
        try
        {
            return spare is { } former ? Reuse(former, number) : Create(number);
        }
        catch (DiskException)
        {
            lock (_lock) _leftovers.AddRange([number, spare ?? number]); // what is there of it, if anything
            throw;
        }
    }

    /// <summary>A file was written to its end; it stays until its generation is flushed.</summary>
    /// <param name="number">The file.</param>
    /// <param name="generation">Whose points it holds.</param>
    /// <param name="bytes">How many of its bytes are used.</param>
    /// <param name="fate">What becomes of it then.</param>
    public void Keep(ulong number, ulong generation, long bytes, LogFileFate fate)
    {
        lock (_lock) _kept.Add(new Kept(number, generation, bytes, fate));
    }

    /// <summary>A file that holds nothing needed.</summary>
    public void AddSpare(ulong number)
    {
        lock (_lock) _spares.Add(number);
    }

    /// <summary>Lets the files of these generations go: they become spares or are removed.</summary>
    /// <returns>Null, or what went wrong with one of them; it is tried again at the next call.</returns>
    public DiskException? Release(ulong throughGeneration)
    {
        lock (_lock)
        {
            DiskException? trouble = null;
            for (int i = _kept.Count - 1; i >= 0; i--)
            {
                Kept file = _kept[i];
                if (file.Generation > throughGeneration) continue;
                if (file.Fate == LogFileFate.Quarantine && !TryMoveAside(file.Number, ref trouble)) continue;
                _kept.RemoveAt(i);
                if (file.Fate == LogFileFate.Reuse) _spares.Add(file.Number);
                if (file.Fate == LogFileFate.Remove) _leftovers.Add(file.Number);
            }
            RemoveSpares(MaxSpares, ref trouble);
            return trouble;
        }
    }

    /// <summary>Removes every file that is not kept.</summary>
    public DiskException? Clear()
    {
        DiskException? trouble = null;
        lock (_lock) RemoveSpares(0, ref trouble);
        return trouble;
    }

    private IDiskFile Reuse(ulong former, ulong number)
    {
        disk.Rename(PathOf(former), PathOf(number));
        disk.SyncDirectory(Path);
        return disk.Open(PathOf(number));
    }

    private IDiskFile Create(ulong number)
    {
        IDiskFile file = disk.Create(PathOf(number));
        try
        {
            Preallocate(file);
            disk.SyncDirectory(Path);
            return file;
        }
        catch (DiskException)
        {
            file.Dispose();
            throw;
        }
    }

    private ulong? TakeSpare()
    {
        lock (_lock)
        {
            if (_spares.Count == 0) return null;
            ulong spare = _spares[^1];
            _spares.RemoveAt(_spares.Count - 1);
            return spare;
        }
    }

    private void RemoveSpares(int keep, ref DiskException? trouble)
    {
        for (; _spares.Count > keep; _spares.RemoveAt(0)) _leftovers.Add(_spares[0]);
        for (int i = _leftovers.Count - 1; i >= 0; i--)
        {
            try
            {
                disk.Delete(PathOf(_leftovers[i]));
                _leftovers.RemoveAt(i);
            }
            catch (DiskException e)
            {
                trouble = e;
            }
        }
    }

    private bool TryMoveAside(ulong number, ref DiskException? trouble)
    {
        try
        {
            disk.CreateDirectory(QuarantinePath);
            disk.Rename(PathOf(number), QuarantinePath + "/" + LogFileName.Of(number));
            disk.SyncDirectory(QuarantinePath);
            disk.SyncDirectory(Path);
            return true;
        }
        catch (DiskException e)
        {
            trouble = e;
            return false;
        }
    }

    /// <summary>At most a sixteenth of what is free; without room the file grows as it is written.</summary>
    private void Preallocate(IDiskFile file)
    {
        try
        {
            long bytes = Math.Min(fileBytes, disk.Space(Path).Free / 16) & ~(LogFormat.PageBytes - 1L);
            if (bytes > 0) file.Preallocate(bytes);
        }
        catch (DiskException e) when (e.Fault == DiskFault.NoSpace)
        {
            // Then as if there were nothing to reserve: writing tells whether there is room for the points.
        }
    }
}
