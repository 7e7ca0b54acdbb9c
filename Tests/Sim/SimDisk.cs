using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Native.Os;

namespace Slungd.Tests.Sim;

/// <summary>
/// A disk in memory that fails as real ones do, the same way each time for one seed. It keeps apart what the process
/// sees, what is durable, and what lies between: at a power cut each sector and each name in between is lost or kept
/// for itself.
/// <code>
/// var disk = new SimDisk(seed);
/// disk.CrashAtCall = 17;               // the 17th call that changes something ends in SimCrashException
/// ... run the product until it throws ...
/// disk.Restart(SimCrash.PowerCut);     // every open file is dead; names and bytes are what survived
/// </code>
/// Calls are counted; a crash hits in the middle of one: before it, after it, or with part of it done. When the process
/// is killed in a write, whole pages are written or not. Any thread.
/// </summary>
internal sealed class SimDisk(ulong seed) : IDisk
{
    private readonly Lock _lock = new();
    private readonly SimRandom _random = new(seed);
    private readonly SimDirectory _names = new();
    private readonly HashSet<string> _locks = new(StringComparer.Ordinal);
    private int _life; // files opened in another one are dead
    private string? _crashedAt;

    /// <summary>Calls that change something, so far.</summary>
    public long Calls { get; private set; }

    /// <summary>The call in which the machine goes down; 0: none.</summary>
    public long CrashAtCall { get; set; }

    public SimFaults Faults { get; set; } = SimFaults.None;

    /// <summary>The size of the disk; beyond it writes fail with ENOSPC.</summary>
    public long Capacity { get; set; } = long.MaxValue / 2;

    /// <summary>Write calls so far.</summary>
    public long Writes { get; private set; }

    /// <summary>Bytes the device is given: 4 KiB for each page that was clean when it was written to.</summary>
    public long DeviceBytes { get; private set; }

    public long Syncs { get; private set; }

    /// <summary>Every operation with its path, while not null.</summary>
    public List<string>? Trace { get; set; }

    public bool IsDown => _crashedAt is not null;

    /// <summary>Paths of all files.</summary>
    public string[] AllFiles
    {
        get { lock (_lock) return [.. _names.Files]; }
    }

    /// <summary>Brings the machine up again after a crash, or after the test's own decision that now is the
    /// time.</summary>
    public void Restart(SimCrash kind)
    {
        lock (_lock)
        {
            _life++;
            _locks.Clear();
            _crashedAt = null;
            CrashAtCall = 0;
            if (kind == SimCrash.Kill) return;
            _names.CutPower(_random);
            foreach (string path in AllFiles) _names.Find(path)!.CutPower(_random);
        }
    }

    /// <summary>The process dies now: from here on every call ends in SimCrashException, until the restart.</summary>
    public void GoDown()
    {
        lock (_lock) _crashedAt ??= "the end";
    }

    /// <summary>Damages a byte, unnoticed by anybody.</summary>
    public void Flip(string path, long offset, byte mask)
    {
        lock (_lock) Get("flip", path).Flip(offset, mask);
    }

    /// <summary>A file's bytes as the process would read them.</summary>
    public byte[] ReadAll(string path)
    {
        lock (_lock)
        {
            SimInode inode = Get("read", path);
            byte[] bytes = new byte[inode.Length];
            inode.Read(0, bytes);
            return bytes;
        }
    }

    public void CreateDirectory(string path) => Change("create directory", path, 0, () => _names.AddDirectory(path));

    public IDiskFile Create(string path)
    {
        SimInode? inode = null;
        Change("create", path, Faults.Name, () =>
        {
            if (!_names.HasDirectory(SimDirectory.ParentOf(path))) throw Fail(DiskFault.NotFound, "create", path);
            if (_names.Find(path) is { } existing)
            {
                inode = existing;
                existing.SetLength(0);
            }
            else _names.Set((path, inode = new SimInode()));
        });
        return new SimFile(this, inode!, path, _life);
    }

    public IDiskFile Open(string path)
    {
        lock (_lock)
        {
            CheckUp("open", path);
            return new SimFile(this, Get("open", path), path, _life);
        }
    }

    public IDiskFile OpenRead(string path) => Open(path);

    public MappedFile Map(string path)
    {
        lock (_lock)
        {
            CheckUp("map", path);
            if (Strikes(Faults.Read, path)) throw Fail(DiskFault.Failed, "map", path);
            return MappedFile.Copy(ReadAll(path));
        }
    }

    public bool FileExists(string path)
    {
        lock (_lock)
        {
            CheckUp("look for", path);
            return _names.Find(path) is not null;
        }
    }

    public bool DirectoryExists(string path)
    {
        lock (_lock)
        {
            CheckUp("look for", path);
            return _names.HasDirectory(path);
        }
    }

    public string[] ListFiles(string directory) => List(directory, directories: false);

    public string[] ListDirectories(string directory) => List(directory, directories: true);

    public void Rename(string from, string to) => Change("rename", from, Faults.Name,
        () => _names.Set((from, null), (to, Get("rename", from))));

    public void RenameDirectory(string from, string to) => Change("rename", from, Faults.Name, () =>
    {
        if (!_names.HasDirectory(from)) throw Fail(DiskFault.NotFound, "rename", from);
        if (_names.HasDirectory(to)) throw Fail(DiskFault.Exists, "rename", from);
        _names.MoveDirectory(from, to);
    });

    public void DeleteDirectory(string path) => Change("delete", path, Faults.Name, () =>
    {
        bool isEmpty = _names.List(path, directories: false).Count + _names.List(path, directories: true).Count == 0;
        if (!isEmpty) throw Fail(DiskFault.Failed, "delete", path);
        _names.RemoveDirectory(path);
    });

    public void Delete(string path) => Change("delete", path, Faults.Name, () =>
    {
        if (_names.Find(path) is not null) _names.Set((path, null));
    });

    public void Link(string existing, string link) => Change("link", existing, Faults.Name, () =>
    {
        if (_names.Find(link) is not null) throw Fail(DiskFault.Exists, "link", link);
        _names.Set((link, Get("link", existing)));
    });

    public void SyncDirectory(string path) => Change("sync directory", path, Faults.Sync, () =>
    {
        if (!_names.HasDirectory(path)) throw Fail(DiskFault.NotFound, "sync directory", path);
        _names.Sync(path);
    });

    public DiskSpace Space(string path)
    {
        lock (_lock)
        {
            CheckUp("measure", path);
            return new DiskSpace(Capacity, Math.Max(0, Capacity - UsedBytes()));
        }
    }

    public IDisposable? TryLock(string path, out string holder)
    {
        lock (_lock)
        {
            CheckUp("lock", path);
            holder = "1";
            return _locks.Add(path) ? new Holder(this, path, _life) : null;
        }
    }

    private string[] List(string directory, bool directories)
    {
        lock (_lock)
        {
            CheckUp("list", directory);
            if (!_names.HasDirectory(directory)) throw Fail(DiskFault.NotFound, "list", directory);
            return [.. _names.List(directory, directories)];
        }
    }

    /// <summary>One call that changes something, which may be the one that the machine goes down in.</summary>
    private void Change(string operation, string path, double faultRate, Action run)
    {
        lock (_lock)
        {
            bool isLast = Begin(operation, path);
            bool isDone = !isLast || _random.OneIn(2);
            try
            {
                if (isDone && Strikes(faultRate, path)) throw Fail(DiskFault.Failed, operation, path);
                if (isDone) run();
            }
            catch (DiskException) when (isLast)
            {
                // nobody is there any more to hear of it
            }
            if (isLast) Crash(operation, path);
        }
    }

    /// <summary>True when the machine goes down in this call.</summary>
    private bool Begin(string operation, string path)
    {
        CheckUp(operation, path);
        Trace?.Add(operation + " " + path);
        return ++Calls == CrashAtCall;
    }

    private void Crash(string operation, string path)
    {
        _crashedAt = operation + " " + path;
        throw new SimCrashException(_crashedAt);
    }

    private void CheckUp(string operation, string path)
    {
        if (_crashedAt is not null) throw new SimCrashException($"{_crashedAt} (then came {operation} {path})");
    }

    private bool Strikes(double rate, string path) => Faults.Where?.Invoke(path) != false && _random.Chance(rate);

    private SimInode Get(string operation, string path) =>
        _names.Find(path) ?? throw Fail(DiskFault.NotFound, operation, path);

    private long UsedBytes()
    {
        long sum = 0;
        foreach (SimInode inode in _names.Inodes) sum += inode.UsedBytes;
        return sum;
    }

    private static DiskException Fail(DiskFault fault, string operation, string path) =>
        new(fault, $"can't {operation} {path}: simulated {fault}");

    private sealed class Holder(SimDisk disk, string path, int life) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._lock)
                if (life == disk._life) disk._locks.Remove(path);
        }
    }

    private sealed class SimFile(SimDisk disk, SimInode inode, string path, int life) : IDiskFile
    {
        public long Length
        {
            get
            {
                lock (disk._lock)
                {
                    CheckAlive("measure");
                    return inode.Length;
                }
            }
        }

        public int ReadAt(long offset, Span<byte> into)
        {
            lock (disk._lock)
            {
                CheckAlive("read");
                if (disk.Strikes(disk.Faults.Read, path)) throw Fail(DiskFault.Failed, "read", path);
                int count = (int)Math.Clamp(inode.Length - offset, 0, into.Length);
                if (count > 0 && disk.Strikes(disk.Faults.ShortRead, path)) count = disk._random.Below(count);
                inode.Read(offset, into[..count]);
                return count;
            }
        }

        public void WriteAt(long offset, ReadOnlySpan<byte> bytes)
        {
            lock (disk._lock)
            {
                CheckAlive("write");
                bool isLast = disk.Begin("write", path);
                bool fails = !isLast && disk.Strikes(disk.Faults.Write, path);
                long growth = inode.GrowthBytes(offset, bytes.Length);
                if (!isLast && !fails && growth > 0 && growth > disk.Capacity - disk.UsedBytes())
                    throw Fail(DiskFault.NoSpace, "write", path);
                disk.Writes++;
                if (isLast || fails) bytes = bytes[..PartOf(offset, bytes.Length)];
                if (bytes.Length > 0) disk.DeviceBytes += SimPages.PageBytes * (long)inode.Write(offset, bytes);
                if (isLast) disk.Crash("write", path);
                if (fails) throw Fail(DiskFault.Failed, "write", path);
            }
        }

        public void SyncData()
        {
            lock (disk._lock)
            {
                CheckAlive("sync");
                bool isLast = disk.Begin("sync", path);
                disk.Syncs++;
                if (isLast)
                {
                    if (disk._random.OneIn(2)) inode.Sync();
                    disk.Crash("sync", path);
                }
                if (disk.Strikes(disk.Faults.Sync, path))
                {
                    inode.ForgetChanges();
                    throw Fail(DiskFault.Failed, "sync", path);
                }
                inode.Sync();
            }
        }

        public void Sync() => SyncData();

        public bool Preallocate(long length)
        {
            lock (disk._lock)
            {
                CheckAlive("reserve room for");
                bool isLast = disk.Begin("reserve room for", path);
                if (length - inode.UsedBytes > disk.Capacity - disk.UsedBytes())
                    throw Fail(DiskFault.NoSpace, "reserve room for", path);
                inode.Reserve(length);
                if (isLast) disk.Crash("reserve room for", path);
                return true;
            }
        }

        public void SetLength(long length)
        {
            lock (disk._lock)
            {
                CheckAlive("set the length of");
                bool isLast = disk.Begin("set the length of", path);
                inode.SetLength(length);
                if (isLast) disk.Crash("set the length of", path);
            }
        }

        public void Dispose()
        {
            // Nothing is held: closing a file makes nothing durable.
        }

        private void CheckAlive(string operation)
        {
            disk.CheckUp(operation, path);
            if (life != disk._life) throw new SimCrashException($"{operation} {path}, opened before the restart");
        }

        /// <summary>How much of a write was done: up to the end of some page.</summary>
        private int PartOf(long offset, int length)
        {
            long firstEnd = (offset / SimPages.PageBytes + 1) * SimPages.PageBytes - offset;
            if (length <= firstEnd) return disk._random.OneIn(2) ? length : 0;
            long pages = (offset + length + SimPages.PageBytes - 1) / SimPages.PageBytes - offset / SimPages.PageBytes;
            int done = disk._random.Between(0, (int)pages);
            return done == 0 ? 0 : (int)Math.Min(length, firstEnd + (done - 1L) * SimPages.PageBytes);
        }
    }
}
