using System;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Native.Memory;
using Slungd.Native.SkipLists;

namespace Slungd.Engine.Memtables;

/// <summary>One shard of a memtable: a lock and what it guards. All methods but the constructor, the counters and
/// <see cref="Enter"/> run under the lock.</summary>
internal sealed class MemtableShard : IDisposable
{
    // How many rows ahead the header and the column ends are fetched; from 100,000 series on a fifth faster.
    private const int HeaderAhead = 12, TailAhead = 6;

    private readonly Arena _arena;
    private readonly SkipListTable _table;
    private readonly int _shardBits;
    private WriteStage? _stage; // null: there is no log
    private ShardLock _lock;
    private long _points;
    private long _minTimestamp = long.MaxValue, _maxTimestamp = long.MinValue;
    private long _newest = long.MinValue;
    private long _futureBound = long.MaxValue;

    /// <param name="arena">Where the slabs come from.</param>
    /// <param name="shardBits">How many low bits of a series id name the shard; the others are the local
    /// number.</param>
    public MemtableShard(Arena arena, int shardBits)
    {
        _arena = arena;
        _shardBits = shardBits;
        _table = new SkipListTable(arena);
    }

    /// <summary>Writes accepted, overwrites included.</summary>
    public long Points => Volatile.Read(ref _points);

    /// <summary>Bytes of slabs held.</summary>
    public long Bytes => _table.SlabBytes;

    /// <summary>The oldest timestamp accepted; long.MaxValue when empty.</summary>
    public long MinTimestamp => Volatile.Read(ref _minTimestamp);

    /// <summary>The newest timestamp accepted; long.MinValue when empty.</summary>
    public long MaxTimestamp => Volatile.Read(ref _maxTimestamp);

    /// <summary>The newest timestamp accepted that was not above <see cref="FutureBound"/> then; long.MinValue when
    /// there is none.</summary>
    public long NewestTimestamp => Volatile.Read(ref _newest);

    /// <summary>Later timestamps are taken for mistakes of a clock.</summary>
    public long FutureBound
    {
        set => Volatile.Write(ref _futureBound, value);
    }

    public int SeriesCount => _table.SeriesCount;

    /// <summary>Writes that replaced a stored point.</summary>
    public long Overwrites => _table.Overwrites;

    /// <summary>Blocks kept only for snapshots.</summary>
    public int RetiredBlocks => _table.RetiredBlocks;

    public void Enter() => _lock.Enter();

    /// <inheritdoc cref="ShardLock.TryEnter"/>
    public bool TryEnter() => _lock.TryEnter();

    public void Exit() => _lock.Exit();

    /// <summary>Stores the rows named by <paramref name="order"/>, which all belong to this shard.</summary>
    public void AppendRows(ReadOnlySpan<EventRow> rows, ReadOnlySpan<ushort> order, ReadOnlySpan<byte> payload,
        RefusalLog refusals, int firstIndex)
    {
        SkipListTable table = _table;
        int shardBits = _shardBits;
        long min = _minTimestamp, max = _maxTimestamp;
        bool isStaged = _stage is not null;
        Span<EventRow> staged = isStaged ? _stage!.TryReserveRows(order.Length) : default;
        if (isStaged && staged.IsEmpty)
        {
            foreach (ushort index in order) refusals.Add(firstIndex + index, 1, RefusalCode.Memory);
            return;
        }
        int kept = 0;
        for (int i = 0; i < order.Length; i++)
        {
            if (i + HeaderAhead < order.Length)
                table.PrefetchHeader(rows[order[i + HeaderAhead]].Series.Value >> shardBits);
            if (i + TailAhead < order.Length)
                table.PrefetchTail(rows[order[i + TailAhead]].Series.Value >> shardBits);
            ref readonly EventRow row = ref rows[order[i]];
            ulong bits = row.Bits;
            if (row.Family.HasPayload() || !table.TryAppend(row.Series.Value >> shardBits, row.Timestamp, bits))
            {
                RefusalCode code = AppendSlow(in row, payload, ref bits);
                if (code != RefusalCode.None)
                {
                    refusals.Add(firstIndex + order[i], 1, code);
                    continue;
                }
            }
            if (isStaged)
            {
                ref EventRow copy = ref staged[kept];
                copy = row;
                copy.Bits = bits;
            }
            kept++;
            min = Math.Min(min, row.Timestamp);
            max = Math.Max(max, row.Timestamp);
        }
        _stage?.CommitRows(kept);
        Count(kept, min, max);
        if (max <= _futureBound) return;
        foreach (ushort index in order) NoteNewest(rows[index].Timestamp);
    }

    /// <summary>Stores the runs named by <paramref name="order"/>, which all belong to this shard.</summary>
    /// <param name="runs">Of any shard.</param>
    /// <param name="starts">Where each begins in the columns.</param>
    /// <param name="order">Which are of this one.</param>
    /// <param name="timestamps">Of all runs.</param>
    /// <param name="values">As many.</param>
    /// <param name="refusals">Receives the points that found no memory.</param>
    /// <param name="firstIndex">The index of the columns' first point in the refusals.</param>
    public void AppendRuns(ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<ushort> starts, ReadOnlySpan<ushort> order,
        ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values, RefusalLog refusals, int firstIndex)
    {
        int points = 0;
        foreach (ushort index in order) points += runs[index].Count;
        Span<StageRun> stagedRuns = default;
        Span<long> stagedTimestamps = default;
        Span<ulong> stagedValues = default;
        if (_stage is not null
            && !_stage.TryReserveRuns(order.Length, points, out stagedRuns, out stagedTimestamps, out stagedValues))
        {
            foreach (ushort index in order)
                refusals.Add(firstIndex + starts[index], runs[index].Count, RefusalCode.Memory);
            return;
        }
        long min = _minTimestamp, max = _maxTimestamp;
        int kept = 0;
        for (int i = 0; i < order.Length; i++)
        {
            if (i + HeaderAhead < order.Length)
                _table.PrefetchHeader(runs[order[i + HeaderAhead]].Series.Value >> _shardBits);
            if (i + TailAhead < order.Length)
                _table.PrefetchTail(runs[order[i + TailAhead]].Series.Value >> _shardBits);
            ref readonly ColumnRun run = ref runs[order[i]];
            int start = starts[order[i]];
            ReadOnlySpan<long> times = timestamps.Slice(start, run.Count);
            ReadOnlySpan<ulong> bits = values.Slice(start, run.Count);
            int count = InsertRun(run.Series.Value >> _shardBits, times, bits);
            if (count < run.Count) refusals.Add(firstIndex + start + count, run.Count - count, RefusalCode.Memory);
            foreach (long time in times[..count])
            {
                min = Math.Min(min, time);
                max = Math.Max(max, time);
            }
            if (_stage is not null)
            {
                stagedRuns[i] = new StageRun { Series = run.Series.Value, Count = count };
                times[..count].CopyTo(stagedTimestamps[kept..]);
                bits[..count].CopyTo(stagedValues[kept..]);
            }
            kept += count;
        }
        if (kept > 0) _stage?.CommitRuns(order.Length, points);
        Count(kept, min, max);
        if (max <= _futureBound) return;
        foreach (ushort index in order)
            foreach (long time in timestamps.Slice(starts[index], runs[index].Count)) NoteNewest(time);
    }

    /// <summary>Stores columns of one series. Returns how many points were kept; the others found no memory.</summary>
    public int AppendColumn(SeriesId series, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        if (_stage is null) return InsertColumn(series, timestamps, values);
        int kept = 0;
        while (kept < values.Length)
        {
            int count = Math.Min(values.Length - kept, WriteStage.MaxColumnPoints);
            if (!_stage.TryReserveColumn(count)) break;
            int inserted = InsertColumn(series, timestamps.Slice(kept, count), values.Slice(kept, count));
            _stage.AddColumn(series, timestamps.Slice(kept, inserted), values.Slice(kept, inserted));
            kept += inserted;
            if (inserted < count) break;
        }
        return kept;
    }

    /// <summary>Stores values at start, start + step, ... Returns how many were kept; the others found no
    /// memory.</summary>
    public int AppendRegular(SeriesId series, long start, long step, ReadOnlySpan<ulong> values)
    {
        if (_stage is null) return InsertRegular(series, start, step, values);
        int kept = 0;
        while (kept < values.Length)
        {
            int count = Math.Min(values.Length - kept, WriteStage.MaxRegularPoints);
            if (!_stage.TryReserveRegular(count)) break;
            int inserted = InsertRegular(series, start + step * kept, step, values.Slice(kept, count));
            _stage.AddRegular(series, start + step * kept, step, values.Slice(kept, inserted));
            kept += inserted;
            if (inserted < count) break;
        }
        return kept;
    }

    /// <summary>From now on everything stored is also staged.</summary>
    public void Stage(ByteBudget budget) => _stage = new WriteStage(_arena, budget);

    /// <summary>Hands over what was staged.</summary>
    public void MoveStage(SlabQueue target) => _stage?.MoveTo(target);

    public bool Contains(SeriesId series) => _table.Contains(series.Value >> _shardBits);

    /// <summary>See <see cref="SkipListTable.NextPresent"/>; local numbers.</summary>
    public uint NextPresent(uint local) => _table.NextPresent(local);

    public void Snapshot(SeriesId series, TimeRange range, SkipSnapshot into) =>
        _table.Snapshot(series.Value >> _shardBits, range.Start, range.End, into);

    public void EndSnapshot(SkipSnapshot snapshot) => _table.End(snapshot);

    /// <summary>The bytes of a stored value of a payload family. Needs no lock.</summary>
    public ReadOnlySpan<byte> Payload(ulong bits) => SkipListTable.Payload(_arena, bits);

    public void Dispose()
    {
        _stage?.Dispose();
        _table.Dispose();
    }

    private int InsertRun(uint local, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        if (timestamps.Length > 1) return _table.Insert(local, timestamps, values);
        bool isKept = _table.TryAppend(local, timestamps[0], values[0])
            || _table.Insert(local, timestamps[0], values[0]);
        return isKept ? 1 : 0;
    }

    private int InsertColumn(SeriesId series, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        int kept = _table.Insert(series.Value >> _shardBits, timestamps, values);
        if (kept == 0) return 0;
        timestamps = timestamps[..kept];
        long first = timestamps[0], last = timestamps[^1];
        if (TimestampRun.AscendingPrefix(timestamps) < kept)
        {
            foreach (long timestamp in timestamps)
            {
                first = Math.Min(first, timestamp);
                last = Math.Max(last, timestamp);
            }
        }
        Count(kept, Math.Min(_minTimestamp, first), Math.Max(_maxTimestamp, last));
        if (_maxTimestamp > _futureBound) foreach (long timestamp in timestamps) NoteNewest(timestamp);
        return kept;
    }

    private int InsertRegular(SeriesId series, long start, long step, ReadOnlySpan<ulong> values)
    {
        int kept = _table.InsertRegular(series.Value >> _shardBits, start, step, values);
        if (kept == 0) return 0;
        long last = start + step * (kept - 1);
        Count(kept, Math.Min(_minTimestamp, Math.Min(start, last)), Math.Max(_maxTimestamp, Math.Max(start, last)));
        if (_maxTimestamp > _futureBound) for (int i = 0; i < kept; i++) NoteNewest(start + step * i);
        return kept;
    }

    /// <param name="row">The row.</param>
    /// <param name="payload">What a payload row refers to.</param>
    /// <param name="bits">The row's; of a payload they become those that locate the copy.</param>
    private RefusalCode AppendSlow(ref readonly EventRow row, ReadOnlySpan<byte> payload, ref ulong bits)
    {
        if (row.Family.HasPayload())
        {
            PayloadRef source = PayloadRef.FromBits(bits);
            if (source.Length > SkipListTable.MaxPayloadBytes) return RefusalCode.Malformed;
            if ((ulong)source.Offset + source.Length > (ulong)payload.Length) return RefusalCode.Malformed;
            ReadOnlySpan<byte> bytes = payload.Slice((int)source.Offset, (int)source.Length);
            if (!_table.TryStorePayload(bytes, out bits)) return RefusalCode.Memory;
        }
        bool kept = _table.Insert(row.Series.Value >> _shardBits, row.Timestamp, bits);
        return kept ? RefusalCode.None : RefusalCode.Memory;
    }

    private void Count(int points, long min, long max)
    {
        Volatile.Write(ref _points, _points + points);
        Volatile.Write(ref _minTimestamp, min);
        Volatile.Write(ref _maxTimestamp, max);
        NoteNewest(max);
    }

    private void NoteNewest(long timestamp)
    {
        if (timestamp > _newest && timestamp <= _futureBound) Volatile.Write(ref _newest, timestamp);
    }
}
