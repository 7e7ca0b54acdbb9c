using System;
using System.Collections.Generic;

namespace Slungd.Engine.Query;

/// <summary>The buckets of one group: one per window that has points, or a single one.</summary>
internal sealed class BucketSet
{
    private Bucket[] _buckets = new Bucket[1];
    private Dictionary<long, int>? _byStart;
    private int _latest = -1;

    public int Count { get; private set; }

    /// <summary>Valid until a bucket is added.</summary>
    public ref Bucket this[int index] => ref _buckets[index];

    /// <summary>The bucket of the window that starts there, or -1. Points come in order of time per series, so most
    /// often it is the latest one, or the one after all others.</summary>
    public int Find(long start)
    {
        if (_latest >= 0 && _buckets[_latest].Start == start) return _latest;
        if (_byStart is null)
        {
            if (Count == 0 || start > _buckets[Count - 1].Start) return -1;
            _byStart = new Dictionary<long, int>(Count);
            for (int i = 0; i < Count; i++) _byStart.Add(_buckets[i].Start, i);
        }
        return _byStart.TryGetValue(start, out int index) ? _latest = index : -1;
    }

    public int Add(long start)
    {
        if (Count == _buckets.Length) Array.Resize(ref _buckets, Count * 2);
        _latest = Count++;
        _byStart?.Add(start, _latest);
        _buckets[_latest] = new Bucket(start);
        return _latest;
    }

    /// <summary>Ends the collecting: drops buckets without points (stale markers alone) and orders the rest by time.
    /// </summary>
    public ReadOnlyMemory<Bucket> Finish()
    {
        int kept = 0;
        bool ordered = true; // as they are with a single series
        for (int i = 0; i < Count; i++)
        {
            if (_buckets[i].Count == 0) continue;
            if (kept < i) _buckets[kept] = _buckets[i];
            ordered &= kept == 0 || _buckets[kept - 1].Start < _buckets[kept].Start;
            kept++;
        }
        Count = kept;
        if (!ordered) _buckets.AsSpan(0, kept).Sort(static (a, b) => a.Start.CompareTo(b.Start));
        return _buckets.AsMemory(0, kept);
    }
}
