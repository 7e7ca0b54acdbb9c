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
