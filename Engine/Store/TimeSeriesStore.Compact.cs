using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>
/// Compaction, on a thread of its own so that no flush waits for it. The outputs get their names first, then take the
/// place of their sources in the state in one step, then the sources' files are removed. The outputs' footers name the
/// sources and the output that got its name last, so that the next start can tell what a crash left. Until the
/// leftovers are gone nothing else is compacted, or else the outputs that name them might be gone before them.
/// </summary>
internal sealed partial class TimeSeriesStore
{
    /// <summary>An output spans at most this part of the retention, so that old points go in time.</summary>
    private const int SpansPerRetention = 8;

    /// <summary>A page of a compacted segment holds as many points as this many of a flush: what a page costs beside
    /// its points shrinks, and the entropy coder knows them better.</summary>
    internal const int PagesPerPage = 4;

    /// <summary>In bulk so many flushes may wait for their compaction: those of two.</summary>
    private const int MostWaiting = 2 * CompactionPolicy.FanIn;

    private static readonly TimeSpan s_compactionRetry = TimeSpan.FromSeconds(30);

    /// <summary>So long after a full flush points still come in bulk: several times what it takes to fill the
    /// next.</summary>
    private static readonly TimeSpan s_lull = TimeSpan.FromSeconds(0.5);

    private readonly Lock _compactLock = new();
    private readonly AutoResetEvent _compactWake = new(false);
    private readonly List<SegmentName> _compacted = []; // not in the state, files not removed yet
    private Segment[]? _atRest; // nothing of these is due in the background
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
            if (!BeginCompacting()) return false;
            StoreState state = AcquireSegments();
            try
            {
                long oldest = OldestKept(state);
                if (!isForced && state.Segments == _atRest) return false; // it was looked at; a thousand take a while
                CompactionPlan? plan = Plan(state, oldest, isForced);
                if (plan is null && !isForced) _atRest = state.Segments;
                return plan is not null && Compact(state, plan, oldest, isPaced);
            }
            catch (SegmentCorruptException e)
            {
                Quarantine(state, e);
                throw;
            }
            finally
            {
                ReleaseSegments(state);
            }
        }
    }

    /// <summary>The current state for work that takes long: of its parts only the segments are held, since memtables
    /// that were flushed meanwhile must give their memory back. The caller releases them.</summary>
    private StoreState AcquireSegments()
    {
        StoreState state = AcquireState();
        foreach (Segment segment in state.Segments) segment.Retain();
        state.Release();
        return state;
    }

    private static void ReleaseSegments(StoreState state)
    {
        foreach (Segment segment in state.Segments) segment.Release();
    }

    /// <summary>True when there is something to work on, and nothing left over from before.</summary>
    private bool BeginCompacting()
    {
        if (_folder is null || _phase != Phase.Running) return false;
        if (Volatile.Read(ref _unsettled) is not null) lock (_flushLock) SettleTombstones();
        RemoveCompacted();
        return true;
    }

    private void RunCompaction()
    {
        BackgroundPriority.Enter();
        TimeSpan wait = s_look;
        while (_phase == Phase.Running)
        {
            _compactWake.WaitOne(MayWait() ? s_lull : wait);
            try
            {
                KeepSize();
                while (!MayWait() &&
                    (CompactOnce(isForced: false, isPaced: true) || CleanOnce(LeastDeadShare, isPaced: true))) { }
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

    /// <summary>Points come in bulk, and there is not much to do yet: the processors are the writers'.</summary>
    internal bool MayWait()
    {
        long flushedAt = Volatile.Read(ref _fullFlushAt);
        if (flushedAt == 0 || _clock.GetElapsedTime(flushedAt) >= s_lull) return false;
        int waiting = 0;
        foreach (Segment segment in Volatile.Read(ref _state).Segments) waiting += segment.Name.Level == 0 ? 1 : 0;
        return waiting < MostWaiting;
    }

    private CompactionPlan? Plan(StoreState state, long oldest, bool isForced)
    {
        Segment[] segments = state.Segments;
        var sources = new CompactionSource[segments.Length];
        for (int i = 0; i < sources.Length; i++)
        {
            Segment segment = segments[i];
            SegmentFooter footer = segment.Reader.Footer;
            // Of a key with two value families one is hidden: merged, it would be gone. What is about to be removed
            // by age is not worth the work.
            sources[i] = new CompactionSource(segment.Name.Level, segment.Reader.BytesOnDisk, footer.Rows,
                footer.SeriesCount, footer.MinTimestamp, footer.MaxTimestamp, footer.FirstSequence, footer.LastSequence)
            {
                MayMove = segment.IsWhole && segment.MaxTimestamp >= oldest,
                HasDeadPoints = isForced && DeadShare(segment, state.Tombstones, oldest) > 0,
            };
        }
        LeaveStrangers(sources);
        ulong span = _options.Retention is { } retention
            ? (ulong)(retention.TotalSeconds * Precision.PerSecond()) / SpansPerRetention : ulong.MaxValue;
        var policy = new CompactionPolicy(new CompactionWindows(Precision, span), CompactionMaxBytes(),
            _options.PagePoints);
        return policy.Choose(sources, isForced);
    }

    /// <summary>Segments whose times overlap have flushes in common only when somebody put files back: those are read,
    /// but not merged.</summary>
    private static void LeaveStrangers(Span<CompactionSource> sources)
    {
        for (int i = 1; i < sources.Length; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (sources[j].LastSequence < sources[i].FirstSequence) continue;
                if (!sources[j].Overlaps(sources[i].MinTimestamp, sources[i].MaxTimestamp)) continue;
                sources[i] = sources[i] with { MayMove = false };
                sources[j] = sources[j] with { MayMove = false };
            }
        }
    }

    private bool Compact(StoreState state, CompactionPlan plan, long oldest, bool isPaced)
    {
        long start = _clock.GetTimestamp();
        Segment[] sources = Array.ConvertAll(plan.Sources, i => state.Segments[i]);
        TombstoneSet tombstones = state.Tombstones;
        long bytesIn = 0, bytesOut = 0, room = 0;
        foreach (Segment segment in sources)
        {
            bytesIn += segment.Reader.BytesOnDisk;
            room += (long)(segment.Reader.BytesOnDisk * (1 - DeadShare(segment, tombstones, oldest)));
        }
        CheckRoomFor(room);
        _merger ??= new SegmentMerger(_disk, _folder!, _options.PagePoints, new SegmentSettings(Precision,
            Math.Min(SegmentFormat.MaxPagePoints, PagesPerPage * _options.PagePoints), _options.Timestamps,
            CodecEffort.Strong));
        var job = new MergeJob(sources, Cut(plan.Windows, oldest), MicrosecondsNow(), () => NameOutput(plan.Level),
            bytes => _phase == Phase.Running && (!isPaced || KeepPace(bytes, start))) { Tombstones = tombstones };
        bool isReplaced = false;
        try
        {
            isReplaced = _merger.Merge(job) && Replace(sources, OpenOutputs(job.Outputs), out bytesOut);
        }
        finally
        {
            // The first output is removed before the others: where it is, all of them count, and the sources do not.
            if (!isReplaced) for (int i = job.Outputs.Count - 1; i >= 0; i--) _compacted.Add(job.Outputs[i]);
        }
        if (isReplaced)
        {
            foreach (Segment source in sources) _compacted.Add(source.Name);
            _compactions++;
            _compactionBytesIn += bytesIn;
            _compactionBytesOut += bytesOut;
            long ticks = _clock.GetTimestamp() - start;
            _compactionTicks += ticks;
            EngineLog.Compacted(_log, sources.Length, bytesIn, job.Outputs.Count, plan.Level, bytesOut,
                ticks * 1000 / _clock.TimestampFrequency);
        }
        RemoveCompacted();
        return isReplaced;
    }

    private static TimeRange[] Cut(TimeRange[] windows, long oldest)
    {
        TimeRange[] cut = Array.ConvertAll(windows, w => w with { Start = Math.Max(w.Start, oldest) });
        return Array.FindAll(cut, static w => !w.IsEmpty);
    }

    /// <summary>Swaps the state. A source that was taken out meanwhile, corrupt or expired, must not come back: false
    /// then, and the outputs are of no use.</summary>
    private bool Replace(Segment[] sources, Segment[] outputs, out long bytes)
    {
        bytes = 0;
        foreach (Segment output in outputs) bytes += output.Reader.BytesOnDisk;
        StoreState? next;
        lock (_flushLock)
        {
            if (outputs.Length == 0) NoteLogThrough(sources);
            lock (_stateLock)
            {
                next = _state.AfterCompaction(sources, outputs);
                if (next is not null) Publish(next);
            }
        }
        foreach (Segment output in outputs) output.Release(); // the state holds them now, or nobody
        return next is not null;
    }

    private Segment[] OpenOutputs(List<SegmentName> names)
    {
        var outputs = new List<Segment>(names.Count);
        SegmentReader? reader = null;
        try
        {
            foreach (SegmentName name in names)
            {
                reader = SegmentReader.Open(_disk, _folder!.Path, name);
                outputs.Add(new Segment(name, reader, MapOf(reader)));
                reader = null;
            }
            return [.. outputs];
        }
        catch
        {
            reader?.Dispose();
            foreach (Segment output in outputs) output.Release();
            throw;
        }
    }

    private SegmentName NameOutput(int level)
    {
        lock (_flushLock)
        {
            _lastNumber = Math.Max(_lastNumber + 1, (ulong)Math.Max(0, MicrosecondsNow()));
            return new SegmentName(level, _lastNumber);
        }
    }

    private long MicrosecondsNow() =>
        (_clock.GetUtcNow().UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private void CheckRoomFor(long bytes)
    {
        if (bytes <= 0) return; // what makes room must not need any
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

    /// <summary>Removes files of segments that live on in compacted ones, or never counted.</summary>
    private void RemoveCompacted()
    {
        while (_compacted.Count > 0)
        {
            _folder!.Delete(_compacted[^1]);
            _compacted.RemoveAt(_compacted.Count - 1);
        }
    }

    /// <summary>At the start: what a crash left of a compaction.</summary>
    private void DropCompacted(List<Segment> segments)
    {
        HashSet<ulong> leftovers = CompactionLeftovers.Among(segments.ConvertAll(static s => s.Reader.Footer));
        if (leftovers.Count == 0) return;
        for (int i = segments.Count - 1; i >= 0; i--)
        {
            if (!leftovers.Contains(segments[i].Name.Number)) continue;
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
