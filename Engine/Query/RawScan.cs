using System;
using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>One run of RAW over a view: the first points by time, and at equal times by series key. Reads one series
/// after the other and keeps only points that can still be among the first <c>limit</c>, so memory and open cursors are
/// bounded however many series match, and no series is read further than the answer reaches. Texts and bytes are
/// fetched last, for the points of the answer alone.</summary>
internal sealed class RawScan : IComparer<RawScan.Candidate>
{
    private readonly DslQuery _query;
    private readonly SeriesView _view;
    private readonly QueryGuard _guard;
    private readonly SeriesKeyCache _keys;
    private readonly int _maxPayload;
    private readonly int _wanted; // one more than the limit, to know whether there are more
    private Candidate[] _kept = new Candidate[64];
    private int _count;
    private long _lastUseful; // points after this are surely not among the first

    public RawScan(DslQuery query, SeriesView view, QueryGuard guard, int limit, int maxPayload)
    {
        _query = query;
        _view = view;
        _guard = guard;
        _wanted = limit + 1;
        _maxPayload = maxPayload;
        _keys = new SeriesKeyCache(view, Math.Max(4096, 2 * _wanted));
    }

    /// <param name="Timestamp">When.</param>
    /// <param name="Series">Whose.</param>
    /// <param name="Value">Of a numeric family.</param>
    /// <param name="Bytes">How long a text or bytes value is; negative: it is a number.</param>
    internal readonly record struct Candidate(long Timestamp, SeriesId Series, double Value, int Bytes);

    /// <summary>The order of the answer.</summary>
    public int Compare(Candidate a, Candidate b) =>
        a.Timestamp != b.Timestamp ? a.Timestamp.CompareTo(b.Timestamp) : _keys.Compare(a.Series, b.Series);

    /// <summary>The points of one answer and the cursor of the next one, if any.</summary>
    /// <param name="range">The whole range of the query.</param>
    /// <param name="after">Where the answer before has ended, or null.</param>
    /// <param name="next">Where this answer ends; null at the end of all points.</param>
    public QueryPoint[] Run(TimeRange range, RawCursor? after, out RawCursor? next)
    {
        TimeRange rest = after is null ? range : range with { Start = Math.Max(range.Start, after.Timestamp) };
        _lastUseful = rest.End;
        List<SeriesId> series = [];
        _view.Select(_query.Selector, rest, series);
        SeriesCursor? cursor = null;
        try
        {
            foreach (SeriesId id in series)
            {
                if (!_guard.MayReadBlock()) break;
                if (_view.FamilyOf(id) is ValueFamily.None or ValueFamily.Histogram) continue;
                TimeRange useful = rest with { End = _lastUseful };
                cursor = _view.Open(id, useful, acceptSummaries: false, cursor);
                if (!AddSeries(cursor, id, after)) break;
            }
        }
        finally
        {
            cursor?.Dispose();
        }
        return Finish(range, out next);
    }

    private bool AddSeries(SeriesCursor cursor, SeriesId series, RawCursor? after)
    {
        int taken = 0;
        ValueFamily family = cursor.Family;
        while (taken < _wanted && cursor.MoveNext())
        {
            if (!_guard.MayReadBlock()) return false;
            ReadOnlySpan<long> timestamps = cursor.Timestamps;
            ReadOnlySpan<ulong> values = cursor.Values;
            for (int i = 0; i < timestamps.Length && taken < _wanted; i++)
            {
                if (timestamps[i] > _lastUseful) return true;
                if (family == ValueFamily.Float && values[i] == Bucket.StaleMarker) continue;
                if (after is not null && timestamps[i] == after.Timestamp && WasGiven(series, after)) continue;
                Keep(family.IsNumeric() ? new Candidate(timestamps[i], series, family.ToDouble(values[i]), -1)
                    : new Candidate(timestamps[i], series, 0, cursor.PayloadAt(i).Length));
                taken++;
            }
        }
        return true;
    }

    /// <summary>Whether a point at the time where the answer before has ended was part of it.</summary>
    private bool WasGiven(SeriesId series, RawCursor after) =>
        SeriesKeyOrder.Instance.Compare(_keys.Of(series), after.Series) <= 0;

    /// <summary>Lets candidates pile up to twice the wanted number, so that sorting costs little per point.</summary>
    private void Keep(in Candidate candidate)
    {
        if (_count == _kept.Length)
        {
            if (_count >= 2 * _wanted) Cut();
            else Array.Resize(ref _kept, Math.Min(2 * _count, 2 * _wanted));
        }
        _kept[_count++] = candidate;
    }

    private void Cut()
    {
        MemoryExtensions.Sort<Candidate, RawScan>(_kept.AsSpan(0, _count), this);
        if (_count < _wanted) return;
        _count = _wanted;
        _lastUseful = Math.Min(_lastUseful, _kept[_count - 1].Timestamp);
    }

    private QueryPoint[] Finish(TimeRange range, out RawCursor? next)
    {
        Cut();
        bool more = _count == _wanted;
        ReadOnlySpan<Candidate> answer = _kept.AsSpan(0, more ? _wanted - 1 : _count);
        int fitting = CountFitting(answer);
        more |= fitting < answer.Length;
        answer = answer[..fitting];
        QueryPoint[] points = new QueryPoint[answer.Length];
        bool hasPayload = false;
        for (int i = 0; i < points.Length; i++)
        {
            points[i] = new QueryPoint(_keys.Of(answer[i].Series), answer[i].Timestamp, QueryValue.Of(answer[i].Value));
            hasPayload |= answer[i].Bytes >= 0;
        }
        if (hasPayload) FetchPayloads(answer, points);
        next = more ? new RawCursor(range, points[^1].Timestamp, points[^1].Series) : null;
        return points;
    }

    /// <summary>How many points from the first on have no more bytes than allowed together; at least one.</summary>
    private int CountFitting(ReadOnlySpan<Candidate> answer)
    {
        long bytes = 0;
        for (int i = 0; i < answer.Length; i++)
        {
            bytes += Math.Max(0, answer[i].Bytes);
            if (bytes > _maxPayload && i > 0) return i;
        }
        return answer.Length;
    }

    /// <summary>Series by series, each in one go.</summary>
    private void FetchPayloads(ReadOnlySpan<Candidate> answer, QueryPoint[] points)
    {
        var bySeries = new Dictionary<uint, List<int>>();
        for (int i = 0; i < answer.Length; i++)
        {
            if (answer[i].Bytes < 0) continue;
            if (!bySeries.TryGetValue(answer[i].Series.Value, out List<int>? indexes))
                bySeries.Add(answer[i].Series.Value, indexes = []);
            indexes.Add(i);
        }
        SeriesCursor? cursor = null;
        foreach ((uint series, List<int> indexes) in bySeries)
        {
            var range = new TimeRange(points[indexes[0]].Timestamp, points[indexes[^1]].Timestamp);
            cursor = _view.Open(new SeriesId(series), range, acceptSummaries: false, cursor);
            int next = 0;
            while (next < indexes.Count && _guard.MayReadBlock() && cursor.MoveNext())
            {
                for (int i = 0; i < cursor.Timestamps.Length && next < indexes.Count; i++)
                {
                    ref QueryPoint point = ref points[indexes[next]];
                    if (cursor.Timestamps[i] != point.Timestamp) continue;
                    point = point with { Value = new QueryValue(cursor.Family, 0, cursor.PayloadAt(i).ToArray()) };
                    next++;
                }
            }
        }
        cursor?.Dispose();
    }
}
