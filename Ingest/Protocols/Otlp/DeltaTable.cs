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
    /// <param name="startsAnew">For <see cref="TryAdd(SeriesId, ulong, double, bool, out double)"/>.</param>
    /// <returns>False when it is older than the last one, or of its time with other bounds.</returns>
    public bool TryBegin(SeriesId series, ulong time, ulong bounds, out bool startsAnew)
    {
        lock (_lock)
        {
            Entry entry = Find(series, time, out bool isNew);
            startsAnew = isNew || bounds != entry.Bounds;
            if (!isNew && (time < entry.Time || (startsAnew && time == entry.Time))) return false;
            entry.Bounds = bounds;
            return true;
        }
    }

    /// <summary>Adds a delta. One of the same time as the last is taken for the same, sent again.</summary>
    /// <param name="series">Which.</param>
    /// <param name="time">When the delta ends, in nanoseconds since the epoch.</param>
    /// <param name="delta">Its value.</param>
    /// <param name="startsAnew">What was added before is forgotten.</param>
    /// <param name="total">All of them.</param>
    /// <returns>False when it is older than the last one.</returns>
    public bool TryAdd(SeriesId series, ulong time, double delta, bool startsAnew, out double total)
    {
        lock (_lock)
        {
            Entry entry = Find(series, time, out bool isNew);
            if (startsAnew) (entry.Time, entry.Sum) = (time, delta);
            else if (time > entry.Time || isNew) (entry.Time, entry.Sum) = (time, entry.Sum + delta);
            total = entry.Sum;
            return time == entry.Time;
        }
    }

    /// <summary>The same for exponential histograms.</summary>
    /// <param name="series">Which.</param>
    /// <param name="time">When the delta ends, in nanoseconds since the epoch.</param>
    /// <param name="delta">Its value.</param>
    /// <param name="total">Null when they can't be added.</param>
    public bool TryAdd(SeriesId series, ulong time, OtlpHistogram delta, out byte[]? total)
    {
        lock (_lock)
        {
            Entry entry = Find(series, time, out _);
            total = entry.Payload;
            if (total is not null && time <= entry.Time) return time == entry.Time;
            total = add(delta, entry.Payload);
            if (total is null) return true;
            _youngBytes += total.Length - (entry.Payload?.Length ?? 0);
            (entry.Time, entry.Payload) = (time, total);
            Age();
            return true;
        }
    }

    /// <summary>What is known of a series, from now on among the young.</summary>
    private Entry Find(SeriesId series, ulong time, out bool isNew)
    {
        isNew = false;
        if (_young.TryGetValue(series, out Entry? entry)) return entry;
        Age();
        if (!_old.Remove(series, out entry))
        {
            entry = new Entry { Time = time };
            isNew = true;
        }
        _young[series] = entry;
        _youngBytes += EntryBytes + (entry.Payload?.Length ?? 0);
        return entry;
    }

    private void Age()
    {
        if (_youngBytes > maxBytes / 2) (_young, _old, _youngBytes) = ([], _young, 0);
    }

    private sealed class Entry
    {
        /// <summary>Nanoseconds since the epoch, not the store's: a delta may end in the millisecond of the one before
        /// it.</summary>
        public required ulong Time { get; set; }
        public double Sum { get; set; }
        /// <summary>Of a histogram's count: the hash of its bounds.</summary>
        public ulong Bounds { get; set; }
        public byte[]? Payload { get; set; }
    }
}
