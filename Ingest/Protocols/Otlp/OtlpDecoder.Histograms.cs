using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>Histograms with bounds, which become series, and exponential ones, which become native histograms.
/// </summary>
internal sealed partial class OtlpDecoder
{
    /// <summary>More buckets of one point are refused: each is a series.</summary>
    private const int MaxBuckets = 1_024;

    private readonly List<ulong> _bounds = []; // bits of doubles
    private readonly List<ulong> _counts = [];
    private readonly OtlpHistogram _histogram = new();

    /// <summary>HistogramDataPoint: `3 fixed64 time | 4 fixed64 count | 5 double sum | 6 fixed64 bucket_counts |
    /// 7 double explicit_bounds | 8 exemplars | 9 attributes | 10 flags`.</summary>
    private bool TryReadHistogram(in OtlpMetric metric, ReadOnlySpan<byte> message)
    {
        OtlpPoint point = default;
        _bounds.Clear();
        _counts.Clear();
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 3: point.Time = fields.Number; break;
                case 4: point.Count = fields.Number; break;
                case 5: (point.Sum, point.HasSum) = (fields.Double, true); break;
                case 6:
                    if (!TryTakeNumbers(fields, _counts)) return false;
                    break;
                case 7:
                    if (!TryTakeNumbers(fields, _bounds)) return false;
                    break;
                case 8: point.HasExemplars = true; break;
                case 9:
                    if (!fields.IsBytes || !TryAddAttribute(fields.Bytes, ref point.HasBadLabel)) return false;
                    break;
                case 10: point.Flags = fields.Number; break;
            }
        }
        if (fields.IsMalformed) return false;
        if (!TryTake(metric, ref point)) return true;
        if (_bounds.Count > MaxBuckets || (_counts.Count > 0 && _counts.Count != _bounds.Count + 1))
        {
            Reject(metric, $"expected a count for each bucket, at most {MaxBuckets} bounds");
            return true;
        }
        if (_counts.Count > 0 && !point.IsStale && !IsSound(point.Count))
        {
            Reject(metric, "expected bounds that increase, and counts of buckets whose sum is the point's count");
            return true;
        }
        if (!TryAddBuckets(metric, point)) return true;
        return !point.HasExemplars || TryAddExemplars(message, field: 8, "le"u8);
    }

    /// <summary>The bounds increase, and all buckets together hold the count.</summary>
    private bool IsSound(ulong count)
    {
        double previous = double.NegativeInfinity;
        foreach (ulong bits in _bounds)
        {
            double bound = BitConverter.UInt64BitsToDouble(bits);
            if (!(bound > previous)) return false; // or it is NaN
            previous = bound;
        }
        UInt128 sum = 0;
        foreach (ulong bucket in _counts) sum += bucket;
        return sum == count;
    }

    private bool TryAddBuckets(in OtlpMetric metric, in OtlpPoint point)
    {
        int first = batch.Count;
        _name.With("_count"u8);
        if (!TryAddSample(metric, point, point.Count, default, default)) return false;
        _name.With("_sum"u8);
        if (point.HasSum) TryAddSample(metric, point, point.Sum, default, default);
        _name.With("_bucket"u8);
        ulong count = 0;
        for (int i = 0; i < _counts.Count - 1; i++)
        {
            count += _counts[i];
            double bound = BitConverter.UInt64BitsToDouble(_bounds[i]);
            TryAddSample(metric, point, count, "le"u8, LimitText(bound));
        }
        TryAddSample(metric, point, point.Count, "le"u8, "+Inf"u8);
        _runs.Add(first, batch.Count - first);
        return true;
    }

    /// <summary>ExponentialHistogramDataPoint: `1 attributes | 3 fixed64 time | 4 fixed64 count | 5 double sum | 6
    /// sint32 scale | 7 fixed64 zero_count | 8 positive | 9 negative | 10 flags | 11 exemplars | 14 double
    /// zero_threshold`.</summary>
    private bool TryReadExponential(in OtlpMetric metric, ReadOnlySpan<byte> message)
    {
        OtlpPoint point = default;
        ReadOnlySpan<byte> positive = default, negative = default;
        long scale = 0;
        double zeroThreshold = 0;
        ulong zeroCount = 0;
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 1:
                    if (!fields.IsBytes || !TryAddAttribute(fields.Bytes, ref point.HasBadLabel)) return false;
                    break;
                case 3: point.Time = fields.Number; break;
                case 4: point.Count = fields.Number; break;
                case 5: point.Sum = fields.Double; break;
                case 6: scale = (int)fields.Signed; break;
                case 7: zeroCount = fields.Number; break;
                case 8: positive = fields.Bytes; break;
                case 9: negative = fields.Bytes; break;
                case 10: point.Flags = fields.Number; break;
                case 11: point.HasExemplars = true; break;
                case 14: zeroThreshold = fields.Double; break;
            }
        }
        if (fields.IsMalformed) return false;
        _histogram.Clear();
        if (!_histogram.TryRead(scale, zeroThreshold, positive, negative, out bool fits)) return false;
        if (!TryTake(metric, ref point)) return true;
        (_histogram.Count, _histogram.ZeroCount) = (point.Count, zeroCount);
        _histogram.Sum = point.OrStale(point.Sum);
        _name.With(default);
        if (!fits || !TryAddNative(metric, point))
        {
            Reject(metric, "expected a scale of -4 or finer, and buckets that can be told apart");
            return true;
        }
        return !point.HasExemplars || TryAddExemplars(message, field: 11, default);
    }

    /// <summary>False when it is no histogram that can be stored.</summary>
    private bool TryAddNative(in OtlpMetric metric, in OtlpPoint point)
    {
        byte[]? payload;
        if (!metric.IsDelta || point.IsStale) payload = encode(_histogram);
        else if (!deltas.TryAdd(SeriesHash(SeriesLabels.HistogramTag), point.Time, _histogram, out payload))
            return false;
        if (payload is null) return false;
        batch.BeginSeries(_name.Text);
        _labels.AddTo(batch);
        batch.AddTag(SeriesLabels.HistogramTag);
        _runs.Add(batch.Count, 1);
        batch.AddPayload(ValueFamily.Histogram, point.Timestamp, payload);
        return true;
    }

    /// <summary>Numbers of 8 bytes, packed or one a field. False when they are malformed.</summary>
    private static bool TryTakeNumbers(ProtoReader field, List<ulong> into)
    {
        if (!field.IsBytes)
        {
            into.Add(field.Number);
            return true;
        }
        if (field.Bytes.Length % sizeof(ulong) != 0) return false;
        for (int at = 0; at < field.Bytes.Length; at += sizeof(ulong))
        {
            // One more than can be used, so that it is seen.
            if (into.Count > MaxBuckets + 1) return true;
            into.Add(BinaryPrimitives.ReadUInt64LittleEndian(field.Bytes[at..]));
        }
        return true;
    }
}
