using System;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Memory;
using Slungd.Native.Simd;

namespace Slungd.Engine.Wal;

/// <summary>Sorts what lies in a window of staged writes into columns, one series behind the other, by counting: once
/// over the window to count each series' points, once to put each where it belongs. Within a series the order of the
/// writes stays. A long column that is all there is of its series is left where it lies. Reused; one thread.</summary>
/// <param name="series">Has a slot for each series.</param>
/// <param name="longPoints">From so many points on a column is long.</param>
internal sealed class WindowColumns(SeriesTable series, int longPoints)
{
    private const int SlabShift = 16;

    private uint[] _series = new uint[64];
    private int _seriesCount;
    private long[] _timestamps = [];
    private ulong[] _values = [];

    /// <summary>The series in the window, in the order of their first points, which is that of the columns.</summary>
    public ReadOnlySpan<uint> Series => _series.AsSpan(0, _seriesCount);

    /// <summary>Takes in a window; its memory must stay until <see cref="Clear"/>.</summary>
    public void Fill(SlabWindow window)
    {
        Invariant.Check(window.Count <= SlabWindow.MaxSlabs && _seriesCount == 0);
        for (int slab = 0; slab < window.Count; slab++) Count(window[slab], slab);
        int total = 0;
        foreach (uint id in Series)
        {
            ref SeriesTable.Slot slot = ref series[id];
            if (slot.Source != 0) continue;
            slot.End = total;
            total += slot.Count;
        }
        if (total == 0) return;
        if (total > _values.Length)
        {
            _timestamps = new long[total + total / 4];
            _values = new ulong[_timestamps.Length];
        }
        for (int slab = 0; slab < window.Count; slab++) Place(window[slab]);
    }

    /// <summary>Forgets the window.</summary>
    public void Clear()
    {
        foreach (uint id in Series) (series[id].Count, series[id].Source) = (0, 0);
        _seriesCount = 0;
    }

    /// <summary>A series' points in their order. </summary>
    /// <param name="id">One of <see cref="Series"/>.</param>
    /// <param name="window">As it was filled in.</param>
    /// <param name="timestamps">At least one.</param>
    /// <param name="values">As many.</param>
    /// <returns>Where they lie in the columns; -1: nowhere, they are still in the window.</returns>
    public int Get(uint id, SlabWindow window, out ReadOnlySpan<long> timestamps, out ReadOnlySpan<ulong> values)
    {
        ref SeriesTable.Slot slot = ref series[id];
        if (slot.Source != 0)
        {
            ReadOnlySpan<byte> item = window[slot.Source - 1 >> SlabShift][(slot.Source - 1 & (1 << SlabShift) - 1)..];
            Columns(item, slot.Count, out timestamps, out values);
            return -1;
        }
        int start = slot.End - slot.Count;
        timestamps = Timestamps(start, slot.Count);
        values = Values(start, slot.Count);
        return start;
    }

    /// <summary>A part of all columns.</summary>
    public ReadOnlySpan<long> Timestamps(int start, int count) => _timestamps.AsSpan(start, count);

    /// <inheritdoc cref="Timestamps"/>
    public ReadOnlySpan<ulong> Values(int start, int count) => _values.AsSpan(start, count);

    private void Count(ReadOnlySpan<byte> items, int slab)
    {
        for (int at = 0; at < items.Length;)
        {
            ref readonly StageRecord record = ref Reinterpret.As<StageRecord>(items[at..]);
            int next = at + StageRecord.Bytes + record.BodyBytes;
            if (record.Kind == StageKind.Rows)
            {
                foreach (ref readonly EventRow row in Rows(items[at..next])) Add(row.Series.Value, 1, 0);
            }
            else if (record.Kind == StageKind.Runs)
            {
                foreach (ref readonly StageRun run in Runs(in record, items[at..next])) Add(run.Series, run.Count, 0);
            }
            else
            {
                bool isWhole = record.Kind == StageKind.Column && record.Count >= longPoints;
                Add(record.Series, record.Count, isWhole ? (slab << SlabShift | at) + 1 : 0);
            }
            at = next;
        }
    }

    private void Add(uint id, int points, int source)
    {
        if (points == 0) return; // a run that was refused
        ref SeriesTable.Slot slot = ref series[id];
        if (slot.Count == 0)
        {
            if (_seriesCount == _series.Length) Array.Resize(ref _series, _series.Length * 2);
            _series[_seriesCount++] = id;
            slot.Source = source;
        }
        else slot.Source = 0;
        slot.Count += points;
    }

    private void Place(ReadOnlySpan<byte> items)
    {
        for (int at = 0; at < items.Length;)
        {
            ref readonly StageRecord record = ref Reinterpret.As<StageRecord>(items[at..]);
            int next = at + StageRecord.Bytes + record.BodyBytes;
            if (record.Kind == StageKind.Rows) PlaceRows(Rows(items[at..next]));
            else if (record.Kind == StageKind.Runs) PlaceRuns(in record, items[at..next]);
            else if (series[record.Series].Source == 0) PlaceColumn(in record, items[at..next]);
            at = next;
        }
    }

    private void PlaceRows(ReadOnlySpan<EventRow> rows)
    {
        foreach (ref readonly EventRow row in rows)
        {
            int to = series[row.Series.Value].End++;
            _timestamps[to] = row.Timestamp;
            _values[to] = row.Bits;
        }
    }

    private void PlaceRuns(in StageRecord record, ReadOnlySpan<byte> item)
    {
        ReadOnlySpan<StageRun> runs = Runs(in record, item);
        Columns(item[(record.Runs * StageRun.Bytes)..], record.Count, out ReadOnlySpan<long> timestamps,
            out ReadOnlySpan<ulong> values);
        int at = 0;
        foreach (ref readonly StageRun run in runs)
        {
            ref int end = ref series[run.Series].End;
            if (run.Count == 1) (_timestamps[end], _values[end]) = (timestamps[at], values[at]);
            else
            {
                timestamps.Slice(at, run.Count).CopyTo(_timestamps.AsSpan(end));
                values.Slice(at, run.Count).CopyTo(_values.AsSpan(end));
            }
            end += run.Count;
            at += run.Count;
        }
    }

    private void PlaceColumn(in StageRecord record, ReadOnlySpan<byte> item)
    {
        ref int end = ref series[record.Series].End;
        Span<long> timestamps = _timestamps.AsSpan(end, record.Count);
        Span<ulong> values = _values.AsSpan(end, record.Count);
        if (record.Kind == StageKind.Column)
        {
            Columns(item, record.Count, out ReadOnlySpan<long> fromTimestamps, out ReadOnlySpan<ulong> fromValues);
            fromTimestamps.CopyTo(timestamps);
            fromValues.CopyTo(values);
        }
        else
        {
            Kernels.Fill(timestamps, record.Start, record.Step);
            Reinterpret.AsUInt64(item[StageRecord.Bytes..]).CopyTo(values);
        }
        end += record.Count;
    }

    private static ReadOnlySpan<EventRow> Rows(ReadOnlySpan<byte> item) =>
        Reinterpret.AsMany<EventRow>(item[StageRecord.Bytes..]);

    private static ReadOnlySpan<StageRun> Runs(in StageRecord record, ReadOnlySpan<byte> item) =>
        Reinterpret.AsMany<StageRun>(item.Slice(StageRecord.Bytes, record.Runs * StageRun.Bytes));

    private static void Columns(ReadOnlySpan<byte> item, int count, out ReadOnlySpan<long> timestamps,
        out ReadOnlySpan<ulong> values)
    {
        int bytes = sizeof(long) * count;
        timestamps = Reinterpret.AsInt64(item.Slice(StageRecord.Bytes, bytes));
        values = Reinterpret.AsUInt64(item.Slice(StageRecord.Bytes + bytes, bytes));
    }
}
