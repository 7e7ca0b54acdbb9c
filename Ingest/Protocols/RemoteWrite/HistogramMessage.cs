using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.RemoteWrite;

/// <summary>A native histogram of a remote write, both versions (prompb.Histogram, io.prometheus.write.v2.Histogram):
/// <code>
///  1 u64 count_int | 2 f64 count_float | 3 f64 sum | 4 sint32 schema | 5 f64 zero_threshold
///  6 u64 zero_count_int | 7 f64 zero_count_float
///  8 negative_spans { 1 sint32 offset, 2 u32 length } |  9 sint64 negative_deltas | 10 f64 negative_counts
/// 11 positive_spans                                   | 12 sint64 positive_deltas | 13 f64 positive_counts
/// 14 reset_hint | 15 i64 timestamp in ms | 16 f64 custom_values
/// </code>
/// Reused; one thread.</summary>
internal sealed class HistogramMessage
{
    /// <summary>The most buckets of a side, bounds and spans: far more than a value that can be stored holds. Of what
    /// is beyond one is taken, so that it is seen.</summary>
    private const int MaxBuckets = 100_000;

    public double Count { get; private set; }

    public double Sum { get; private set; }

    public int Schema { get; private set; }

    public double ZeroThreshold { get; private set; }

    public double ZeroCount { get; private set; }

    /// <summary>0 unknown, 1 reset, 2 no reset, 3 gauge.</summary>
    public int ResetHint { get; private set; }

    /// <summary>Milliseconds since the epoch.</summary>
    public long Timestamp { get; private set; }

    /// <summary>The upper bounds of custom buckets.</summary>
    public List<double> Bounds { get; } = [];

    /// <summary>Bucket indexes, ascending, with their counts.</summary>
    public List<(int Index, double Count)> Positive { get; } = [];

    /// <inheritdoc cref="Positive"/>
    public List<(int Index, double Count)> Negative { get; } = [];

    private ulong _count;
    private bool _isWhole;      // its counts are integers
    private UInt128 _populated; // in all buckets and zero, if so
    private readonly List<(long Offset, uint Length)> _positiveSpans = [];
    private readonly List<(long Offset, uint Length)> _negativeSpans = [];
    private readonly List<long> _positiveDeltas = [];
    private readonly List<long> _negativeDeltas = [];
    private readonly List<double> _positiveCounts = [];
    private readonly List<double> _negativeCounts = [];

    /// <summary>Reads a message.</summary>
    /// <param name="message">Its bytes.</param>
    /// <param name="isConsistent">Spans and counts fit each other, and all buckets together hold the count. As in
    /// Prometheus observations of NaN, which make the sum NaN, are in none, and floats may miss by what they round.
    /// </param>
    /// <returns>False when it is malformed.</returns>
    public bool TryRead(ReadOnlySpan<byte> message, out bool isConsistent)
    {
        Clear();
        isConsistent = false;
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
            if (!TryTake(fields)) return false;
        if (fields.IsMalformed) return false;
        isConsistent = TrySpread(_positiveSpans, _positiveDeltas, _positiveCounts, Positive)
            && TrySpread(_negativeSpans, _negativeDeltas, _negativeCounts, Negative)
            && Bounds.Count <= MaxBuckets;
        isConsistent &= !_isWhole || _populated == (UInt128)_count || (double.IsNaN(Sum) && _populated < _count);
        return true;
    }

    private bool TryTake(ProtoReader field)
    {
        switch (field.Field)
        {
            case 1 when field.IsVarint: (Count, _count, _isWhole) = (field.Number, field.Number, true); return true;
            case 2 when field.IsFixed64: (Count, _isWhole) = (field.Double, false); return true;
            case 3 when field.IsFixed64: Sum = field.Double; return true;
            case 4 when field.IsVarint: Schema = (int)field.Signed; return true;
            case 5 when field.IsFixed64: ZeroThreshold = field.Double; return true;
            case 6 when field.IsVarint: (ZeroCount, _populated) = (field.Number, field.Number); return true;
            case 7 when field.IsFixed64: ZeroCount = field.Double; return true;
            case 8 when field.IsBytes: return TryTakeSpan(field, _negativeSpans);
            case 9: return TryTakeNumbers(field, _negativeDeltas);
            case 10: return TryTakeFloats(field, _negativeCounts);
            case 11 when field.IsBytes: return TryTakeSpan(field, _positiveSpans);
            case 12: return TryTakeNumbers(field, _positiveDeltas);
            case 13: return TryTakeFloats(field, _positiveCounts);
            case 14 when field.IsVarint: ResetHint = field.Number <= 3 ? (int)field.Number : 0; return true;
            case 15 when field.IsVarint: Timestamp = field.Int64; return true;
            case 16: return TryTakeFloats(field, Bounds);
            default: return true;
        }
    }

    private static bool TryTakeSpan(ProtoReader field, List<(long Offset, uint Length)> into)
    {
        long offset = 0;
        uint length = 0;
        var span = new ProtoReader(field.Bytes);
        while (span.MoveNext())
        {
            if (!span.IsVarint) continue;
            if (span.Field == 1) offset = span.Signed;
            else if (span.Field == 2) length = (uint)Math.Min(span.Number, uint.MaxValue);
        }
        if (into.Count <= MaxBuckets) into.Add((offset, length));
        return !span.IsMalformed;
    }

    /// <summary>Signed numbers, packed or one a field.</summary>
    private static bool TryTakeNumbers(ProtoReader field, List<long> into)
    {
        if (!field.IsBytes)
        {
            if (field.IsVarint && into.Count <= MaxBuckets) into.Add(field.Signed);
            return true;
        }
        for (int at = 0; at < field.Bytes.Length && into.Count <= MaxBuckets;)
        {
            if (!Varint.TryReadSigned(field.Bytes, ref at, out long number)) return false;
            into.Add(number);
        }
        return true;
    }

    private static bool TryTakeFloats(ProtoReader field, List<double> into)
    {
        if (!field.IsBytes)
        {
            if (field.IsFixed64 && into.Count <= MaxBuckets) into.Add(field.Double);
            return true;
        }
        if (field.Bytes.Length % sizeof(double) != 0) return false;
        for (int at = 0; at < field.Bytes.Length && into.Count <= MaxBuckets; at += sizeof(double))
            into.Add(BinaryPrimitives.ReadDoubleLittleEndian(field.Bytes[at..]));
        return true;
    }

    /// <summary>Gives each count its bucket: spans lie behind each other with gaps of their offsets; deltas count from
    /// the bucket before.</summary>
    private bool TrySpread(List<(long Offset, uint Length)> spans, List<long> deltas, List<double> counts,
        List<(int Index, double Count)> into)
    {
        if ((deltas.Count > 0 && counts.Count > 0) || spans.Count > MaxBuckets) return false;
        int buckets = Math.Max(deltas.Count, counts.Count);
        long index = 0, count = 0;
        for (int span = 0; span < spans.Count; span++)
        {
            (long offset, uint length) = spans[span];
            if (span > 0 && offset < 0) return false;
            index += offset;
            if (into.Count + (long)length > Math.Min(buckets, MaxBuckets)) return false;
            for (uint i = 0; i < length; i++, index++)
            {
                if (index is < int.MinValue / 2 or > int.MaxValue / 2) return false;
                if (deltas.Count > 0) count += deltas[into.Count];
                double own = deltas.Count > 0 ? count : counts[into.Count];
                if (!(own >= 0)) return false;
                if (deltas.Count > 0) _populated += (ulong)count;
                into.Add(((int)index, own));
            }
        }
        return into.Count == buckets;
    }

    private void Clear()
    {
        Count = Sum = ZeroThreshold = ZeroCount = 0;
        Schema = ResetHint = 0;
        (_count, _isWhole, _populated) = (0, false, 0);
        Timestamp = 0;
        Bounds.Clear();
        Positive.Clear();
        Negative.Clear();
        _positiveSpans.Clear();
        _negativeSpans.Clear();
        _positiveDeltas.Clear();
        _negativeDeltas.Clear();
        _positiveCounts.Clear();
        _negativeCounts.Clear();
    }
}
