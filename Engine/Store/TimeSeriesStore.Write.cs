using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Simd;

namespace Slungd.Engine.Store;

/// <summary>The write side. Nothing here allocates in the steady state. A batch goes through as it is, in as long
/// pieces as possible; only points that are refused, or integers for a float series, are looked at one by
/// one.</summary>
internal sealed partial class TimeSeriesStore
{
    /// <summary>Points converted at a time; their copies are on the stack.</summary>
    private const int ChunkPoints = 256;

    /// <summary>Every so many points a writer looks whether the memtable is due for its flush.</summary>
    private const long LookEvery = 4096;

    private readonly long[] _refused = new long[(int)RefusalCode.Rate + 1];
    private readonly long[] _turnedAway = new long[(int)RefusalCode.Rate + 1];
    private long _accepted;
    private long _newestSealed = long.MinValue; // of what is not in the active memtable; for the retention

    private readonly List<Action> _onKept = []; // until there is a log

    /// <summary>Commits are groups of the log. Without one they are points, counted when they are stored: there is
    /// nothing more to wait for.</summary>
    public ulong KeptThrough => _wal is { } wal ? wal.KeptThrough : (ulong)Volatile.Read(ref _accepted);

    /// <summary>Without a log every commit is kept when its append returns, and nothing is ever reported.</summary>
    public void OnKept(Action callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        lock (_onKept)
        {
            _onKept.Add(callback);
            _wal?.OnKept(callback);
        }
    }

    public void CountRefused(int points, RefusalCode code) => Interlocked.Add(ref _refused[(int)code], points);

    public void CountTurnedAway(RefusalCode code) => Interlocked.Increment(ref _turnedAway[(int)code]);

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series) =>
        _registry.Resolve(wireKey, family, out series);

    public void ResolveRows(ReadOnlySpan<byte> wireKeys, ReadOnlySpan<int> ends, Span<EventRow> rows,
        RefusalLog refusals) => _registry.ResolveRows(wireKeys, ends, rows, refusals);

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series,
        SeriesAllowance? allowance) => _registry.Resolve(wireKey, family, out series, allowance);

    public void ResolveRows(ReadOnlySpan<byte> wireKeys, ReadOnlySpan<int> ends, Span<EventRow> rows,
        RefusalLog refusals, SeriesAllowance? allowance) =>
        _registry.ResolveRows(wireKeys, ends, rows, refusals, allowance);

    public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        RefusalLog refusals)
    {
        ulong commit = KeptThrough;
        TimeBounds bounds = default;
        int done = 0;
        do
        {
            ReadOnlySpan<EventRow> piece = PieceOf(rows[done..], payload.Length, out long payloadBytes);
            Memtable? memtable = BeginWrite(piece.Length, payloadBytes);
            if (memtable is null)
            {
                Refuse(refusals, done, rows.Length - done, RefusalCode.Disk);
                return commit;
            }
            long refusedBefore = refusals.Points;
            int runsBefore = refusals.Runs.Length;
            try
            {
                if (done == 0) bounds = BoundsOf(memtable, rows);
                AppendPiece(memtable, piece, payload, bounds, refusals, done);
            }
            finally
            {
                memtable.EndWrite();
            }
            commit = EndBatch(memtable, piece.Length - (refusals.Points - refusedBefore));
            if (MayFindRoom(refusals.Runs[runsBefore..]))
                commit = AppendAgain(piece, payload, bounds, refusals, runsBefore, done, commit);
            done += piece.Length;
        } while (done < rows.Length);
        return commit;
    }

    public ulong AppendRuns(ulong producer, ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        Invariant.Equal(values.Length, timestamps.Length);
        ulong commit = KeptThrough;
        TimeBounds bounds = default;
        Span<ColumnRun> part = stackalloc ColumnRun[1]; // of a run that is longer than a piece
        int done = 0, taken = 0, at = 0;
        do
        {
            int count = WholeRuns(runs[done..], taken, out int points);
            scoped ReadOnlySpan<ColumnRun> piece = runs.Slice(done, count);
            if (count == 0 && done < runs.Length)
            {
                points = Math.Min(_piecePoints, runs[done].Count - taken);
                part[0] = runs[done] with { Count = points };
                piece = part;
                taken += points;
                if (taken == runs[done].Count) (count, taken) = (1, 0);
            }
            Memtable? memtable = BeginWrite(points, 0);
            if (memtable is null)
            {
                Refuse(refusals, at, values.Length - at, RefusalCode.Disk);
                return commit;
            }
            long refusedBefore = refusals.Points;
            try
            {
                if (at == 0) bounds = BoundsOf(memtable, runs, timestamps);
                AppendPiece(memtable, piece, timestamps.Slice(at, points), values.Slice(at, points), bounds,
                    refusals, at);
            }
            finally
            {
                memtable.EndWrite();
            }
            commit = EndBatch(memtable, points - (refusals.Points - refusedBefore));
            at += points;
            done += count;
        } while (done < runs.Length);
        Invariant.Check(at == values.Length);
        return commit;
    }

    public ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        Invariant.Equal(values.Length, timestamps.Length);
        if (values.IsEmpty) return KeptThrough;
        ulong commit = KeptThrough;
        RefusalCode code = CheckColumn(series, family, out bool convert);
        if (code != RefusalCode.None) Refuse(refusals, 0, values.Length, code);
        TimeBounds bounds = default;
        for (int done = 0, count; code == RefusalCode.None && done < values.Length; done += count)
        {
            count = Math.Min(_piecePoints, values.Length - done);
            Memtable? memtable = BeginWrite(count, 0);
            if (memtable is null)
            {
                Refuse(refusals, done, values.Length - done, RefusalCode.Disk);
                break;
            }
            long refusedBefore = refusals.Points;
            try
            {
                var run = new ColumnRun { Series = series, Family = family, Count = values.Length };
                if (done == 0) bounds = BoundsOf(memtable, [run], timestamps);
                AppendChecked(memtable, series, convert, timestamps.Slice(done, count), values.Slice(done, count),
                    bounds, refusals, done);
            }
            finally
            {
                memtable.EndWrite();
            }
            commit = EndBatch(memtable, count - (refusals.Points - refusedBefore));
        }
        return commit;
    }

    public ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        if (values.IsEmpty) return KeptThrough;
        ulong commit = KeptThrough;
        RefusalCode code = CheckColumn(series, family, out bool convert);
        if (code != RefusalCode.None) Refuse(refusals, 0, values.Length, code);
        TimeBounds bounds = default;
        for (int done = 0, count; code == RefusalCode.None && done < values.Length; done += count)
        {
            count = Math.Min(_piecePoints, values.Length - done);
            Memtable? memtable = BeginWrite(count, 0);
            if (memtable is null)
            {
                Refuse(refusals, done, values.Length - done, RefusalCode.Disk);
                break;
            }
            long refusedBefore = refusals.Points;
            try
            {
                if (done == 0) bounds = BoundsOf(memtable, start, step, values.Length);
                AppendRegularPiece(memtable, series, convert, start + step * done, step, values.Slice(done, count),
                    bounds, refusals, done);
            }
            finally
            {
                memtable.EndWrite();
            }
            commit = EndBatch(memtable, count - (refusals.Points - refusedBefore));
        }
        return commit;
    }

    /// <summary>The memtable that takes writes, entered, with room for so much as far as that can be had; null when
    /// the store has stopped, or the log can't be written.</summary>
    private Memtable? BeginWrite(int points, long payloadBytes)
    {
        Invariant.Check(_phase != Phase.Recovering);
        WaitForMemory(points, payloadBytes);
        if (_wal is { } wal && (wal.Trouble is not null || !wal.WaitForRoom(_holdBack))) return null;
        while (true)
        {
            Memtable memtable = Volatile.Read(ref _state).Active;
            // The clock matters only to the first writer of a memtable.
            long tick = memtable.FirstWriteTick != 0 ? 1 : Math.Max(1, _clock.GetTimestamp());
            if (memtable.TryBeginWrite(tick)) return memtable;
            if (_phase == Phase.Stopped) return null;
        }
    }

    /// <summary>Counts the points of a batch, which are stored by now; returns the commit's number.</summary>
    private ulong EndBatch(Memtable memtable, long accepted)
    {
        long total = Interlocked.Add(ref _accepted, accepted);
        bool isLookDue = total / LookEvery != (total - accepted) / LookEvery;
        if (isLookDue && (memtable.Points >= _options.FlushPoints || memtable.Bytes >= _flushBytes)) Wake();
        return _wal is { } wal ? wal.Request() : (ulong)total;
    }

    private void AppendPiece(Memtable memtable, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        TimeBounds bounds, RefusalLog refusals, int firstIndex)
    {
        for (int done = 0; done < rows.Length;)
        {
            int count = PlainPrefix(rows[done..], bounds);
            if (count > 0) StoreRows(memtable, rows.Slice(done, count), payload, refusals, firstIndex + done);
            else count = AppendUnusual(memtable, rows[done..], payload, bounds, refusals, firstIndex + done);
            done += count;
        }
    }

    private void AppendPiece(Memtable memtable, ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, TimeBounds bounds, RefusalLog refusals, int firstIndex)
    {
        int at = 0;
        for (int done = 0; done < runs.Length;)
        {
            int count = PlainPrefix(runs[done..], timestamps[at..], bounds, out int points);
            if (count > 0)
                StoreRuns(memtable, runs.Slice(done, count), timestamps.Slice(at, points), values.Slice(at, points),
                    refusals, firstIndex + at);
            else
                AppendUnusual(memtable, runs[done], timestamps[at..], values[at..], bounds, refusals,
                    firstIndex + at);
            at += count > 0 ? points : runs[done].Count;
            done += Math.Max(1, count);
        }
        Invariant.Check(at == values.Length);
    }

    private void AppendRegularPiece(Memtable memtable, SeriesId series, bool convert, long start, long step,
        ReadOnlySpan<ulong> values, TimeBounds bounds, RefusalLog refusals, int firstIndex)
    {
        long last = start + step * (values.Length - 1);
        if (convert || !bounds.Contains(start) || !bounds.Contains(last))
        {
            AppendExpanded(memtable, series, convert, start, step, values, bounds, refusals, firstIndex);
            return;
        }
        long before = refusals.Points;
        memtable.AppendRegular(series, start, step, values, refusals, firstIndex);
        CountMemory(refusals.Points - before);
    }

    /// <summary>How many rows from the first on can be stored as they are.</summary>
    private int PlainPrefix(ReadOnlySpan<EventRow> rows, TimeBounds bounds)
    {
        int i = 0;
        while (i < rows.Length)
        {
            ref readonly EventRow row = ref rows[i];
            if (_registry.FamilyOf(row.Series) != row.Family || !bounds.Contains(row.Timestamp)) break;
            i++;
        }
        return i;
    }

    /// <summary>How many runs from the first on can be stored as they are, and their points.</summary>
    private int PlainPrefix(ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps, TimeBounds bounds,
        out int points)
    {
        points = 0;
        int i = 0;
        for (; i < runs.Length; points += runs[i++].Count)
        {
            if (_registry.FamilyOf(runs[i].Series) != runs[i].Family) break;
            if (!bounds.ContainsAll(timestamps.Slice(points, runs[i].Count))) break;
        }
        return i;
    }

    private void AppendUnusual(Memtable memtable, ColumnRun run, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, TimeBounds bounds, RefusalLog refusals, int firstIndex)
    {
        RefusalCode code = CheckColumn(run.Series, run.Family, out bool convert);
        if (code != RefusalCode.None) Refuse(refusals, firstIndex, run.Count, code);
        else
            AppendChecked(memtable, run.Series, convert, timestamps[..run.Count], values[..run.Count], bounds,
                refusals, firstIndex);
    }

    private void StoreRuns(Memtable memtable, ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals, int firstIndex)
    {
        long before = refusals.Points;
        memtable.AppendRuns(runs, timestamps, values, refusals, firstIndex);
        CountMemory(refusals.Points - before);
    }

    /// <summary>Refuses the first row, or stores it and those after it that must be converted, too.</summary>
    /// <returns>How many rows this took care of; at least 1.</returns>
    private int AppendUnusual(Memtable memtable, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        TimeBounds bounds, RefusalLog refusals, int firstIndex)
    {
        Span<EventRow> converted = stackalloc EventRow[ChunkPoints];
        int count = 0;
        while (count < rows.Length && count < ChunkPoints)
        {
            ref readonly EventRow row = ref rows[count];
            RefusalCode code = CheckFamily(row.Series, row.Family, out bool convert);
            if (code == RefusalCode.None) code = bounds.Check(row.Timestamp);
            if (code != RefusalCode.None)
            {
                if (count > 0) break; // first those before it
                Refuse(refusals, firstIndex, 1, code);
                return 1;
            }
            converted[count] = row;
            if (convert)
            {
                converted[count].Bits = FloatBits(row.Bits);
                converted[count].Family = ValueFamily.Float;
            }
            count++;
        }
        StoreRows(memtable, converted[..count], payload, refusals, firstIndex);
        return count;
    }

    private void StoreRows(Memtable memtable, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        RefusalLog refusals, int firstIndex)
    {
        long before = refusals.Points;
        memtable.AppendRows(rows, payload, refusals, firstIndex);
        CountMemory(refusals.Points - before);
    }

    private void StoreColumn(Memtable memtable, SeriesId series, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals, int firstIndex)
    {
        long before = refusals.Points;
        memtable.AppendColumn(series, timestamps, values, refusals, firstIndex);
        CountMemory(refusals.Points - before);
    }

    private void AppendChecked(Memtable memtable, SeriesId series, bool convert, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, TimeBounds bounds, RefusalLog refusals, int firstIndex)
    {
        if (bounds.ContainsAll(timestamps))
        {
            AppendConverted(memtable, series, convert, timestamps, values, refusals, firstIndex);
            return;
        }
        for (int done = 0; done < values.Length;)
        {
            RefusalCode code = bounds.Check(timestamps[done]);
            int end = done + 1;
            while (end < values.Length && bounds.Check(timestamps[end]) == code) end++;
            if (code != RefusalCode.None) Refuse(refusals, firstIndex + done, end - done, code);
            else
                AppendConverted(memtable, series, convert, timestamps[done..end], values[done..end], refusals,
                    firstIndex + done);
            done = end;
        }
    }

    private void AppendConverted(Memtable memtable, SeriesId series, bool convert, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals, int firstIndex)
    {
        if (!convert)
        {
            StoreColumn(memtable, series, timestamps, values, refusals, firstIndex);
            return;
        }
        Span<ulong> chunk = stackalloc ulong[ChunkPoints];
        for (int done = 0; done < values.Length;)
        {
            int count = Math.Min(ChunkPoints, values.Length - done);
            Kernels.ToDoubles(Reinterpret.AsInt64(values.Slice(done, count)), Reinterpret.AsDoubles(chunk[..count]));
            StoreColumn(memtable, series, timestamps.Slice(done, count), chunk[..count], refusals, firstIndex + done);
            done += count;
        }
    }

    /// <summary>A regular column whose points are not all stored as they are.</summary>
    private void AppendExpanded(Memtable memtable, SeriesId series, bool convert, long start, long step,
        ReadOnlySpan<ulong> values, TimeBounds bounds, RefusalLog refusals, int firstIndex)
    {
        Span<long> timestamps = stackalloc long[ChunkPoints];
        for (int done = 0; done < values.Length;)
        {
            int count = Math.Min(ChunkPoints, values.Length - done);
            RefusalCode code = bounds.Check(start + step * done);
            int same = 0;
            while (same < count && bounds.Check(start + step * (done + same)) == code)
            {
                timestamps[same] = start + step * (done + same);
                same++;
            }
            ReadOnlySpan<ulong> run = values.Slice(done, same);
            if (code != RefusalCode.None) Refuse(refusals, firstIndex + done, same, code);
            else AppendConverted(memtable, series, convert, timestamps[..same], run, refusals, firstIndex + done);
            done += same;
        }
    }

    /// <summary>As <see cref="CheckFamily"/>: what a column of a family with a payload refers to is nowhere.</summary>
    private RefusalCode CheckColumn(SeriesId series, ValueFamily family, out bool convert)
    {
        convert = false;
        return family.IsNumeric() ? CheckFamily(series, family, out convert) : RefusalCode.Malformed;
    }

    /// <summary>Whether a series takes values of this family, as they are or converted from integers.</summary>
    private RefusalCode CheckFamily(SeriesId series, ValueFamily family, out bool convert)
    {
        ValueFamily own = _registry.FamilyOf(series);
        if (own == ValueFamily.None)
        {
            _registry.TryFixFamily(series, family); // whoever is first
            own = _registry.FamilyOf(series);
        }
        convert = own == ValueFamily.Float && family == ValueFamily.Int;
        return own == family || convert ? RefusalCode.None : RefusalCode.ValueFamily;
    }

    private static ulong FloatBits(ulong integer) => BitConverter.DoubleToUInt64Bits((long)integer);

    private void CountMemory(long refused)
    {
        if (refused != 0) Interlocked.Add(ref _refused[(int)RefusalCode.Memory], refused);
    }

    private void Refuse(RefusalLog refusals, int first, int count, RefusalCode code)
    {
        refusals.Add(first, count, code);
        CountRefused(count, code);
    }
}
