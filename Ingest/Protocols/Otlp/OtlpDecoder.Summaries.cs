using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>Summaries, and whatever else gives one point several series: sum and count, and one for each limit, of a
/// bucket or of a quantile.</summary>
internal sealed partial class OtlpDecoder
{
    /// <summary>More quantiles of one point are refused: each is a series.</summary>
    private const int MaxQuantiles = 1_024;

    private const string LateHistogram =
        "the delta is older than the last one of its series, or of its time with other bounds";

    private readonly byte[] _limit = new byte[DecimalText.MaxBytes]; // `le` or `quantile`
    private ulong[] _quantiles = new ulong[16]; // bits of doubles
    private double[] _values = new double[16]; // of the point's series
    private int _valueCount;

    /// <summary>SummaryDataPoint: `3 fixed64 time | 4 fixed64 count | 5 double sum | 6 { 1 double quantile, 2 double
    /// value } | 7 attributes | 8 flags`.</summary>
    private bool TryReadSummary(in OtlpMetric metric, ReadOnlySpan<byte> message)
    {
        BeginPoint(out OtlpPoint point);
        _valueCount = 2;
        var fields = new ProtoReader(message);
        for (int start = 0; fields.MoveNext(); start = fields.At)
        {
            switch (fields.Field)
            {
                case 3 when fields.IsFixed64: point.Time = fields.Number; break;
                case 4 when fields.IsFixed64: point.Count = fields.Number; break;
                case 5 when fields.IsFixed64: point.Sum = fields.Double; break;
                case 6 when fields.IsBytes:
                    if (!TryReadQuantile(fields.Bytes)) return false;
                    break;
                case 7 when fields.IsBytes: point.TakeAttribute(ref fields, start, message); break;
                case 8 when fields.IsVarint: point.Flags = fields.Number; break;
            }
        }
        if (fields.IsMalformed || !TryTakeAttributes(metric, message, ref point)) return false;
        if (!TryTake(metric, ref point)) return true;
        if (_valueCount - 2 > MaxQuantiles)
        {
            Reject(metric, $"expected at most {MaxQuantiles} quantiles");
            return true;
        }
        (_values[0], _values[1], point.HasSum) = (point.Sum, point.Count, true);
        return TryAddSamples(metric, message, ref point, _quantiles.AsSpan(0, _valueCount - 2));
    }

    private bool TryReadQuantile(ReadOnlySpan<byte> message)
    {
        double quantile = 0, value = 0;
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            if (!fields.IsFixed64) continue;
            if (fields.Field == 1) quantile = fields.Double;
            else if (fields.Field == 2) value = fields.Double;
        }
        if (_valueCount - 2 > MaxQuantiles) return !fields.IsMalformed; // it is seen
        if (_valueCount - 2 == _quantiles.Length) Array.Resize(ref _quantiles, 2 * _quantiles.Length);
        _quantiles[_valueCount - 2] = BitConverter.DoubleToUInt64Bits(quantile);
        AddValue(value);
        return !fields.IsMalformed;
    }

    private void AddValue(double value)
    {
        if (_valueCount == _values.Length) Array.Resize(ref _values, 2 * _values.Length);
        _values[_valueCount++] = value;
    }

    /// <summary>Adds a sample for each of the point's values. False when it is a delta that comes too late, or one of
    /// whose series is refused: it was rejected.</summary>
    /// <param name="metric">Its metric.</param>
    /// <param name="message">The point's.</param>
    /// <param name="point">It is taken.</param>
    /// <param name="limits">Those of the last values; a histogram has one value more, without a limit.</param>
    private bool TryAddSamples(in OtlpMetric metric, ReadOnlySpan<byte> message, ref OtlpPoint point,
        ReadOnlySpan<ulong> limits)
    {
        ReadOnlySpan<byte> text = Reinterpret.AsBytes(limits);
        ReadOnlySpan<uint> known = FindSeries(point, text);
        bool isNew = known.IsEmpty;
        if (isNew && !TryReadLabels(metric, message, ref point)) return false;
        if (_series.Length < _valueCount) _series = new uint[_values.Length];
        if (isNew && metric.IsSumOfDeltas && !point.IsStale)
        {
            // All of its series or none: those that began later would count less than the others for ever.
            RefusalCode refused = ResolveAll(metric, point.HasSum, limits);
            if (refused != RefusalCode.None)
            {
                Refuse(refused, _valueCount);
                return false;
            }
            known = _series.AsSpan(0, _valueCount);
        }
        int first = batch.Count;
        bool isLate = false, startsAnew = false, areAllKnown = _isCacheUsed;
        for (int i = 0; i < _valueCount; i++)
        {
            SeriesId series;
            if (known.IsEmpty) series = BeginSeries(metric, point.HasSum, limits, i);
            else batch.BeginSeries(series = new SeriesId(known[i]));
            _series[i] = series.Value;
            areAllKnown &= series != SeriesId.None;
            isLate |= (i == 0 && !TryBeginDeltas(metric, point, series, text, out startsAnew))
                || !TryAddSample(metric, point, series, _values[i], startsAnew);
            if (isLate && i == 0) break;
        }
        if (isLate) return Reject(metric, LateHistogram);
        if (isNew && areAllKnown) RememberSeries(ref point, text, _series.AsSpan(0, _valueCount));
        _runs.Add(first, batch.Count - first);
        return true;
    }

    /// <summary>Finds or creates the series of all of the point's values; says why when one is refused.</summary>
    private RefusalCode ResolveAll(in OtlpMetric metric, bool hasSum, ReadOnlySpan<ulong> limits)
    {
        for (int i = 0; i < _valueCount; i++)
        {
            SeriesId series = BeginSeries(metric, hasSum, limits, i);
            if (series == SeriesId.None) return batch.SeriesRefusal;
            _series[i] = series.Value;
        }
        return RefusalCode.None;
    }

    /// <summary>Whether the deltas of a point can be added; those of a new histogram start its sums.</summary>
    private bool TryBeginDeltas(in OtlpMetric metric, in OtlpPoint point, SeriesId count, ReadOnlySpan<byte> bounds,
        out bool startsAnew)
    {
        startsAnew = false;
        return !metric.IsSumOfDeltas || point.IsStale || count == SeriesId.None
            || _deltas.TryBegin(count, point.Time, Hash64.Of(bounds), out startsAnew);
    }

    /// <summary>Begins the series of a point's value by its number.</summary>
    private SeriesId BeginSeries(in OtlpMetric metric, bool hasSum, ReadOnlySpan<ulong> limits, int value)
    {
        bool isSummary = metric.Kind == 11;
        int limit = value - (hasSum ? 2 : 1);
        if (limit < 0)
        {
            _name.With((value == 0) != isSummary ? "_count"u8 : "_sum"u8);
            return BeginSeries(metric, default, default);
        }
        _name.With(isSummary ? default : "_bucket"u8);
        double bound = limit < limits.Length ? BitConverter.UInt64BitsToDouble(limits[limit]) : double.PositiveInfinity;
        return BeginSeries(metric, isSummary ? "quantile"u8 : "le"u8, LimitText(bound));
    }

    private ReadOnlySpan<byte> LimitText(double limit)
    {
        if (double.IsFinite(limit)) return _limit.AsSpan(0, DecimalText.Write(limit, _limit));
        return double.IsNaN(limit) ? "NaN"u8 : limit > 0 ? "+Inf"u8 : "-Inf"u8;
    }
}
