using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Bits;
using Slungd.Native.Os;
using Slungd.Native.Simd;

namespace Slungd.Bench.Engine.Store;

/// <summary>A store and points for it. With a directory the background thread flushes while points come in.</summary>
internal sealed class StoreLoad : IDisposable
{
    public const int ColumnPoints = 1_000;

    private readonly RefusalLog _refusals = new();
    private readonly string? _root;
    private readonly SeriesId[] _series;
    private readonly EventRow[] _rows;
    private readonly long[] _timestamps = new long[ColumnPoints];
    private readonly ulong[] _values = new ulong[ColumnPoints];
    private long _time;
    private ulong _commit;

    public StoreLoad(int series, bool onDisk, long flushPoints = 1_000_000, LogSync? sync = null)
    {
        _root = onDisk ? Directory.CreateTempSubdirectory("slungd-bench-").FullName : null;
        Options = new StoreOptions
        {
            DataDirectory = _root, ArenaBytes = 2L << 30, FlushPoints = flushPoints,
            FlushArenaShare = flushPoints > 1_000_000 ? 1 : 0.25, MinFreeDisk = FreeDiskRule.None,
            CompactionEnabled = false, // measured by itself
            LogSync = sync ?? LogSync.Off,
        };
        Store = new TimeSeriesStore(Options, PosixDisk.Instance, TimeProvider.System);
        Store.Open();
        _series = new SeriesId[series];
        for (int i = 0; i < series; i++) Store.Resolve(WireKey("cpu", "host=" + i), ValueFamily.Float, out _series[i]);
        _rows = new EventRow[Math.Max(series, 16_384)];
        var random = new Random(1);
        for (int i = 0; i < _rows.Length; i++)
        {
            (_rows[i].Series, _rows[i].Family) = (_series[i % series], ValueFamily.Float);
        }
        for (int i = 0; i < ColumnPoints; i++) _values[i] = Decimal(random);
    }

    public TimeSeriesStore Store { get; }

    public StoreOptions Options { get; }

    /// <summary>Rows round-robin over the series, as a socket loop brings them.</summary>
    public long Rows(long points, int batch)
    {
        for (long done = 0; done < points;)
        {
            int shift = (int)(done * 31 % _values.Length);
            for (int i = 0; i < _rows.Length; i++)
            {
                _rows[i].Timestamp = _time + i / _series.Length * 1_000;
                _rows[i].Bits = _values[(i + shift) % ColumnPoints];
            }
            _time += (_rows.Length + _series.Length - 1) / _series.Length * 1_000;
            for (int from = 0; from < _rows.Length && done < points; from += batch)
            {
                int count = (int)Math.Min(Math.Min(batch, _rows.Length - from), points - done);
                WaitUntilReady();
                _commit = Store.AppendRows(1, _rows.AsSpan(from, count), default, _refusals);
                done += count;
            }
        }
        return points - _refusals.Points;
    }

    /// <summary>A point for each of these series, which follow each other.</summary>
    public void SomeSeries(int first, int count)
    {
        for (int i = 0; i < count; i++)
        {
            ref EventRow row = ref _rows[i];
            row.Series = _series[(first + i) % _series.Length];
            (row.Timestamp, row.Bits) = (_time, _values[i % ColumnPoints]);
        }
        _time += 1_000;
        Store.AppendRows(1, _rows.AsSpan(0, count), default, _refusals);
    }

    /// <summary>Columns of 1,000 irregular points, series in turn.</summary>
    public long Columns(long points)
    {
        for (long done = 0; done < points; done += ColumnPoints)
        {
            int series = (int)(done / ColumnPoints % _series.Length);
            if (series == 0)
            {
                for (int i = 0; i < ColumnPoints; i++) _timestamps[i] = _time + 1_000 * i + (i & 7);
                _time += 1_000 * ColumnPoints;
            }
            WaitUntilReady();
            _commit = Store.AppendColumn(1, _series[series], ValueFamily.Float, _timestamps, _values, _refusals);
        }
        return points - _refusals.Points;
    }

    /// <summary>Regular columns of 1,000 points, series in turn.</summary>
    public long Regular(long points)
    {
        for (long done = 0; done < points; done += ColumnPoints)
        {
            int series = (int)(done / ColumnPoints % _series.Length);
            if (series == 0) _time += 1_000 * ColumnPoints;
            WaitUntilReady();
            _commit = Store.AppendRegular(1, _series[series], ValueFamily.Float, _time, 1_000, _values, _refusals);
        }
        return points - _refusals.Points;
    }

    /// <summary>Waits until everything appended is kept as the log's mode promises.</summary>
    public void WaitUntilKept()
    {
        while (Store.KeptThrough < _commit) System.Threading.Thread.Sleep(0);
    }

    /// <summary>The sum of one series, every point looked at.</summary>
    public double Sum(int series, out long count)
    {
        FloatAggregate aggregate = FloatAggregate.Empty;
        using SeriesView view = Store.OpenView();
        using SeriesCursor cursor = view.Open(_series[series], TimeRange.All, acceptSummaries: false);
        while (cursor.MoveNext())
            Kernels.Sum(Reinterpret.AsDoubles(cursor.Values), ref aggregate.Sum, ref aggregate.SumLow);
        count = 0;
        return aggregate.Total;
    }

    /// <summary>The number of points of one series, by summaries where there are any.</summary>
    public long Count(int series)
    {
        long count = 0;
        using SeriesView view = Store.OpenView();
        using SeriesCursor cursor = view.Open(_series[series], TimeRange.All, acceptSummaries: true);
        while (cursor.MoveNext()) count += cursor.IsSummary ? cursor.Summary.Count : cursor.Timestamps.Length;
        return count;
    }

    public void Dispose()
    {
        Store.Dispose();
        if (_root is not null) Directory.Delete(_root, recursive: true);
    }

    private void WaitUntilReady()
    {
        while (Store.State != SinkState.Ready) System.Threading.Thread.Sleep(1);
    }

    private static ulong Decimal(Random random) =>
        BitConverter.DoubleToUInt64Bits(Math.Round(random.NextDouble() * 100, 2));

    /// <summary>A series key as rows carry it.</summary>
    public static byte[] WireKey(string name, params ReadOnlySpan<string> tags)
    {
        var key = new List<byte>();
        Add16(name.Length);
        Add16(tags.Length);
        key.AddRange(Encoding.ASCII.GetBytes(name));
        foreach (string tag in tags)
        {
            Add16(tag.Length);
            key.AddRange(Encoding.ASCII.GetBytes(tag));
        }
        return [.. key];

        void Add16(int number) => key.AddRange([(byte)number, (byte)(number >> 8)]);
    }
}
