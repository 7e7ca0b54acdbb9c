using System;
using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>One run of AVG, MIN, MAX, SUM, COUNT, FIRST or LAST over a view. Blocks that lie in one window are added by
/// their summaries, all others by kernels over the view's own memory.</summary>
internal sealed class AggregateScan(DslQuery query, SeriesView view, QueryGuard guard, bool forceScan)
{
    private const int KeptKeys = 4096;

    private readonly GroupKeys _groups = new(query.By);
    private readonly List<BucketSet> _sets = [];
    private readonly SeriesKeyCache _keys = new(view, KeptKeys);
    private SeriesCursor? _cursor;
    private SeriesCursor? _detail; // reads the points of single blocks whose summary does not do

    /// <summary>The groups with points, in order; incomplete when the guard has stopped the run.</summary>
    public QueryGroup[] Run(TimeRange range)
    {
        List<SeriesId> series = [];
        view.Select(query.Selector, range, series);
        try
        {
            foreach (SeriesId id in series)
            {
                ValueFamily family = view.FamilyOf(id);
                if (!Answers(query.Op, family)) continue;
                if (!guard.MayReadBlock() || !AddSeries(new BucketSource(id, family, _keys), range)) break;
            }
        }
        finally
        {
            _cursor?.Dispose();
            _detail?.Dispose();
        }
        return Finish();
    }

    /// <summary>Which families an op reads; it passes over series of the others.</summary>
    private static bool Answers(QueryOp op, ValueFamily family) => family switch
    {
        ValueFamily.None => false,
        ValueFamily.Bytes or ValueFamily.String => op is QueryOp.Count or QueryOp.First or QueryOp.Last,
        ValueFamily.Histogram => op == QueryOp.Count,
        _ => true,
    };

    private bool AddSeries(in BucketSource source, TimeRange range)
    {
        (SeriesId id, ValueFamily family) = (source.Series, source.Family);
        int group = _groups.GroupOf(query.IsGrouped ? view.KeyOf(id) : s_anySeries);
        if (group == _sets.Count) _sets.Add(new BucketSet());
        BucketSet set = _sets[group];
        bool summaries = !forceScan && (family.IsNumeric() || query.Op == QueryOp.Count);
        _cursor = view.Open(id, range, summaries, _cursor);
        while (_cursor.MoveNext())
        {
            if (!guard.MayReadBlock()) return false;
            if (!_cursor.IsSummary)
            {
                if (!AddBlock(set, in source, _cursor)) return false;
                continue;
            }
            long first = _cursor.Summary.FirstTimestamp, last = _cursor.Summary.LastTimestamp;
            if (TryAddSummary(set, in source, in _cursor.Summary)) continue;
            if (guard.Status != QueryStatus.Done) return false;
            // Windows shorter than blocks: no later summary will do either, so read on to the end.
            bool readOn = query.HasWindows && (ulong)(last - first) >= (ulong)query.Window;
            if (!AddPoints(set, in source, new TimeRange(first, readOn ? range.End : last))) return false;
            if (readOn) return true;
        }
        return true;
    }

    private bool AddPoints(BucketSet set, in BucketSource source, TimeRange range)
    {
        _detail = view.Open(source.Series, range, acceptSummaries: false, _detail);
        while (_detail.MoveNext())
            if (!guard.MayReadBlock() || !AddBlock(set, in source, _detail)) return false;
        return true;
    }

    /// <summary>False when the block spans windows, holds NaN, or the guard has stopped the run.</summary>
    private bool TryAddSummary(BucketSet set, in BucketSource source, in BlockSummary summary)
    {
        long start = 0;
        if (query.HasWindows)
        {
            Tumbling.Bounds(summary.FirstTimestamp, query.Window, out start, out long last);
            if (summary.LastTimestamp > last) return false;
        }
        return TryFind(set, start, out int index) && set[index].TryAddSummary(query.Op, in source, in summary);
    }

    private bool AddBlock(BucketSet set, in BucketSource source, SeriesCursor cursor)
    {
        bool isSum = query is { HasWindows: false, Op: QueryOp.Sum or QueryOp.Avg };
        if (isSum && cursor.TrySum(out long count, out double sum))
        {
            if (!TryFind(set, 0, out int only)) return false;
            set[only].AddSum(count, sum);
            return true;
        }
        ReadOnlySpan<long> timestamps = cursor.Timestamps;
        for (int first = 0; first < timestamps.Length;)
        {
            long start = 0;
            int end = timestamps.Length;
            if (query.HasWindows)
            {
                Tumbling.Bounds(timestamps[first], query.Window, out start, out long last);
                if (timestamps[^1] > last) end = first + Tumbling.LengthThrough(timestamps[first..], last);
            }
            if (!TryFind(set, start, out int index)) return false;
            if (source.Family.IsNumeric())
                set[index].AddPoints(query.Op, in source, timestamps[first..end], cursor.Values[first..end]);
            else
                set[index].AddPayloads(query.Op, in source, cursor, first, end - first);
            first = end;
        }
        return true;
    }

    private bool TryFind(BucketSet set, long start, out int index)
    {
        index = set.Find(start);
        if (index >= 0) return true;
        if (!guard.MayAddWindow()) return false;
        index = set.Add(start);
        return true;
    }

    private QueryGroup[] Finish()
    {
        if (!query.IsGrouped) return [new QueryGroup([], _sets.Count == 0 ? default : _sets[0].Finish())];
        List<int> order = [];
        for (int group = 0; group < _sets.Count; group++) order.Add(group);
        order.Sort(_groups.Compare);
        List<QueryGroup> groups = [];
        foreach (int group in order)
        {
            ReadOnlyMemory<Bucket> windows = _sets[group].Finish();
            if (!windows.IsEmpty) groups.Add(new QueryGroup(_groups.TextOf(group), windows));
        }
        return [.. groups];
    }

    private static readonly SeriesKey s_anySeries = new([], []); // without BY every series is in the same group
}
