using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Live queries: a sink around the store's. A point is stored and queryable before any subscriber sees it;
/// subscribers get points in the order of arrival, refused ones never. Without subscriptions a batch costs one read of
/// a field; with them one look-up per row. Any thread.</summary>
internal sealed class LiveHub : IEventSink
{
    [ThreadStatic]
    private static RefusalLog? s_refusals;

    [ThreadStatic]
    private static int s_depth;

    private readonly IEventSink _inner;
    private readonly Func<SeriesId, SeriesKey> _keyOf;
    private readonly TimeProvider _clock;
    private readonly Limits _limits;
    private readonly Lock _lock = new();
    private readonly Dictionary<byte[], LiveSubscription[]> _byName = new(BytesComparer.Instance); // under the lock
    private LiveSubscription[] _windowed = []; // replaced under the lock
    private int _count; // under the lock
    private int _sliding; // under the lock
    private volatile LiveTable? _table; // null: nobody listens

    /// <param name="inner">The store's sink.</param>
    /// <param name="keyOf">The registry's key of a series that the sink has resolved.</param>
    /// <param name="clock">Moves relative ranges.</param>
    /// <param name="limits">Bounds queues and windows.</param>
    public LiveHub(IEventSink inner, Func<SeriesId, SeriesKey> keyOf, TimeProvider clock, Limits limits)
    {
        _inner = inner;
        _keyOf = keyOf;
        _clock = clock;
        _limits = limits;
    }

    /// <summary>What this thread writes as producer 0 answers an event that answered an event ... so many times: the
    /// events carry it, so that endless loops can be cut. 0 unless a workflow writes.</summary>
    public static int Depth
    {
        get => s_depth;
        set => s_depth = value;
    }

    public SinkState State => _inner.State;

    public string? StateReason => _inner.StateReason;

    public Precision Precision => _inner.Precision;

    public ulong KeptThrough => _inner.KeptThrough;

    public int Subscriptions
    {
        get { lock (_lock) return _count; }
    }

    /// <summary>There are as many as may be.</summary>
    public bool IsFull => Subscriptions >= _limits.MaxLiveQueries;

    public RefusalCode CheckTime(long timestamp) => _inner.CheckTime(timestamp);

    public void OnKept(Action callback) => _inner.OnKept(callback);

    public void CountRefused(int points, RefusalCode code) => _inner.CountRefused(points, code);

    public void CountTurnedAway(RefusalCode code) => _inner.CountTurnedAway(code);

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series) =>
        _inner.Resolve(wireKey, family, out series);

    public void ResolveRows(ReadOnlySpan<byte> wireKeys, ReadOnlySpan<int> ends, Span<EventRow> rows,
        RefusalLog refusals) => _inner.ResolveRows(wireKeys, ends, rows, refusals);

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series,
        SeriesAllowance? allowance) => _inner.Resolve(wireKey, family, out series, allowance);

    public void ResolveRows(ReadOnlySpan<byte> wireKeys, ReadOnlySpan<int> ends, Span<EventRow> rows,
        RefusalLog refusals, SeriesAllowance? allowance) =>
        _inner.ResolveRows(wireKeys, ends, rows, refusals, allowance);

    /// <summary>Begins a live query. Any op delivers the raw events, unless there is a window.</summary>
    /// <param name="query">Read with this sink's precision.</param>
    /// <param name="onReady">Called on a producer's thread when the stream stops being empty: must be quick, not block,
    /// and not call the hub.</param>
    /// <param name="subscription">The stream; end it with <see cref="Unsubscribe"/>.</param>
    /// <param name="error">Why the query can't be live.</param>
    public bool TrySubscribe(DslQuery query, Action onReady, out LiveSubscription? subscription,
        out QueryParseError error)
    {
        subscription = null;
        error = default;
        if (query.IsGrouped && !query.HasWindows)
        {
            error = new QueryParseError("expected a window: a live query without one does not group", query.ByAt);
            return false;
        }
        lock (_lock)
        {
            if (_count >= _limits.MaxLiveQueries)
            {
                error = new QueryParseError($"expected at most {_limits.MaxLiveQueries} live queries in all",
                    QueryParseError.Nowhere);
                return false;
            }
            subscription = new LiveSubscription(query, _limits, Precision.Now(_clock), onReady);
            byte[] name = query.Selector.Name!;
            _byName.TryGetValue(name, out LiveSubscription[]? others);
            _byName[name] = [.. others ?? [], subscription];
            if (query.HasWindows) _windowed = [.. _windowed, subscription];
            Changed(query, +1);
        }
        return true;
    }

    /// <summary>Ends a live query: nothing is added after this returns. Doing it twice does nothing.</summary>
    public void Unsubscribe(LiveSubscription subscription)
    {
        subscription.Close();
        lock (_lock)
        {
            byte[] name = subscription.Query.Selector.Name!;
            if (!_byName.TryGetValue(name, out LiveSubscription[]? subscriptions)) return;
            if (Array.IndexOf(subscriptions, subscription) < 0) return;
            if (subscriptions.Length == 1) _byName.Remove(name);
            else _byName[name] = Array.FindAll(subscriptions, other => other != subscription);
            if (subscription.Query.HasWindows) _windowed = Array.FindAll(_windowed, other => other != subscription);
            Changed(subscription.Query, -1);
        }
    }

    /// <summary>Closes the windows that are due. The host calls this a few times per second.</summary>
    /// <param name="now">The clock in store units.</param>
    public void Tick(long now)
    {
        foreach (LiveSubscription subscription in Volatile.Read(ref _windowed)) subscription.Tick(now);
    }

    public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        RefusalLog refusals)
    {
        LiveTable? table = _table;
        if (table is null) return _inner.AppendRows(producer, rows, payload, refusals);
        RefusalLog own = TakeLog();
        ulong commit = _inner.AppendRows(producer, rows, payload, own);
        ReadOnlySpan<Refusal> refused = PassOn(own, refusals);
        long now = NowFor(table);
        int next = 0;
        for (int i = 0; i < rows.Length; i++)
        {
            if (next < refused.Length && i >= refused[next].First)
            {
                i = refused[next].First + refused[next++].Count - 1;
                continue;
            }
            ref readonly EventRow row = ref rows[i];
            LiveMatches matches = MatchesOf(table, row.Series);
            if (ReferenceEquals(matches, LiveMatches.None) || !row.Family.IsNumeric()) continue;
            Deliver(matches, now, new LiveColumn
            {
                Series = matches.Series!,
                Producer = producer,
                Family = row.Family,
                Values = new ReadOnlySpan<ulong>(in row.Bits),
                Start = row.Timestamp,
            });
        }
        return commit;
    }

    public ulong AppendRuns(ulong producer, ReadOnlySpan<ColumnRun> runs, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        if (_table is null) return _inner.AppendRuns(producer, runs, timestamps, values, refusals);
        ulong commit = KeptThrough;
        int at = 0;
        foreach (ColumnRun run in runs)
        {
            commit = Math.Max(commit, AppendColumn(producer, run.Series, run.Family, timestamps.Slice(at, run.Count),
                values.Slice(at, run.Count), refusals, at));
            at += run.Count;
        }
        return commit;
    }

    public ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals) =>
        AppendColumn(producer, series, family, timestamps, values, refusals, firstIndex: 0);

    private ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals, int firstIndex)
    {
        LiveTable? table = _table;
        LiveMatches matches = table is null ? LiveMatches.None : MatchesOf(table, series);
        if (ReferenceEquals(matches, LiveMatches.None) && firstIndex == 0)
            return _inner.AppendColumn(producer, series, family, timestamps, values, refusals);
        RefusalLog own = TakeLog();
        ulong commit = _inner.AppendColumn(producer, series, family, timestamps, values, own);
        Deliver(matches, NowFor(table!), new LiveColumn
        {
            Series = matches.Series!,
            Producer = producer,
            Family = family,
            Values = values,
            Timestamps = timestamps,
            Refused = PassOn(own, refusals, firstIndex),
        });
        return commit;
    }

    public ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        LiveTable? table = _table;
        LiveMatches matches = table is null ? LiveMatches.None : MatchesOf(table, series);
        if (ReferenceEquals(matches, LiveMatches.None))
            return _inner.AppendRegular(producer, series, family, start, step, values, refusals);
        RefusalLog own = TakeLog();
        ulong commit = _inner.AppendRegular(producer, series, family, start, step, values, own);
        Deliver(matches, NowFor(table!), new LiveColumn
        {
            Series = matches.Series!,
            Producer = producer,
            Family = family,
            Values = values,
            Start = start,
            Step = step,
            Refused = PassOn(own, refusals),
        });
        return commit;
    }

    private static void Deliver(LiveMatches matches, long now, in LiveColumn column)
    {
        foreach (LiveMatch match in matches.Matches) match.Subscription.Offer(in column, match.Group, now);
    }

    private long NowFor(LiveTable table) => table.Slides ? Precision.Now(_clock) : 0;

    private LiveMatches MatchesOf(LiveTable table, SeriesId series) =>
        table.Find(series) ?? ResolveMatches(table, series);

    private LiveMatches ResolveMatches(LiveTable table, SeriesId series)
    {
        SeriesKey key = _keyOf(series);
        lock (_lock)
        {
            List<LiveMatch> found = [];
            if (_byName.TryGetValue(key.NameBytes, out LiveSubscription[]? subscriptions))
                foreach (LiveSubscription subscription in subscriptions)
                    if (subscription.Query.Selector.Matches(key))
                        found.Add(new LiveMatch(subscription, subscription.GroupOf(key)));
            LiveMatches matches = found.Count == 0 ? LiveMatches.None : new LiveMatches(key, [.. found]);
            table.Set(series, matches);
            return matches;
        }
    }

    /// <summary>Publishes an empty table; entries of the old one may miss a new subscription.</summary>
    private void Changed(DslQuery query, int by)
    {
        _count += by;
        if (query.Range is { Slides: true }) _sliding += by;
        _table = _count == 0 ? null : new LiveTable(_limits.MaxSeries, _sliding > 0);
    }

    /// <summary>The inner sink reports into a log of our own, since the caller's may hold refusals of other
    /// calls.</summary>
    private static RefusalLog TakeLog()
    {
        RefusalLog log = s_refusals ??= new RefusalLog();
        log.Clear();
        return log;
    }

    private static ReadOnlySpan<Refusal> PassOn(RefusalLog own, RefusalLog refusals, int firstIndex = 0)
    {
        if (own.Points == 0) return default;
        own.Sort();
        foreach (Refusal run in own.Runs) refusals.Add(firstIndex + run.First, run.Count, run.Code);
        return own.Runs;
    }
}
