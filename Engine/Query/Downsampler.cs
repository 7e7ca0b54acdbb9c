using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Simd;

namespace Slungd.Engine.Query;

/// <summary>Makes buckets of time out of a series' points: all aggregates of each in one pass. Blocks that lie in one
/// bucket are added by their summaries. Stale markers of Prometheus are no points here, as in the query language; of
/// Bytes, String and Histogram series only counts and timestamps mean something. Reused; one thread; dispose it before
/// the view.</summary>
internal sealed class Downsampler(SeriesView view) : IDisposable
{
    private const int ChunkPoints = 256;

    private SeriesCursor? _cursor;
    private SeriesCursor? _detail; // reads the points of single blocks whose summary does not do
    private BlockSummary _bucket;
    private long _start, _last; // of the bucket
    private List<DownsampledBucket> _into = null!;
    private int _maxBuckets;

    /// <summary>Adds the buckets that hold points, in order of time.</summary>
    /// <param name="series">Which series.</param>
    /// <param name="range">Points outside take no part: the outer buckets may be partial.</param>
    /// <param name="width">Of a bucket in store units; above 0.</param>
    /// <param name="into">Receives the buckets.</param>
    /// <param name="maxBuckets">How many may be added.</param>
    /// <returns>False when there are more: the list then holds the first ones.</returns>
    public bool Run(SeriesId series, TimeRange range, long width, List<DownsampledBucket> into, int maxBuckets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        _into = into;
        _maxBuckets = maxBuckets;
        _bucket = default;
        _cursor = view.Open(series, range, acceptSummaries: true, _cursor);
        return AddAll(series, range, width) && Close();
    }

    public void Dispose()
    {
        _cursor?.Dispose();
        _detail?.Dispose();
    }

    private bool AddAll(SeriesId series, TimeRange range, long width)
    {
        while (_cursor!.MoveNext())
        {
            if (!_cursor.IsSummary)
            {
                if (!AddBlock(_cursor, width)) return false;
                continue;
            }
            ref BlockSummary block = ref _cursor.Summary;
            if (!MoveTo(block.FirstTimestamp, width)) return false;
            bool mayBeStale = _cursor.Family == ValueFamily.Float && double.IsNaN(block.Sum);
            if (block.LastTimestamp <= _last && !mayBeStale)
            {
                _bucket.Add(in block);
                continue;
            }
            // Buckets shorter than blocks: no later summary will do either, so read on to the end.
            bool readOn = (ulong)(block.LastTimestamp - block.FirstTimestamp) >= (ulong)width;
            var rest = new TimeRange(block.FirstTimestamp, readOn ? range.End : block.LastTimestamp);
            _detail = view.Open(series, rest, acceptSummaries: false, _detail);
            while (_detail.MoveNext())
                if (!AddBlock(_detail, width)) return false;
            if (readOn) return true;
        }
        return true;
    }

    private bool AddBlock(SeriesCursor cursor, long width)
    {
        ReadOnlySpan<long> timestamps = cursor.Timestamps;
        ReadOnlySpan<ulong> values = cursor.Values;
        while (!timestamps.IsEmpty)
        {
            if (!MoveTo(timestamps[0], width)) return false;
            int count = timestamps[^1] <= _last ? timestamps.Length : Tumbling.LengthThrough(timestamps, _last);
            AddPoints(cursor.Family, timestamps[..count], values[..count]);
            timestamps = timestamps[count..];
            values = values[count..];
        }
        return true;
    }

    private void AddPoints(ValueFamily family, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        if (family == ValueFamily.Float)
        {
            var all = BlockSummary.Of(timestamps, Reinterpret.AsDoubles(values));
            if (double.IsNaN(all.Sum) && values.Contains(Bucket.StaleMarker)) AddLiving(timestamps, values);
            else _bucket.Add(in all);
            return;
        }
        if (family.HasPayload())
        {
            _bucket.Add(new BlockSummary
            {
                Count = timestamps.Length, FirstTimestamp = timestamps[0], LastTimestamp = timestamps[^1],
                Min = double.NaN, Max = double.NaN, Sum = double.NaN, First = double.NaN, Last = double.NaN,
            });
            return;
        }
        Span<double> numbers = stackalloc double[ChunkPoints];
        for (int done = 0; done < values.Length; done += ChunkPoints)
        {
            int count = Math.Min(ChunkPoints, values.Length - done);
            ReadOnlySpan<ulong> chunk = values.Slice(done, count);
            if (family == ValueFamily.Int) Kernels.ToDoubles(Reinterpret.AsInt64(chunk), numbers[..count]);
            else Kernels.ToDoubles(chunk, numbers[..count]);
            _bucket.Add(BlockSummary.Of(timestamps.Slice(done, count), numbers[..count]));
        }
    }

    private void AddLiving(ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        while (!values.IsEmpty)
        {
            int living = values.IndexOf(Bucket.StaleMarker);
            if (living < 0) living = values.Length;
            if (living > 0) _bucket.Add(BlockSummary.Of(timestamps[..living], Reinterpret.AsDoubles(values[..living])));
            int next = Math.Min(living + 1, values.Length);
            timestamps = timestamps[next..];
            values = values[next..];
        }
    }

    /// <summary>Goes to the bucket of a timestamp.</summary>
    private bool MoveTo(long timestamp, long width)
    {
        if (_bucket.Count > 0)
        {
            if (timestamp <= _last) return true;
            if (!Close()) return false;
        }
        Tumbling.Bounds(timestamp, width, out _start, out _last);
        return true;
    }

    private bool Close()
    {
        if (_bucket.Count == 0) return true;
        if (_maxBuckets-- == 0) return false;
        _into.Add(new DownsampledBucket(_start, _bucket));
        _bucket = default;
        return true;
    }
}
