using System;
using System.Collections.Generic;
using System.Threading;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>What the deltas of each series add up to, since the store keeps cumulative values. Bounded: when it is full
/// the series that were not seen for longest are forgotten, and begin again at zero, as they do when the daemon
/// starts; queries see a counter reset, which it is. Any thread.</summary>
/// <param name="maxBytes">Of all series.</param>
/// <param name="seed">Keeps strangers from choosing series that collide.</param>
/// <param name="add">Adds an exponential histogram to a payload, or makes the first one of it; null when the two can't
/// be added.</param>
internal sealed class DeltaTable(long maxBytes, ulong seed, Func<OtlpHistogram, byte[]?, byte[]?> add)
{
    private const int EntryBytes = 96;

    private readonly Lock _lock = new();
    private Dictionary<UInt128, Entry> _young = [];
    private Dictionary<UInt128, Entry> _old = []; // of the generation before
    private long _youngBytes;

    /// <summary>For <see cref="OtlpLabels.Hash"/>.</summary>
    public ulong Seed => seed;

    /// <summary>Series that are remembered.</summary>
    public int Count
    {
        get { lock (_lock) return _young.Count + _old.Count; }
    }

    /// <summary>Adds a delta. One of the same time as the last is taken for the same, sent again.</summary>
    /// <param name="series">Which.</param>
    /// <param name="time">When the delta ends, in nanoseconds since the epoch.</param>
    /// <param name="delta">Its value.</param>
    /// <param name="total">All of them.</param>
    /// <returns>False when it is older than the last one.</returns>
    public bool TryAdd(UInt128 series, ulong time, double delta, out double total)
    {
        lock (_lock)
        {
            Entry entry = Find(series, time);
            total = entry.Sum;
            if (time < entry.Time) return false;
            if (time > entry.Time || entry.IsNew)
            {
                total += delta;
                Keep(series, new Entry { Time = time, Sum = total });
            }
            return true;
        }
    }

    /// <summary>The same for exponential histograms.</summary>
    /// <param name="series">Which.</param>
    /// <param name="time">When the delta ends, in nanoseconds since the epoch.</param>
    /// <param name="delta">Its value.</param>
    /// <param name="total">Null when they can't be added.</param>
    public bool TryAdd(UInt128 series, ulong time, OtlpHistogram delta, out byte[]? total)
    {
        lock (_lock)
        {
            Entry entry = Find(series, time);
            total = entry.Payload;
            if (time < entry.Time) return false;
            if (time > entry.Time || entry.IsNew)
            {
                total = add(delta, entry.Payload);
                if (total is not null) Keep(series, new Entry { Time = time, Payload = total });
            }
            return true;
        }
    }

    private Entry Find(UInt128 series, ulong time)
    {
        if (_young.TryGetValue(series, out Entry entry)) return entry;
        return _old.TryGetValue(series, out entry) ? entry : new Entry { Time = time, IsNew = true };
    }

    private void Keep(UInt128 series, Entry entry)
    {
        if (_young.TryGetValue(series, out Entry known)) _youngBytes -= known.Bytes;
        _young[series] = entry;
        _old.Remove(series);
        _youngBytes += entry.Bytes;
        if (_youngBytes <= maxBytes / 2) return;
        (_young, _old, _youngBytes) = ([], _young, 0);
    }

    private readonly struct Entry
    {
        /// <summary>Nanoseconds since the epoch, not the store's: a delta may end in the millisecond of the one before
        /// it.</summary>
        public required ulong Time { get; init; }
        public double Sum { get; init; }
        public byte[]? Payload { get; init; }
        public bool IsNew { get; init; }
        public int Bytes => EntryBytes + (Payload?.Length ?? 0);
    }
}
