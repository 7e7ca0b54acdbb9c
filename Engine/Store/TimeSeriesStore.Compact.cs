using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>
/// Compaction, on a thread of its own so that no flush waits for it. The output gets its names first, then takes the
/// place of its sources in the state in one step, then the sources' files are removed. Its footer names the sources: at
/// the next start those that a crash left are removed. Until they are gone nothing else is compacted, or else the
/// output that names them might be gone before them.
/// </summary>
internal sealed partial class TimeSeriesStore
{
    /// <summary>An output spans at most this part of the retention, so that old points go in time.</summary>
    private const int SpansPerRetention = 8;

    private static readonly TimeSpan s_compactionRetry = TimeSpan.FromSeconds(30);

    private readonly Lock _compactLock = new();
    private readonly AutoResetEvent _compactWake = new(false);
    private readonly List<SegmentName> _compacted = []; // not in the state any more, files not removed yet
    private Thread? _compaction;
    private SegmentMerger? _merger; // made for the first compaction: its buffers are large
    private long _compactions, _compactionFailures, _compactionTicks, _compactionBytesIn, _compactionBytesOut;

    /// <summary>Merges segments until there are as few as there may be. Meant for people: it rewrites more than the
    /// background would, at full speed.</summary>
    /// <param name="cancellation">Ends it after the merge that is going on.</param>
    /// <exception cref="DiskException">That failed, or there is no room; everything is as before, or further.
    /// </exception>
    /// <exception cref="SegmentCorruptException">A segment is corrupt, and was moved to quarantine.</exception>
    public void Compact(CancellationToken cancellation = default)
    {
        while (!cancellation.IsCancellationRequested && CompactOnce(isForced: true, isPaced: false)) { }
    }

    /// <summary>One compaction, if one is due.</summary>
    internal bool CompactOnce(bool isForced, bool isPaced)
    {
        lock (_compactLock)
        {
            if (_folder is null || _phase != Phase.Running) return false;
            RemoveCompacted();
            StoreState state = AcquireState();
            try
            {
                long oldest = _options.Retention is null ? long.MinValue : CurrentBounds(state.Active).Oldest;
                CompactionPlan plan = Plan(state.Segments, oldest, isForced);
                return !plan.IsNone &&
                    Compact(state.Segments[plan.Start..(plan.Start + plan.Count)], plan.Level, oldest, isPaced);
            }
            catch (SegmentCorruptException e)
            {
                foreach (Segment segment in state.Segments)
                    if (segment.Reader.DatPath == e.File) Quarantine(segment, e);
                throw;
            }
            finally
            {
                state.Release();
            }
        }
    }

    private void RunCompaction()
    {
        BackgroundPriority.Enter();
        TimeSpan wait = s_look;
        while (_phase == Phase.Running)
        {
            _compactWake.WaitOne(wait);
            try
            {
                while (CompactOnce(isForced: false, isPaced: true)) { }
                wait = s_look;
            }
            catch (Exception e) when (e is DiskException or SegmentCorruptException or OutOfMemoryException)
            {
                Interlocked.Increment(ref _compactionFailures);
                _lastError = e.Message;
                EngineLog.CompactionFailed(_log, e.Message);
                wait = s_compactionRetry;
            }
        }
    }

    private CompactionPlan Plan(Segment[] segments, long oldest, bool isForced)
    {
        var sources = new CompactionSource[segments.Length];
        ulong later = ulong.MaxValue; // where the writes of the segments behind begin
        for (int i = sources.Length - 1; i >= 0; i--)
        {
            Segment segment = segments[i];
            ulong first = segment.Reader.Footer.FirstSequence;
            // Ranges of flushes overlap only when somebody put files back: those are read, but have no neighbours.
            bool isApart = segment.Sequence < later && (i == 0 || segments[i - 1].Sequence < first);
            later = Math.Min(later, first);
            // Of a key with two value families one is hidden: merged, it would be gone. What is about to be removed
            // by age is not worth the work.
            bool mayMove = isApart && segment.IsWhole && segment.MaxTimestamp >= oldest;
            sources[i] = new CompactionSource(segment.Name.Level, segment.Reader.BytesOnDisk, segment.MinTimestamp,
                segment.MaxTimestamp, mayMove);
        }
        ulong span = _options.Retention is { } retention
            ? (ulong)(retention.TotalSeconds * Precision.PerSecond()) / SpansPerRetention : ulong.MaxValue;
        return CompactionPolicy.Choose(sources, _options.CompactionMaxBytes, span, isForced);
    }

    private bool Compact(Segment[] sources, int level, long oldest, bool isPaced)
    {
        long start = _clock.GetTimestamp();
        long bytesIn = 0;
        foreach (Segment segment in sources) bytesIn += segment.Reader.BytesOnDisk;
        CheckRoomFor(bytesIn);
        SegmentName name = NameOutput(level, out long now);
        _merger ??= new SegmentMerger(_disk, _folder!,
            new SegmentSettings(Precision, _options.PagePoints, _options.Timestamps));
        bool isDone = _merger.Merge(sources, name, now, new TimeRange(oldest, long.MaxValue),
            bytes => _phase == Phase.Running && (!isPaced || KeepPace(bytes, start)));
        if (!isDone) return false;
        Segment output = OpenOutput(name, sources[^1]);
        long bytesOut = output.Reader.BytesOnDisk;
        if (!Replace(sources, output)) return false;
        _compactions++;
        _compactionBytesIn += bytesIn;
        _compactionBytesOut += bytesOut;
        long ticks = _clock.GetTimestamp() - start;
        _compactionTicks += ticks;
        EngineLog.Compacted(_log, sources.Length, bytesIn, name.ToString(), bytesOut,
            ticks * 1000 / _clock.TimestampFrequency);
        RemoveCompacted();
        return true;
    }

    /// <summary>Swaps the state. A source that was taken out meanwhile, corrupt or expired, must not come back: the
    /// output is dropped then.</summary>
    private bool Replace(Segment[] sources, Segment output)
    {
        bool isReplaced;
        lock (_stateLock)
        {
            StoreState? next = _state.AfterCompaction(sources, output);
            isReplaced = next is not null;
            if (next is not null) Publish(next);
        }
        output.Release(); // the state holds it now, or nobody
        if (isReplaced) foreach (Segment segment in sources) _compacted.Add(segment.Name);
        else _compacted.Add(output.Name);
        return isReplaced;
    }

    private Segment OpenOutput(SegmentName name, Segment like)
    {
        SegmentReader? reader = null;
        try
        {
            reader = SegmentReader.Open(_disk, _folder!.Path, name);
            return new Segment(name, reader, MapOf(reader, like));
        }
        catch
        {
            reader?.Dispose();
            _folder!.Delete(name); // its sources are still there
            throw;
        }
    }

    private SegmentName NameOutput(int level, out long now)
    {
        lock (_flushLock)
        {
            now = (_clock.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
            _lastNumber = Math.Max(_lastNumber + 1, (ulong)Math.Max(0, now));
            return new SegmentName(level, _lastNumber);
        }
    }

    private void CheckRoomFor(long bytes)
    {
        DiskSpace space = _disk.Space(_options.DataDirectory!);
        if (space.Free - _options.MinFreeDisk.BytesOf(space.Total) >= bytes) return;
        throw new DiskException(DiskFault.NoSpace,
            $"this needs {bytes >> 20} MiB of room, {space.Free >> 20} MiB are free (--min-free-disk)");
    }

    /// <summary>Waits while the merge is ahead of its pace.</summary>
    private bool KeepPace(long bytes, long start)
    {
        TimeSpan due = TimeSpan.FromSeconds((double)bytes / _options.CompactionBytesPerSecond);
        TimeSpan ahead = due - _clock.GetElapsedTime(start);
        if (ahead > TimeSpan.FromMilliseconds(10)) _compactWake.WaitOne(ahead);
        return _phase == Phase.Running;
    }

    /// <summary>Removes files of segments that live on in a compacted one.</summary>
    private void RemoveCompacted()
    {
        while (_compacted.Count > 0)
        {
            _folder!.Delete(_compacted[^1]);
            _compacted.RemoveAt(_compacted.Count - 1);
        }
    }

    /// <summary>At the start: sources that a crash left beside their output.</summary>
    private void DropCompacted(List<Segment> segments)
    {
        var sources = new HashSet<ulong>();
        foreach (Segment segment in segments) sources.UnionWith(segment.Reader.Footer.Sources);
        if (sources.Count == 0) return;
        for (int i = segments.Count - 1; i >= 0; i--)
        {
            if (!sources.Contains(segments[i].Name.Number)) continue;
            _compacted.Add(segments[i].Name);
            segments[i].Release();
            segments.RemoveAt(i);
        }
        try
        {
            RemoveCompacted();
        }
        catch (DiskException e)
        {
            EngineLog.CleanupFailed(_log, _compacted[^1].ToString(), e.Message);
        }
    }
}
