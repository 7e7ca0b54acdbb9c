using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Wal;
using Slungd.Native.Checks;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>Opening a data directory, and leaving it.</summary>
internal sealed partial class TimeSeriesStore
{
    public const string LockName = "LOCK";

    /// <summary>Distinct sets of series that are remembered; more are looked up again.</summary>
    private const int MaxMaps = 4096;

    private readonly Dictionary<UInt128, WeakReference<SeriesMap>> _maps = []; // by KeysHash; while opening, compacting
    private IDisposable? _lock;

    /// <summary>Opens the data directory and starts taking writes. Call once.</summary>
    /// <param name="startBackground">False: somebody calls <see cref="Step"/> instead.</param>
    /// <exception cref="StoreOpenException">The directory is in use, was made for something else, or has a damaged log
    /// that must not be read on.</exception>
    /// <exception cref="SegmentVersionException">It holds segments of a newer program.</exception>
    /// <exception cref="DiskException">It can't be read or written.</exception>
    public void Open(bool startBackground = true)
    {
        Invariant.Check(_phase == Phase.Recovering);
        if (_options.DataDirectory is { } directory) Recover(directory);
        else Precision = _options.Precision ?? Precision.Microseconds;
        _phase = Phase.Running;
        if (_folder is null || !startBackground) return;
        _wal?.Start();
        _background = new Thread(RunBackground) { Name = "flush", IsBackground = true };
        _background.Start();
        if (!_options.CompactionEnabled) return;
        _compaction = new Thread(RunCompaction)
        {
            Name = "compact", IsBackground = true, Priority = ThreadPriority.BelowNormal,
        };
        _compaction.Start();
    }

    /// <summary>Refuses further writes and writes everything in memory to segments, or if that fails to the log. Call
    /// when the writers are gone.</summary>
    /// <returns>False when points are lost.</returns>
    public bool Stop()
    {
        if (_phase is Phase.Stopping or Phase.Stopped) return true;
        bool wasRunning = _phase == Phase.Running;
        _phase = Phase.Stopping;
        _wake.Set();
        _compactWake.Set();
        _background?.Join();
        _compaction?.Join();
        lock (_compactLock) { } // one on demand ends at its next page
        if (!wasRunning) return true;
        Exception? trouble = TryFlushAll();
        bool isLogged = _wal?.Stop(isFlushed: trouble is null) ?? false;
        if (MissingDirectory() is { } missing)
        {
            EngineLog.StoppedWithoutDirectory(_log, missing);
            return false;
        }
        if (trouble is null) return true;
        long points = Statistics().MemtablePoints;
        if (isLogged) EngineLog.PointsLeftInLog(_log, points, trouble.Message);
        else EngineLog.PointsLost(_log, points, trouble.Message);
        return isLogged;
    }

    private Exception? TryFlushAll()
    {
        try
        {
            // Twice: what a late writer put into the successor of the first.
            Flush();
            Flush();
            return null;
        }
        catch (Exception e) when (e is DiskException or SegmentCorruptException)
        {
            return e;
        }
    }

    /// <summary>Stops, and gives everything back. Views must be gone.</summary>
    public void Dispose()
    {
        if (_phase == Phase.Stopped) return;
        Stop();
        _phase = Phase.Stopped;
        _wal?.Dispose();
        _state.Active.SealAndSwap(null); // a writer that comes still is turned away
        _state.Release();
        _registry.Dispose();
        _arena.Dispose();
        _lock?.Dispose();
        _wake.Dispose();
        _roomMade.Dispose();
        _compactWake.Dispose();
    }

    private void Recover(string directory)
    {
        CreateDurably(directory);
        _lock = _disk.TryLock(directory + "/" + LockName, out string holder) ?? throw new StoreOpenException(
            $"{directory} is in use by process {holder}: stop it, or choose another directory with --data");
        Precision = FormatFile.OpenOrCreate(_disk, directory, _options.Precision);
        _state.Active.FutureBound = FutureBound();
        _folder = new SegmentFolder(_disk, directory);
        CreateDurably(_folder.Path);
        List<Segment> segments = OpenSegments(_folder.Clean(out _lastNumber, out List<SegmentName> lost));
        foreach (SegmentName name in lost)
        {
            string dat = _folder.Path + "/" + name.Dat;
            ReportQuarantine(name, new SegmentCorruptException(dat, SegmentFolder.IndexIsGone));
        }
        DropCompacted(segments);
        segments.Sort(StoreState.ByAge);
        long points = 0;
        foreach (Segment segment in segments)
        {
            _lastSequence = Math.Max(_lastSequence, segment.Sequence);
            if (_options.Retention is not null)
                _newestSealed = Math.Max(_newestSealed, segment.NewestThrough(FutureBound()));
            _logThrough = Math.Max(_logThrough, segment.Reader.Footer.LogThrough);
            points += segment.Reader.Footer.Rows;
        }
        TombstoneSet tombstones = ReadTombstones(directory, segments);
        lock (_stateLock) Publish(new StoreState(_state.Active, [], [.. segments], tombstones));
        foreach (Segment segment in segments) segment.Release(); // the state holds them now
        EngineLog.StoreOpened(_log, directory, segments.Count, points, _registry.Count, Precision.ToText());
        var snapshots = new SnapshotFolder(_disk, directory);
        if (snapshots.Clean() is { } trouble) EngineLog.CleanupFailed(_log, snapshots.Path, trouble.Message);
        lock (_flushLock) OpenLog(directory);
        GuardDisk();
    }

    /// <summary>Makes a directory and its parents so that a power cut does not take them, and all that is in them,
    /// away. One that is there may have been made by a process that died before it came to the sync.</summary>
    private void CreateDurably(string directory)
    {
        string? parent = Path.GetDirectoryName(directory.TrimEnd('/'));
        if (!string.IsNullOrEmpty(parent) && !_disk.DirectoryExists(parent)) CreateDurably(parent);
        _disk.CreateDirectory(directory);
        try
        {
            _disk.SyncDirectory(string.IsNullOrEmpty(parent) ? "." : parent);
        }
        catch (DiskException e) when (e.Fault == DiskFault.Denied)
        {
            // We may make directories in the parent, but not open it; its owner has to care.
        }
    }

    private List<Segment> OpenSegments(List<SegmentName> names)
    {
        names.Sort(static (a, b) => a.Number.CompareTo(b.Number));
        var segments = new List<Segment>(names.Count);
        foreach (SegmentName name in names)
        {
            SegmentReader? reader = null;
            try
            {
                reader = SegmentReader.Open(_disk, _folder!.Path, name);
                segments.Add(new Segment(name, reader, MapOf(reader)));
            }
            catch (SegmentCorruptException e)
            {
                reader?.Dispose();
                ReportQuarantine(name, e);
            }
        }
        return segments;
    }

    /// <summary>Gives the segment's series their ids. Most segments of a store hold the same series as another one:
    /// those are not even read.</summary>
    private SeriesMap MapOf(SegmentReader reader)
    {
        if (reader.Footer.Precision != Precision)
            throw new SegmentCorruptException(reader.IdxPath, "its timestamps are of another precision");
        UInt128 hash = reader.Footer.KeysHash;
        if (_maps.TryGetValue(hash, out WeakReference<SeriesMap>? known) && known.TryGetTarget(out SeriesMap? map))
            return map;
        if (_maps.Count >= MaxMaps) _maps.Clear();
        map = Resolve(reader);
        _maps[hash] = new WeakReference<SeriesMap>(map);
        return map;
    }

    private SeriesMap Resolve(SegmentReader reader)
    {
        var ids = new SeriesId[reader.SeriesCount];
        int hidden = 0;
        for (int i = 0; i < ids.Length; i++)
        {
            reader.ReadSeries(i, out SeriesEntry entry);
            RefusalCode code = _registry.ResolveCanonical(reader.KeyOf(in entry), entry.Family, out ids[i]);
            if (code == RefusalCode.Malformed)
                throw new SegmentCorruptException(reader.IdxPath, $"the key of series {i} is not canonical");
            if (code != RefusalCode.None) throw TooManySeries();
            if (_registry.FamilyOf(ids[i]) == entry.Family) continue;
            ids[i] = SeriesId.None;
            hidden++;
        }
        if (hidden > 0) EngineLog.SeriesHidden(_log, reader.IdxPath, hidden);
        return SeriesMap.Of(ids);
    }

    private StoreOpenException TooManySeries() => new(_registry.Count >= _options.Limits.MaxSeries
        ? $"{_options.DataDirectory} holds more than {_options.Limits.MaxSeries} series: raise the limit"
        : $"the series of {_options.DataDirectory} do not fit in memory: give the daemon more");
}
