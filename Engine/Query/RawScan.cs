using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Native.Simd;

namespace Slungd.Engine.Query;

/// <summary>One run of RAW over a view: the first points by time, and at equal times by series key. Reads one series
/// after the other and keeps only points that can still be among the first <c>limit</c>, so memory and open cursors are
/// bounded however many series match, and no series is read further than the answer reaches.</summary>
internal sealed class RawScan
{
    private readonly DslQuery _query;
    private readonly SeriesView _view;
    private readonly QueryGuard _guard;
    private readonly int _wanted; // one more than the limit, to know whether there are more
    private readonly List<SeriesId> _series = [];
    private Candidate[] _kept = new Candidate[64];
    private int _count;
    private long _lastUseful; // points after this are surely not among the first

    public RawScan(DslQuery query, SeriesView view, QueryGuard guard, int limit)
    {
        _query = query;
        _view = view;
        _guard = guard;
        _wanted = limit + 1;
    }

    /// <summary>The points of one answer and the cursor of the next one, if any.</summary>
    /// <param name="range">The whole range of the query.</param>
    /// <param name="after">Where the answer before has ended, or null.</param>
    /// <param name="next">Where this answer ends; null at the end of all points.</param>
    public QueryPoint[] Run(TimeRange range, RawCursor? after, out RawCursor? next)
    {
        next = null;
        if (after is not null) range = range with { Start = Math.Max(range.Start, after.Timestamp) };
        _lastUseful = range.End;
        _view.Select(_query.Selector, range, _series);
        SeriesKeyOrder.Sort(_view, _series);
        SeriesCursor? cursor = null;
        try
        {
            for (int i = 0; i < _series.Count && _guard.MayReadBlock(); i++)
            {
                if (!_view.FamilyOf(_series[i]).IsNumeric()) continue;
                long start = range.Start;
                if (after is not null && start == after.Timestamp
                    && SeriesKeyOrder.Instance.Compare(_view.KeyOf(_series[i]), after.Series) <= 0)
                {
                    if (start == long.MaxValue) continue;
                    start++;
                }
                if (start > _lastUseful) continue;
                cursor = _view.Open(_series[i], new TimeRange(start, _lastUseful), acceptSummaries: false, cursor);
                if (!AddSeries(cursor, i)) break;
            }
        }
        finally
        {
            cursor?.Dispose();
        }
        return Finish(range, ref next);
    }

    private bool AddSeries(SeriesCursor cursor, int ordinal)
    {
        int taken = 0;
        while (taken < _wanted && cursor.MoveNext())
        {
            if (!_guard.MayReadBlock()) return false;
            ReadOnlySpan<long> timestamps = cursor.Timestamps;
            ReadOnlySpan<ulong> values = cursor.Values;
            for (int i = 0; i < timestamps.Length && taken < _wanted; i++)
            {
                if (timestamps[i] > _lastUseful) return true;
                if (cursor.Family == ValueFamily.Float && values[i] == Bucket.StaleMarker) continue;
                Keep(new Candidate(timestamps[i], ordinal, cursor.Family.ToDouble(values[i])));
                taken++;
            }
        }
        return true;
    }

    /// <summary>Lets candidates pile up to twice the wanted number, so that sorting costs little per point.</summary>
    private void Keep(in Candidate candidate)
    {
        if (_count == _kept.Length)
        {
            if (_count >= 2 * _wanted) Cut();
            else Array.Resize(ref _kept, (int)Math.Min(2L * _count, 2L * _wanted));
        }
        _kept[_count++] = candidate;
    }

    private void Cut()
    {
        _kept.AsSpan(0, _count).Sort();
        _count = Math.Min(_count, _wanted);
        if (_count == _wanted) _lastUseful = Math.Min(_lastUseful, _kept[_count - 1].Timestamp);
    }

    private QueryPoint[] Finish(TimeRange range, ref RawCursor? next)
    {
        Cut();
        bool more = _count == _wanted;
        QueryPoint[] points = new QueryPoint[more ? _wanted - 1 : _count];
        for (int i = 0; i < points.Length; i++)
            points[i] = new QueryPoint(_view.KeyOf(_series[_kept[i].Series]), _kept[i].Timestamp, _kept[i].Value);
        if (more) next = new RawCursor(range, points[^1].Timestamp, points[^1].Series);
        return points;
    }

    private readonly record struct Candidate(long Timestamp, int Series, double Value) : IComparable<Candidate>
    {
        public int CompareTo(Candidate other) =>
            Timestamp != other.Timestamp ? Timestamp.CompareTo(other.Timestamp) : Series.CompareTo(other.Series);
    }
}
