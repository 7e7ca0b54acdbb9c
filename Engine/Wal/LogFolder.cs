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

    /// <summary>Files kept for the next use. One is being written, one waits for its flush, one is ready. They have
    /// another name meanwhile: nothing may ever take them for a part of the log again.</summary>
    private const int MaxSpares = 1;

    private sealed record Kept(ulong Number, ulong Generation, long Bytes, LogFileFate Fate);

    private readonly Lock _lock = new();
    private readonly List<Kept> _kept = [];
    private readonly List<Kept> _obsolete = []; // to be removed or made spare
    private readonly List<string> _spares = []; // paths
    private bool _isMade; // the directory, durably
    private bool _isChanged; // names were taken away, not durably yet

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

    /// <summary>The highest number that any file had when the folder was opened. What was written under a number may
    /// still be in a spare file, so none up to this one must be used again.</summary>
    public ulong HighestNumber { get; private set; }

    public string PathOf(ulong number) => Path + "/" + LogFileName.Of(number);

    /// <summary>Finds what is there: returns the numbers of the log's files, ascending, and takes note of the spare
    /// ones.</summary>
    public List<ulong> Open()
    {
        var numbers = new List<ulong>();
        if (!disk.DirectoryExists(Path)) return numbers;
        foreach (string name in disk.ListFiles(Path))
        {
            if (LogFileName.TryParse(name, out ulong number)) numbers.Add(number);
            else if (LogFileName.TryParseSpare(name, out number)) _spares.Add(Path + "/" + name);
            HighestNumber = Math.Max(HighestNumber, number);
        }
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
        try
        {
            return TakeSpare() is { } spare ? Reuse(spare, number) : Create(number);
        }
        catch (DiskException)
        {
            Drop(number, LogFileFate.Remove); // what is there of it, if anything
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

    /// <summary>A file holds nothing needed; it goes at the next <see cref="Release"/>.</summary>
    public void Drop(ulong number, LogFileFate fate)
    {
        lock (_lock) _obsolete.Add(new Kept(number, 0, 0, fate));
    }

    /// <summary>Lets the files of these generations go: they become spares or are removed, durably.</summary>
    /// <returns>Null, or what went wrong with one of them; it is tried again at the next call.</returns>
    public DiskException? Release(ulong throughGeneration) => Release(throughGeneration, MaxSpares);

    /// <summary>Removes every file that is not kept.</summary>
    public DiskException? Clear() => Release(0, maxSpares: 0);

    private DiskException? Release(ulong throughGeneration, int maxSpares)
    {
        lock (_lock)
        {
            DiskException? trouble = null;
            for (int i = _kept.Count - 1; i >= 0; i--)
            {
                if (_kept[i].Generation > throughGeneration) continue;
                _obsolete.Add(_kept[i]);
                _kept.RemoveAt(i);
            }
            for (int i = _obsolete.Count - 1; i >= 0; i--)
            {
                Kept file = _obsolete[i];
                if (Try(() => Retire(file, maxSpares), ref trouble)) _obsolete.RemoveAt(i);
            }
            for (; _spares.Count > maxSpares; _spares.RemoveAt(_spares.Count - 1))
            {
                _isChanged = true;
                if (!Try(() => disk.Delete(_spares[^1]), ref trouble)) break;
            }
            if (_isChanged && Try(() => disk.SyncDirectory(Path), ref trouble)) _isChanged = false;
            return trouble;
        }
    }

    private void Retire(Kept file, int maxSpares)
    {
        _isChanged = true;
        string path = PathOf(file.Number);
        if (file.Fate == LogFileFate.Quarantine)
        {
            disk.CreateDirectory(QuarantinePath);
            disk.Rename(path, QuarantinePath + "/" + LogFileName.Of(file.Number));
            disk.SyncDirectory(QuarantinePath);
        }
        else if (file.Fate == LogFileFate.Reuse && _spares.Count < maxSpares)
        {
            string spare = Path + "/" + LogFileName.SpareOf(file.Number);
            disk.Rename(path, spare);
            _spares.Add(spare);
        }
        else disk.Delete(path);
    }

    private static bool Try(Action run, ref DiskException? trouble)
    {
        try
        {
            run();
            return true;
        }
        catch (DiskException e)
        {
            trouble = e;
            return false;
        }
    }

    private string? TakeSpare()
    {
        lock (_lock)
        {
            if (_spares.Count == 0) return null;
            string spare = _spares[^1];
            _spares.RemoveAt(_spares.Count - 1);
            return spare;
        }
    }

    private IDiskFile Reuse(string spare, ulong number)
    {
        try
        {
            disk.Rename(spare, PathOf(number));
        }
        catch (DiskException)
        {
            lock (_lock) _spares.Add(spare);
            throw;
        }
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
