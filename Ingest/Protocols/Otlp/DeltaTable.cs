using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>What the deltas of each series add up to, since the store keeps cumulative values. Bounded: when it is full
/// the series that were not seen for longest are forgotten, and begin again at zero, as they do when the daemon
/// starts; queries see a counter reset, which it is. Any thread.</summary>
/// <param name="maxBytes">Of all series.</param>
/// <param name="add">Adds an exponential histogram to a payload, or makes the first one of it; null when the two can't
/// be added.</param>
internal sealed class DeltaTable(long maxBytes, Func<OtlpHistogram, byte[]?, byte[]?> add)
{
    private const int EntryBytes = 96;

    private readonly Lock _lock = new();
    private Dictionary<SeriesId, Entry> _young = [];
    private Dictionary<SeriesId, Entry> _old = []; // of the generation before
    private long _youngBytes;
    private ulong _stamp; // the last one

    /// <summary>Series that are remembered.</summary>
    public int Count
    {
        get { lock (_lock) return _young.Count + _old.Count; }
    }

    /// <summary>Before the deltas of a histogram with bounds, which gives several series: whether they are the first
    /// ones, or the first with these bounds. What was counted in others can't be added to, so that all begin again
    /// together.</summary>
    /// <param name="series">That of its count.</param>
    /// <param name="time">When the deltas end, in nanoseconds since the epoch.</param>
    /// <param name="bounds">Their hash.</param>
    /// <param name="startsAnew">For <see cref="TryAdd(SeriesId, ulong, double, bool, out double, ref DeltaChange)"/>.
    /// </param>
    /// <param name="change">Set, for <see cref="TakeBack"/>.</param>
    /// <returns>False when it is older than the last one, or of its time with other bounds.</returns>
    public bool TryBegin(SeriesId series, ulong time, ulong bounds, out bool startsAnew, ref DeltaChange change)
    {
        lock (_lock)
        {
            ref DeltaState state = ref Find(series).State;
            startsAnew = state.Time == 0 || bounds != state.Bounds;
            if (time < state.Time || (startsAnew && time == state.Time)) return false;
            Change(series, ref state, ref change);
            state.Bounds = bounds;
            return true;
        }
    }

    /// <summary>Adds a delta. One of the same time as the last is taken for the same, sent again.</summary>
    /// <param name="series">Which.</param>
    /// <param name="time">When the delta ends, in nanoseconds since the epoch.</param>
    /// <param name="delta">Its value.</param>
    /// <param name="startsAnew">What was added before is forgotten.</param>
    /// <param name="total">All of them.</param>
    /// <param name="change">Set, for <see cref="TakeBack"/>.</param>
    /// <returns>False when it is older than the last one.</returns>
    public bool TryAdd(SeriesId series, ulong time, double delta, bool startsAnew, out double total,
        ref DeltaChange change)
    {
        lock (_lock)
        {
            ref DeltaState state = ref Find(series).State;
            total = state.Sum;
            if (time < state.Time && !startsAnew) return false;
            Change(series, ref state, ref change);
            if (startsAnew) (state.Time, state.Sum) = (time, delta);
            else if (time > state.Time) (state.Time, state.Sum) = (time, state.Sum + delta);
            total = state.Sum;
            return true;
        }
    }

    /// <summary>The same for exponential histograms.</summary>
    /// <param name="series">Which.</param>
    /// <param name="time">When the delta ends, in nanoseconds since the epoch.</param>
    /// <param name="delta">Its value.</param>
    /// <param name="total">Null when they can't be added.</param>
    /// <param name="change">Set, for <see cref="TakeBack"/>.</param>
    public bool TryAdd(SeriesId series, ulong time, OtlpHistogram delta, out byte[]? total, ref DeltaChange change)
    {
        lock (_lock)
        {
            ref DeltaState state = ref Find(series).State;
            total = state.Payload;
            if (total is not null && time < state.Time) return false;
            Change(series, ref state, ref change);
            if (total is not null && time == state.Time) return true;
            total = add(delta, state.Payload);
            if (total is null) return true;
            _youngBytes += total.Length - (state.Payload?.Length ?? 0);
            (state.Time, state.Payload) = (time, total);
            Age();
            return true;
        }
    }

    /// <summary>Takes a delta back that was refused after it was added, unless anybody has added to the sum since, or
    /// got it: then values are stored that hold it.</summary>
    public void TakeBack(in DeltaChange change)
    {
        lock (_lock)
        {
            bool isYoung = _young.TryGetValue(change.Series, out Entry? entry);
            if (!isYoung && !_old.TryGetValue(change.Series, out entry)) return;
            if (entry!.State.Stamp != change.Stamp) return;
            if (isYoung)
                _youngBytes += (change.Former.Payload?.Length ?? 0) - (entry.State.Payload?.Length ?? 0);
            entry.State = change.Former;
        }
    }

    private void Change(SeriesId series, ref DeltaState state, ref DeltaChange change)
    {
        change.Series = series;
        change.Former = state;
        change.Stamp = state.Stamp = ++_stamp;
    }

    /// <summary>What is known of a series, from now on among the young.</summary>
    private Entry Find(SeriesId series)
    {
        if (_young.TryGetValue(series, out Entry? entry)) return entry;
        Age();
        if (!_old.Remove(series, out entry)) entry = new Entry();
        _young[series] = entry;
        _youngBytes += EntryBytes + (entry.State.Payload?.Length ?? 0);
        return entry;
    }

    private void Age()
    {
        if (_youngBytes > maxBytes / 2) (_young, _old, _youngBytes) = ([], _young, 0);
    }

    private sealed class Entry
    {
        public DeltaState State;
    }
}
