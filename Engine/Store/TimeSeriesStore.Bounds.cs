using System;
using System.Threading;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Native.Simd;

namespace Slungd.Engine.Store;

/// <summary>Which points are too old or too new. Of what one call brings the newest point counts for the others, too,
/// wherever it stands: what it makes expire is refused, not stored and never shown.</summary>
internal sealed partial class TimeSeriesStore
{
    /// <summary>A clock before 2020 is not set: no limit follows from it.</summary>
    private static readonly DateTimeOffset s_sane = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public RefusalCode CheckTime(long timestamp) =>
        CurrentBounds(Volatile.Read(ref _state).Active).Check(timestamp);

    /// <summary>The retention counts from the newest accepted point, but not from beyond the clock; the future limit
    /// from the clock, unless that is not set.</summary>
    /// <param name="memtable">The active one.</param>
    /// <param name="accepted">The newest of the points that are being accepted; long.MinValue: none.</param>
    private TimeBounds CurrentBounds(Memtable memtable, long accepted = long.MinValue)
    {
        if (_options.Retention is null && _options.FutureLimit is null) return TimeBounds.None;
        bool isClockSet = _clock.GetUtcNow() >= s_sane;
        long future = isClockSet ? Add(Precision.Now(_clock), _options.FutureLimit ?? TimeSpan.Zero) : long.MaxValue;
        long newestAccepted = _options.FutureLimit is null ? long.MaxValue : future;
        if (_options.Retention is not { } retention) return new TimeBounds(long.MinValue, newestAccepted);
        long newest = Math.Max(memtable.NewestTimestamp, Volatile.Read(ref _newestSealed));
        newest = Math.Min(Math.Max(newest, accepted), future);
        return new TimeBounds(newest == long.MinValue ? long.MinValue : Add(newest, -retention), newestAccepted);
    }

    /// <summary>In store units, without overflow.</summary>
    private long Add(long timestamp, TimeSpan span)
    {
        Int128 units = (Int128)span.Ticks * Precision.PerSecond() / TimeSpan.TicksPerSecond;
        return (long)Int128.Clamp(timestamp + units, long.MinValue, long.MaxValue);
    }

    private TimeBounds BoundsOf(Memtable memtable, ReadOnlySpan<EventRow> rows)
    {
        if (_options.Retention is null || rows.IsEmpty) return CurrentBounds(memtable);
        long min = long.MaxValue, max = long.MinValue;
        foreach (ref readonly EventRow row in rows)
        {
            min = Math.Min(min, row.Timestamp);
            max = Math.Max(max, row.Timestamp);
        }
        if (TryBound(memtable, min, max, out TimeBounds bounds)) return bounds;
        long newest = long.MinValue;
        foreach (ref readonly EventRow row in rows)
            if (row.Timestamp > newest && row.Timestamp <= bounds.Newest && Fits(row.Series, row.Family))
                newest = row.Timestamp;
        return CurrentBounds(memtable, newest);
    }

    private TimeBounds BoundsOf(Memtable memtable, ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps)
    {
        if (_options.Retention is null || timestamps.IsEmpty) return CurrentBounds(memtable);
        Kernels.MinMax(timestamps, out long min, out long max);
        if (TryBound(memtable, min, max, out TimeBounds bounds)) return bounds;
        long newest = long.MinValue;
        int at = 0;
        foreach (ColumnRun run in runs)
        {
            ReadOnlySpan<long> own = timestamps.Slice(at, run.Count);
            at += run.Count;
            if (!Fits(run.Series, run.Family)) continue;
            foreach (long timestamp in own)
                if (timestamp > newest && timestamp <= bounds.Newest) newest = timestamp;
        }
        return CurrentBounds(memtable, newest);
    }

    private TimeBounds BoundsOf(Memtable memtable, long start, long step, int count)
    {
        if (_options.Retention is null) return CurrentBounds(memtable);
        long last = start + step * (count - 1);
        if (TryBound(memtable, Math.Min(start, last), Math.Max(start, last), out TimeBounds bounds)) return bounds;
        long newest = long.MinValue;
        for (int i = 0; i < count; i++)
        {
            long timestamp = start + step * i;
            if (timestamp > newest && timestamp <= bounds.Newest) newest = timestamp;
        }
        return CurrentBounds(memtable, newest);
    }

    /// <summary>The bounds if all points from the oldest to the newest are accepted, or none of them is so old that it
    /// matters which are. When it does: false, and in the bounds which points can be the newest.</summary>
    private bool TryBound(Memtable memtable, long min, long max, out TimeBounds bounds)
    {
        bounds = CurrentBounds(memtable, max);
        if (min >= bounds.Oldest) return true;
        bounds = bounds with { Newest = Math.Min(bounds.Newest, FutureBound()) };
        return false;
    }

    /// <summary>Whether a series takes values of this family, as far as one can see without fixing one.</summary>
    private bool Fits(SeriesId series, ValueFamily family)
    {
        ValueFamily own = _registry.FamilyOf(series);
        return own == family || own == ValueFamily.None || (own == ValueFamily.Float && family == ValueFamily.Int);
    }
}
