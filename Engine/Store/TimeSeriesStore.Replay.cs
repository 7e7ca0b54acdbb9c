using System;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Wal;
using Slungd.Native.Checks;
using Slungd.Native.Memory;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>The log at the start: what no segment contains goes into the memtable, and on into segments when it is
/// more than memory may hold. Then the log goes on behind it, or is removed when there shall be none.</summary>
internal sealed partial class TimeSeriesStore
{
    /// <summary>The most memory for what waits to be written to the log. Writers are held back at half of it: some
    /// 300,000 points, which a processor's cache still holds, and which are encoded and synced in a few
    /// milliseconds.</summary>
    private const long MaxStageBytes = 10L << 20;

    private int _logHoles;

    /// <summary>Under _flushLock; nobody else is here yet.</summary>
    private void OpenLog(string directory)
    {
        var folder = new LogFolder(_disk, directory, _options.LogFileBytes);
        ulong flushedThrough = _logThrough;
        ReplayResult replayed = ReplayLog(folder);
        if (_flushes > 0) _replayedThrough = replayed.LastGeneration;
        Report(replayed);
        // Files of flushed generations go before anything else happens: should their segments ever go, by age or
        // because their points are deleted, the files must not bring the points back.
        ReportCleanup(folder, folder.Release(_logThrough));
        if (_options.LogSync.Mode == LogSyncMode.Off)
        {
            if (replayed.Files > 0) FlushReplayed(replayed.LastGeneration);
            _logThrough = Math.Max(_logThrough, replayed.LastGeneration);
            folder.Release(_logThrough);
            ReportCleanup(folder, folder.Clear());
            return;
        }
        var options = new LogOptions(_options.LogSync, _options.LogSizeLimit, StageBytes);
        var wal = new WriteAheadLog(options, folder, _clock, _log, _registry, _arena, Wake);
        wal.Continue(replayed, Precision, flushedThrough);
        wal.Begin(_state.Active);
        lock (_onKept)
        {
            foreach (Action callback in _onKept) wal.OnKept(callback);
            _wal = wal;
        }
    }

    private void ReportCleanup(LogFolder folder, DiskException? trouble)
    {
        if (trouble is not null) EngineLog.CleanupFailed(_log, folder.Path, trouble.Message);
    }

    private ReplayResult ReplayLog(LogFolder folder)
    {
        try
        {
            return new LogReplay(_disk, folder, new Replay(this), Precision, _logThrough).Run();
        }
        catch (LogVersionException e)
        {
            throw new StoreOpenException(e.Message, e);
        }
    }

    private void Report(ReplayResult replayed)
    {
        bool isDamaged = false;
        foreach (LogHole hole in replayed.Holes)
        {
            if (!hole.IsProven)
            {
                EngineLog.LogTailSkipped(_log, hole.ToString());
                continue;
            }
            if (_options.IsReplayStrict)
            {
                throw new StoreOpenException($"the write-ahead log is damaged: {hole}. Points that were safe are lost "
                    + "there; --wal-replay salvage reads what is behind it");
            }
            EngineLog.LogHoleSkipped(_log, hole.ToString());
            _lastError = $"the write-ahead log was damaged: {hole}";
            _logHoles++;
            isDamaged = true;
        }
        if (replayed.LostPoints > 0 && isDamaged) EngineLog.LogPointsLost(_log, replayed.LostPoints);
        if (replayed.Files > 0) EngineLog.LogReplayed(_log, replayed.Points, replayed.Files, replayed.Bytes);
    }

    /// <summary>Writes what was replayed so far to a segment.</summary>
    /// <param name="completeThrough">The generation up to which everything was replayed.</param>
    private void FlushReplayed(ulong completeThrough)
    {
        while (_state.Waiting.Length > 0) FlushOldest(); // from when the disk was full
        _state.Active.CompletesThrough(completeThrough);
        Seal();
        while (_state.Waiting.Length > 0) FlushOldest();
    }

    /// <summary>As above when it is time for it. On a full disk what was read stays in memory, and in the log, as it
    /// was before the start: then the store answers queries at least, and goes on by itself when there is room.
    /// </summary>
    private void FlushReplayedIfDue(ulong completeThrough)
    {
        if (_state.Waiting.Length > 0 || !IsFlushDue()) return;
        try
        {
            FlushReplayed(completeThrough);
        }
        catch (DiskException e) when (e.Fault == DiskFault.NoSpace)
        {
            _flushTrouble = e.Message;
        }
    }

    /// <summary>Takes the points of the log.</summary>
    private sealed class Replay(TimeSeriesStore store) : ILogTarget
    {
        private readonly RefusalLog _refusals = new();
        private readonly EventRow[] _rows = new EventRow[ChunkPoints];
        private ulong _completeThrough = store._logThrough;

        public void BeginGeneration(ulong generation) => _completeThrough = Math.Max(_completeThrough, generation - 1);

        public SeriesId Define(ReadOnlySpan<byte> key, ValueFamily family)
        {
            RefusalCode code = store._registry.ResolveCanonical(key, family, out SeriesId series);
            if (code == RefusalCode.Malformed) return SeriesId.None;
            if (code != RefusalCode.None) throw store.TooManySeries();
            return store._registry.TryFixFamily(series, family) ? series : SeriesId.None;
        }

        public void Append(SeriesId series, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values,
            ReadOnlySpan<byte> payload)
        {
            ValueFamily family = store._registry.FamilyOf(series);
            int most = family.HasPayload() ? ChunkPoints : int.MaxValue;
            while (values.Length > 0)
            {
                store.FlushReplayedIfDue(_completeThrough);
                int count = Math.Min(values.Length, most);
                int kept = Append(series, family, timestamps[..count], values[..count], payload);
                timestamps = timestamps[kept..];
                values = values[kept..];
                if (kept == count) continue;
                if (kept == 0 && store._state.Active.Points == 0)
                    throw new StoreOpenException("the memory for points is too small to read the log (--memory)");
                store.FlushReplayed(_completeThrough);
                if (family.HasPayload()) most = 1; // then it is clear which one found no memory
            }
        }

        /// <summary>How many points from the first on were kept. Writing some others again changes nothing.</summary>
        private int Append(SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
            ReadOnlySpan<ulong> values, ReadOnlySpan<byte> payload)
        {
            _refusals.Clear();
            Memtable memtable = store._state.Active;
            Invariant.Check(memtable.TryBeginWrite(Math.Max(1, store._clock.GetTimestamp())));
            if (family.HasPayload()) AppendRows(memtable, series, family, timestamps, values, payload);
            else memtable.AppendColumn(series, timestamps, values, _refusals);
            memtable.EndWrite();
            int kept = values.Length;
            foreach (Refusal refusal in _refusals.Runs) kept = Math.Min(kept, refusal.First);
            return kept;
        }

        private void AppendRows(Memtable memtable, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
            ReadOnlySpan<ulong> values, ReadOnlySpan<byte> payload)
        {
            for (int i = 0; i < timestamps.Length; i++)
            {
                _rows[i] = new EventRow
                {
                    Series = series, Timestamp = timestamps[i], Bits = values[i], Family = family,
                };
            }
            memtable.AppendRows(_rows.AsSpan(0, timestamps.Length), payload, _refusals);
        }
    }
}
