using System;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Native.Memory;

namespace Slungd.Bench.Engine;

/// <summary>Points prepared for appending, and the ways to append a generation of them: a fresh memtable from a warm
/// arena, everything written, memory given back.</summary>
internal sealed class MemtableLoad : IDisposable
{
    public const int ColumnPoints = 1_000;

    private readonly Arena _arena = new(1L << 30, keepWarmBytes: 1L << 30);
    private readonly RefusalLog _refusals = new();
    private readonly EventRow[] _inOrder, _someLate;
    private readonly long[] _timestamps = new long[ColumnPoints];
    private readonly ulong[] _values = new ulong[ColumnPoints];
    private readonly int _shards;

    public MemtableLoad(int points, int shards, int series = 10_000)
    {
        _shards = shards;
        _inOrder = new EventRow[points];
        _someLate = new EventRow[points];
        var random = new Random(1);
        for (int i = 0; i < points; i++)
        {
            _inOrder[i] = new EventRow
            {
                Series = new SeriesId((uint)(i % series)), Timestamp = 1_000L * i, Bits = (ulong)i,
                Family = ValueFamily.Float,
            };
            _someLate[i] = _inOrder[i];
            // Up to 50 points of its series late: it belongs somewhere into the newest blocks.
            if (random.Next(20) == 0) _someLate[i].Timestamp -= 500 + 1_000L * series * random.Next(50);
        }
        for (int i = 0; i < ColumnPoints; i++) _values[i] = (ulong)i;
    }

    public ReadOnlySpan<EventRow> InOrder => _inOrder;

    public long Points => _inOrder.Length;

    /// <summary>Rows round-robin over the series.</summary>
    public long Rows(int batch) => Rows(_inOrder, batch);

    /// <summary>The same, 5 % of them late.</summary>
    public long RowsSomeLate(int batch) => Rows(_someLate, batch);

    /// <summary>Columns of 1,000 irregular points, series in turn.</summary>
    public long Columns(int series)
    {
        Memtable memtable = Begin();
        for (long done = 0; done < Points; done += ColumnPoints)
        {
            uint id = (uint)(done / ColumnPoints % series);
            for (int i = 0; i < ColumnPoints; i++) _timestamps[i] = 1_000 * (done + i) + (i & 7);
            memtable.AppendColumn(new SeriesId(id), _timestamps, _values, _refusals);
        }
        return End(memtable);
    }

    /// <summary>Regular columns of 1,000 points, series in turn.</summary>
    public long Regular(int series)
    {
        Memtable memtable = Begin();
        for (long done = 0; done < Points; done += ColumnPoints)
        {
            uint id = (uint)(done / ColumnPoints % series);
            memtable.AppendRegular(new SeriesId(id), 1_000 * done, 1_000, _values, _refusals);
        }
        return End(memtable);
    }

    public void Dispose() => _arena.Dispose();

    private long Rows(EventRow[] rows, int batch)
    {
        Memtable memtable = Begin();
        for (int done = 0; done < rows.Length; done += batch)
            memtable.AppendRows(rows.AsSpan(done, Math.Min(batch, rows.Length - done)), default, _refusals);
        return End(memtable);
    }

    private Memtable Begin()
    {
        var memtable = new Memtable(_arena, _shards, 1_000_000);
        if (!memtable.TryBeginWrite(1)) throw new InvalidOperationException("a new memtable is open");
        return memtable;
    }

    private long End(Memtable memtable)
    {
        memtable.EndWrite();
        long points = memtable.Points - _refusals.Points;
        memtable.Release();
        return points;
    }
}
