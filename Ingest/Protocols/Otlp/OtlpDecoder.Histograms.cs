using System;
using System.Buffers;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>Histograms with bounds, which become series, and exponential ones, which become native histograms.
/// </summary>
internal sealed partial class OtlpDecoder
{
    /// <summary>More buckets of one point are refused: each is a series.</summary>
    private const int MaxBuckets = 1_024;

    private const string NotEncoded = "expected buckets that can be told apart";

    private readonly ArrayBufferWriter<byte> _bounds = new(), _counts = new(); // where they are not packed
    private readonly OtlpHistogram _histogram = new();

    /// <summary>HistogramDataPoint: `3 fixed64 time | 4 fixed64 count | 5 double sum | 6 fixed64 bucket_counts |
    /// 7 double explicit_bounds | 8 exemplars | 9 attributes | 10 flags`.</summary>
    private bool TryReadHistogram(in OtlpMetric metric, ReadOnlySpan<byte> message)
    {
        BeginPoint(out OtlpPoint point);
        _bounds.ResetWrittenCount();
        _counts.ResetWrittenCount();
        var fields = new ProtoReader(message);
        for (int start = 0; fields.MoveNext(); start = fields.At)
        {
            switch (fields.Field)
            {
                case 3 when fields.IsFixed64: point.Time = fields.Number; break;
                case 4 when fields.IsFixed64: point.Count = fields.Number; break;
                case 5 when fields.IsFixed64: (point.Sum, point.HasSum) = (fields.Double, true); break;
                case 6:
                    if (!TryTakeNumbers(fields, ref point.Counts, _counts)) return false;
                    break;
                case 7:
                    if (!TryTakeNumbers(fields, ref point.Bounds, _bounds)) return false;
                    break;
                case 8 when fields.IsBytes: point.HasExemplars = true; break;
                case 9 when fields.IsBytes: point.TakeAttribute(ref fields, start, message); break;
                case 10 when fields.IsVarint: point.Flags = fields.Number; break;
            }
        }
        if (fields.IsMalformed || !TryTakeAttributes(metric, message, ref point)) return false;
        if (!TryTake(metric, ref point)) return true;
        ReadOnlySpan<ulong> bounds = Reinterpret.AsUInt64(point.Bounds), counts = Reinterpret.AsUInt64(point.Counts);
        if (bounds.Length > MaxBuckets || (counts.Length > 0 && counts.Length != bounds.Length + 1))
        {
            Reject(metric, $"expected a count for each bucket, at most {MaxBuckets} bounds");
            return true;
        }
        if (counts.Length > 0 && !point.IsStale && !IsSound(bounds, counts, point.Count))
        {
            Reject(metric, "expected bounds that increase, and counts of buckets whose sum is the point's count");
            return true;
        }
        if (counts.IsEmpty) bounds = default;
        TakeBuckets(point, counts);
        if (IsRefusedDelta(metric, point, _valueCount)) return true;
        if (!TryAddSamples(metric, message, ref point, bounds)) return true;
        return !point.HasExemplars || TryAddExemplars(metric, message, ref point, field: 8, "le"u8, bounds);
    }

    /// <summary>The bounds increase, and all buckets together hold the count.</summary>
    private static bool IsSound(ReadOnlySpan<ulong> bounds, ReadOnlySpan<ulong> counts, ulong count)
    {
        double previous = double.NegativeInfinity;
        foreach (ulong bits in bounds)
        {
            double bound = BitConverter.UInt64BitsToDouble(bits);
            if (!(bound > previous)) return false; // or it is NaN
            previous = bound;
        }
        UInt128 sum = 0;
        foreach (ulong bucket in counts) sum += bucket;
        return sum == count;
    }

    /// <summary>Sets the values: the count, the sum if there is one, the buckets, that without a bound last.</summary>
    private void TakeBuckets(in OtlpPoint point, ReadOnlySpan<ulong> counts)
    {
        _valueCount = 0;
        AddValue(point.Count);
        if (point.HasSum) AddValue(point.Sum);
        ulong count = 0;
        for (int i = 0; i < counts.Length - 1; i++) AddValue(count += counts[i]);
        AddValue(point.Count);
    }

    /// <summary>ExponentialHistogramDataPoint: `1 attributes | 3 fixed64 time | 4 fixed64 count | 5 double sum | 6
    /// sint32 scale | 7 fixed64 zero_count | 8 positive | 9 negative | 10 flags | 11 exemplars | 14 double
    /// zero_threshold`.</summary>
    private bool TryReadExponential(in OtlpMetric metric, ReadOnlySpan<byte> message)
    {
        BeginPoint(out OtlpPoint point);
        ReadOnlySpan<byte> positive = default, negative = default;
        long scale = 0;
        double zeroThreshold = 0;
        ulong zeroCount = 0;
        int positives = 0, negatives = 0;
        var fields = new ProtoReader(message);
        for (int start = 0; fields.MoveNext(); start = fields.At)
        {
            switch (fields.Field)
            {
                case 1 when fields.IsBytes: point.TakeAttribute(ref fields, start, message); break;
                case 3 when fields.IsFixed64: point.Time = fields.Number; break;
                case 4 when fields.IsFixed64: point.Count = fields.Number; break;
                case 5 when fields.IsFixed64: point.Sum = fields.Double; break;
                case 6 when fields.IsVarint: scale = (int)fields.Signed; break;
                case 7 when fields.IsFixed64: zeroCount = fields.Number; break;
                case 8 when fields.IsBytes: positive = fields.Bytes; positives++; break;
                case 9 when fields.IsBytes: negative = fields.Bytes; negatives++; break;
                case 10 when fields.IsVarint: point.Flags = fields.Number; break;
                case 11 when fields.IsBytes: point.HasExemplars = true; break;
                case 14 when fields.IsFixed64: zeroThreshold = fields.Double; break;
            }
        }
        if (fields.IsMalformed) return false;
        if (positives > 1) positive = ProtoReader.Merge(message, 8);
        if (negatives > 1) negative = ProtoReader.Merge(message, 9);
        _histogram.Clear();
        if (!_histogram.TryRead(scale, zeroThreshold, positive, negative)) return false;
        if (!TryTakeAttributes(metric, message, ref point)) return false;
        if (!TryTake(metric, ref point)) return true;
        (_histogram.Count, _histogram.ZeroCount) = (point.Count, zeroCount);
        _histogram.Sum = point.OrStale(point.Sum);
        string? problem = _histogram.Problem ?? (IsWhole(point, zeroCount) ? null
            : "expected counts of buckets and of zero whose sum is the point's count");
        if (problem is not null)
        {
            Reject(metric, problem);
            return true;
        }
        if (IsRefusedDelta(metric, point, samples: 1)) return true;
        if (!TryAddNative(metric, ref point)) return true;
        return !point.HasExemplars || TryAddExemplars(metric, message, ref point, field: 11, default, default);
    }

    /// <summary>All buckets together hold the count. As in Prometheus observations of NaN, which make the sum NaN, are
    /// in none.</summary>
    private bool IsWhole(in OtlpPoint point, ulong zeroCount)
    {
        UInt128 populated = _histogram.Populated + zeroCount;
        return populated == point.Count || point.IsStale || (double.IsNaN(_histogram.Sum) && populated < point.Count);
    }

    /// <summary>False when it can't be stored: it was rejected.</summary>
    private bool TryAddNative(in OtlpMetric metric, ref OtlpPoint point)
    {
        bool adds = metric.IsDelta && !point.IsStale;
        byte[]? payload = adds ? null : encode(_histogram);
        if (!adds && payload is null) return Reject(metric, NotEncoded);
        SeriesId series = BeginNative(point, isWanted: _isCacheUsed || adds);
        if (adds && series == SeriesId.None) payload = encode(_histogram); // it will be refused
        else if (adds && !_deltas.TryAdd(series, point.Time, _histogram, out payload)) return RejectLate(metric);
        if (payload is null) return Reject(metric, NotEncoded);
        if (point.Entry == 0 && series != SeriesId.None) RememberAttributes(ref point, series);
        _runs.Add(batch.Count, 1);
        batch.AddPayload(ValueFamily.Histogram, point.Timestamp, payload);
        return true;
    }

    /// <summary>Begins the native histogram's series; None when it is refused or nobody wants to know.</summary>
    private SeriesId BeginNative(in OtlpPoint point, bool isWanted)
    {
        if (point.Entry != 0)
        {
            SeriesId known = new(cache!.Entries[point.Entry].Series);
            batch.BeginSeries(known);
            return known;
        }
        batch.BeginSeries(_name.With(default));
        _labels.AddTo(batch);
        batch.AddTag(SeriesLabels.HistogramTag);
        return isWanted ? batch.Resolve(ValueFamily.Histogram) : SeriesId.None;
    }

    /// <summary>Numbers of 8 bytes, packed, as every sender writes them, or one a field. False when they are malformed.
    /// </summary>
    /// <param name="field">Some of them.</param>
    /// <param name="numbers">Those before; then these, too.</param>
    /// <param name="spare">Where they lie unless one field has them all.</param>
    private static bool TryTakeNumbers(ProtoReader field, ref ReadOnlySpan<byte> numbers, ArrayBufferWriter<byte> spare)
    {
        if (!field.IsBytes && !field.IsFixed64) return true;
        if (field.IsBytes && field.Bytes.Length % sizeof(ulong) != 0) return false;
        // More than can be used, and it is seen.
        const int most = (MaxBuckets + 1) * sizeof(ulong);
        if (numbers.Length > most) return true;
        if (field.IsBytes && (numbers.IsEmpty || field.Bytes.Length > most))
        {
            numbers = field.Bytes;
            return true;
        }
        if (spare.WrittenCount == 0) spare.Write(numbers);
        ulong number = field.Number;
        spare.Write(field.IsBytes ? field.Bytes : Reinterpret.AsBytes(new ReadOnlySpan<ulong>(ref number)));
        numbers = spare.WrittenSpan;
        return true;
    }
}
