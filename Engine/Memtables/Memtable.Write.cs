using System;
using System.Runtime.CompilerServices;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Native.Checks;

namespace Slungd.Engine.Memtables;

/// <summary>The write side. No append allocates managed memory, except that a RefusalLog may grow.</summary>
internal sealed partial class Memtable
{
    private const int RowsPerRound = 1024; // their order fits on the stack, the rows in the first-level cache
    private const int RunsPerRound = 1024, PointsPerRound = 3072; // all staged in one item

    // A literal span costs an object per use in code that is compiled without optimization.
    private static readonly ushort[] s_single = [0];

    /// <summary>Goes in to write; false when sealed: write to the successor. Pair with <see
    /// cref="EndWrite"/>.</summary>
    /// <param name="tick">The caller's clock, for the age of the oldest point; not 0.</param>
    public bool TryBeginWrite(long tick)
    {
        if (!_gate.TryEnter()) return false;
        if (_firstWriteTick == 0) Interlocked.CompareExchange(ref _firstWriteTick, tick, 0);
        return true;
    }

    public void EndWrite() => _gate.Exit();

    /// <summary>Stores rows of any series in their order, each shard's lock taken once per 1,024 rows. Families are the
    /// caller's business, but for payload families the bytes are copied and the stored bits locate the copy.</summary>
    /// <param name="rows">The points; every series id is below the maximum.</param>
    /// <param name="payload">What rows of payload families refer to.</param>
    /// <param name="refusals">Receives the points that found no memory (Memory), and those whose payload is not within
    /// <paramref name="payload"/> or is longer than 1 MiB (Malformed); not in order.</param>
    /// <param name="firstIndex">The index of the first row in the refusals.</param>
    public void AppendRows(ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload, RefusalLog refusals,
        int firstIndex = 0)
    {
        if (rows.Length == 1) // nothing to sort: a point at a time is a common way to write, too
        {
            AppendGroup(ShardOf(rows[0].Series), rows, s_single, payload, refusals, firstIndex);
            return;
        }
        while (rows.Length > 0)
        {
            int count = Math.Min(rows.Length, RowsPerRound);
            AppendRound(rows[..count], payload, refusals, firstIndex);
            rows = rows[count..];
            firstIndex += count;
        }
    }

    /// <summary>Stores runs of points of any numeric series in their order, each shard's lock taken once for many.
    /// </summary>
    /// <param name="runs">Every series id is below the maximum.</param>
    /// <param name="timestamps">Those of all runs.</param>
    /// <param name="values">As many.</param>
    /// <param name="refusals">Receives the points that found no memory, not in order.</param>
    /// <param name="firstIndex">The index of the first point in the refusals.</param>
    public void AppendRuns(ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values,
        RefusalLog refusals, int firstIndex = 0)
    {
        Invariant.Equal(values.Length, timestamps.Length);
        while (runs.Length > 0)
        {
            int count = 0, points = 0;
            while (count < runs.Length && count < RunsPerRound && points + runs[count].Count <= PointsPerRound)
                points += runs[count++].Count;
            if (count > 0)
            {
                AppendRound(runs[..count], timestamps[..points], values[..points], refusals, firstIndex);
            }
            else
            {
                (count, points) = (1, runs[0].Count);
                AppendColumn(runs[0].Series, timestamps[..points], values[..points], refusals, firstIndex);
            }
            runs = runs[count..];
            timestamps = timestamps[points..];
            values = values[points..];
            firstIndex += points;
        }
        Invariant.Check(values.IsEmpty);
    }

    /// <summary>Stores one series' columns of equal length, numeric families only. The points that found no memory,
    /// always the last ones, are added to the refusals.</summary>
    public void AppendColumn(SeriesId series, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values,
        RefusalLog refusals, int firstIndex = 0)
    {
        Invariant.Equal(values.Length, timestamps.Length);
        MemtableShard shard = ShardOf(series);
        shard.Enter();
        int kept;
        try
        {
            kept = shard.AppendColumn(series, timestamps, values);
        }
        finally
        {
            shard.Exit();
        }
        if (kept < values.Length) refusals.Add(firstIndex + kept, values.Length - kept, RefusalCode.Memory);
    }

    /// <summary>Stores one series' values at start, start + step, ...; the caller has checked that the last timestamp
    /// fits in i64; any step. Refusals as for columns.</summary>
    public void AppendRegular(SeriesId series, long start, long step, ReadOnlySpan<ulong> values, RefusalLog refusals,
        int firstIndex = 0)
    {
        MemtableShard shard = ShardOf(series);
        shard.Enter();
        int kept;
        try
        {
            kept = shard.AppendRegular(series, start, step, values);
        }
        finally
        {
            shard.Exit();
        }
        if (kept < values.Length) refusals.Add(firstIndex + kept, values.Length - kept, RefusalCode.Memory);
    }

    /// <summary>Sorts the rows by shard, stably, by counting; then each shard in turn.</summary>
    [SkipLocalsInit]
    private void AppendRound(ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload, RefusalLog refusals,
        int firstIndex)
    {
        int mask = _shards.Length - 1;
        Span<ushort> ends = stackalloc ushort[MaxShards];
        ends = ends[.._shards.Length];
        ends.Clear();
        uint largest = 0;
        foreach (ref readonly EventRow row in rows)
        {
            largest = Math.Max(largest, row.Series.Value);
            ends[(int)row.Series.Value & mask]++;
        }
        Invariant.Check(largest < _maxSeries);

        ushort begin = 0;
        foreach (ref ushort end in ends) // counts become begins
        {
            ushort count = end;
            end = begin;
            begin += count;
        }
        Span<ushort> order = stackalloc ushort[RowsPerRound];
        for (int i = 0; i < rows.Length; i++) order[ends[(int)rows[i].Series.Value & mask]++] = (ushort)i;

        begin = 0; // by now the begins have become ends
        for (int i = 0; i < ends.Length; i++)
        {
            ushort end = ends[i];
            if (end > begin) AppendGroup(_shards[i], rows, order[begin..end], payload, refusals, firstIndex);
            begin = end;
        }
    }

    /// <summary>As for rows: sorts the runs by shard.</summary>
    [SkipLocalsInit]
    private void AppendRound(ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values,
        RefusalLog refusals, int firstIndex)
    {
        int mask = _shards.Length - 1;
        Span<ushort> ends = stackalloc ushort[MaxShards];
        ends = ends[.._shards.Length];
        ends.Clear();
        Span<ushort> starts = stackalloc ushort[RunsPerRound];
        uint largest = 0;
        int start = 0;
        for (int i = 0; i < runs.Length; i++)
        {
            starts[i] = (ushort)start;
            start += runs[i].Count;
            largest = Math.Max(largest, runs[i].Series.Value);
            ends[(int)runs[i].Series.Value & mask]++;
        }
        Invariant.Check(largest < _maxSeries);

        ushort begin = 0;
        foreach (ref ushort end in ends)
        {
            ushort count = end;
            end = begin;
            begin += count;
        }
        Span<ushort> order = stackalloc ushort[RunsPerRound];
        for (int i = 0; i < runs.Length; i++) order[ends[(int)runs[i].Series.Value & mask]++] = (ushort)i;

        begin = 0;
        for (int i = 0; i < ends.Length; begin = ends[i++])
        {
            if (ends[i] == begin) continue;
            _shards[i].Enter();
            try
            {
                _shards[i].AppendRuns(runs, starts, order[begin..ends[i]], timestamps, values, refusals, firstIndex);
            }
            finally
            {
                _shards[i].Exit();
            }
        }
    }

    private static void AppendGroup(MemtableShard shard, ReadOnlySpan<EventRow> rows, ReadOnlySpan<ushort> order,
        ReadOnlySpan<byte> payload, RefusalLog refusals, int firstIndex)
    {
        shard.Enter();
        try
        {
            shard.AppendRows(rows, order, payload, refusals, firstIndex);
        }
        finally
        {
            shard.Exit();
        }
    }
}
