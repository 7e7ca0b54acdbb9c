using System;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Engine.Memtables;

/// <summary>What one shard accepted since the log last came by, in the order of acceptance: each write reserves its
/// place here before the memtable takes it, so what is in the memtable is always here, too. Under the shard's lock.
/// </summary>
internal sealed class WriteStage(Arena arena, ByteBudget budget) : IDisposable
{
    public const int MaxRows = (SlabQueue.MaxItemBytes - StageRecord.Bytes) / StageRecord.RowBytes;
    public const int MaxColumnPoints = (SlabQueue.MaxItemBytes - StageRecord.Bytes) / StageRecord.ColumnBytes;
    public const int MaxRegularPoints = (SlabQueue.MaxItemBytes - StageRecord.Bytes) / StageRecord.RegularBytes;

    private readonly SlabQueue _queue = new(arena, budget);

    /// <summary>Room for rows; empty when there is no memory. Follow with <see cref="CommitRows"/>.</summary>
    public Span<EventRow> TryReserveRows(int count)
    {
        DebugCheck.That(count is > 0 and <= MaxRows);
        Span<byte> item = _queue.TryReserve(StageRecord.Bytes + count * StageRecord.RowBytes);
        return item.IsEmpty ? default : Reinterpret.AsMany<EventRow>(item[StageRecord.Bytes..]);
    }

    /// <summary>Keeps the first rows of what was reserved.</summary>
    public void CommitRows(int count) =>
        Commit(new StageRecord { Kind = StageKind.Rows, Count = count });

    /// <summary>True when <see cref="AddColumn"/> may follow with as many points, or fewer.</summary>
    public bool TryReserveColumn(int count) =>
        !_queue.TryReserve(StageRecord.Bytes + count * StageRecord.ColumnBytes).IsEmpty;

    public void AddColumn(SeriesId series, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        var record = new StageRecord { Kind = StageKind.Column, Count = values.Length, Series = series.Value };
        Span<byte> body = Commit(in record);
        Reinterpret.AsBytes(timestamps).CopyTo(body);
        Reinterpret.AsBytes(values).CopyTo(body[(sizeof(long) * values.Length)..]);
    }

    /// <summary>Room for so many runs and points; false when there is no memory. Follow with <see cref="CommitRuns"/>.
    /// </summary>
    public bool TryReserveRuns(int runs, int points, out Span<StageRun> into, out Span<long> timestamps,
        out Span<ulong> values)
    {
        Span<byte> item = _queue.TryReserve(StageRecord.Bytes + RunsBytes(runs, points));
        bool hasRoom = !item.IsEmpty;
        if (!hasRoom) (runs, points) = (0, 0);
        else item = item[StageRecord.Bytes..];
        int runBytes = runs * StageRun.Bytes, timeBytes = points * sizeof(long);
        into = Reinterpret.AsMany<StageRun>(item[..runBytes]);
        timestamps = Reinterpret.AsMany<long>(item.Slice(runBytes, timeBytes));
        values = Reinterpret.AsMany<ulong>(item[(runBytes + timeBytes)..]);
        return hasRoom;
    }

    /// <summary>Bytes that runs take behind their head.</summary>
    public static int RunsBytes(int runs, int points) => runs * StageRun.Bytes + points * StageRecord.ColumnBytes;

    /// <summary>Keeps what was reserved, filled from the front; of runs that were refused the counts are 0.
    /// </summary>
    public void CommitRuns(int runs, int points) =>
        Commit(new StageRecord { Kind = StageKind.Runs, Count = points, Runs = runs });

    /// <summary>True when <see cref="AddRegular"/> may follow with as many points, or fewer.</summary>
    public bool TryReserveRegular(int count) =>
        !_queue.TryReserve(StageRecord.Bytes + count * StageRecord.RegularBytes).IsEmpty;

    public void AddRegular(SeriesId series, long start, long step, ReadOnlySpan<ulong> values)
    {
        var record = new StageRecord
        {
            Kind = StageKind.Regular, Count = values.Length, Series = series.Value, Start = start, Step = step,
        };
        Reinterpret.AsBytes(values).CopyTo(Commit(in record));
    }

    /// <summary>Hands everything over.</summary>
    public void MoveTo(SlabQueue target) => _queue.MoveTo(target);

    public void Dispose() => _queue.Dispose();

    private Span<byte> Commit(in StageRecord record)
    {
        if (record.Count == 0) return default;
        int bytes = StageRecord.Bytes + record.BodyBytes;
        Span<byte> item = _queue.TryReserve(bytes); // the very place that was reserved
        Invariant.Check(!item.IsEmpty);
        Reinterpret.As<StageRecord>(item) = record;
        _queue.Commit(bytes);
        return item[StageRecord.Bytes..];
    }
}
