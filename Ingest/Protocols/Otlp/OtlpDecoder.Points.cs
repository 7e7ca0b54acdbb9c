using System;
using System.Collections.Generic;
using System.Globalization;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;
using Slungd.Native.Bits;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>Points with one number, and summaries.</summary>
internal sealed partial class OtlpDecoder
{
    private readonly List<(double Quantile, double Value)> _quantiles = [];
    private readonly byte[] _limit = new byte[DecimalText.MaxBytes]; // `le` or `quantile`

    /// <summary>NumberDataPoint: `3 fixed64 time | 4 double | 6 sfixed64 | 5 exemplars | 7 attributes | 8 flags`.
    /// </summary>
    private bool TryReadNumber(in OtlpMetric metric, ReadOnlySpan<byte> message)
    {
        OtlpPoint point = default;
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 3: point.Time = fields.Number; break;
                case 4: (point.Value, point.HasValue) = (fields.Double, true); break;
                case 5: point.HasExemplars = true; break;
                case 6: (point.Value, point.HasValue) = (fields.Int64, true); break;
                case 7:
                    if (!fields.IsBytes || !TryAddAttribute(fields.Bytes, ref point.HasBadLabel)) return false;
                    break;
                case 8: point.Flags = fields.Number; break;
            }
        }
        if (fields.IsMalformed) return false;
        if (!TryTake(metric, ref point)) return true;
        if (!point.HasValue && !point.IsStale)
        {
            Reject(metric, "expected a value");
            return true;
        }
        _name.With(default);
        int first = batch.Count;
        if (!TryAddSample(metric, point, point.Value, default, default)) return true;
        _runs.Add(first, 1);
        return !point.HasExemplars || TryAddExemplars(message, field: 5, default);
    }

    /// <summary>SummaryDataPoint: `3 fixed64 time | 4 fixed64 count | 5 double sum | 6 { 1 double quantile, 2 double
    /// value } | 7 attributes | 8 flags`.</summary>
    private bool TryReadSummary(in OtlpMetric metric, ReadOnlySpan<byte> message)
    {
        OtlpPoint point = default;
        _quantiles.Clear();
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 3: point.Time = fields.Number; break;
                case 4: point.Count = fields.Number; break;
                case 5: point.Sum = fields.Double; break;
                case 6:
                    if (!fields.IsBytes || !TryReadQuantile(fields.Bytes)) return false;
                    break;
                case 7:
                    if (!fields.IsBytes || !TryAddAttribute(fields.Bytes, ref point.HasBadLabel)) return false;
                    break;
                case 8: point.Flags = fields.Number; break;
            }
        }
        if (fields.IsMalformed) return false;
        if (!TryTake(metric, ref point)) return true;
        int first = batch.Count;
        _name.With("_sum"u8);
        TryAddSample(metric, point, point.Sum, default, default);
        _name.With("_count"u8);
        TryAddSample(metric, point, point.Count, default, default);
        _name.With(default);
        foreach ((double quantile, double value) in _quantiles)
            TryAddSample(metric, point, value, "quantile"u8, LimitText(quantile));
        _runs.Add(first, batch.Count - first);
        return true;
    }

    private bool TryReadQuantile(ReadOnlySpan<byte> message)
    {
        double quantile = 0, value = 0;
        var fields = new ProtoReader(message);
        while (fields.MoveNext())
        {
            if (fields.Field == 1) quantile = fields.Double;
            else if (fields.Field == 2) value = fields.Double;
        }
        _quantiles.Add((quantile, value));
        return !fields.IsMalformed;
    }

    private ReadOnlySpan<byte> LimitText(double limit)
    {
        if (double.IsFinite(limit)) return _limit.AsSpan(0, DecimalText.Write(limit, _limit));
        return double.IsNaN(limit) ? "NaN"u8 : limit > 0 ? "+Inf"u8 : "-Inf"u8;
    }

    /// <summary>Adds a sample of the series that has the point's labels and the name as it is set.</summary>
    /// <param name="metric">Its metric.</param>
    /// <param name="point">Its time; whether it is stale.</param>
    /// <param name="value">Of a delta: what is added.</param>
    /// <param name="label">A label besides; empty: none.</param>
    /// <param name="text">Its value.</param>
    /// <returns>False when it is a delta that comes too late: the point was rejected.</returns>
    private bool TryAddSample(in OtlpMetric metric, in OtlpPoint point, double value, ReadOnlySpan<byte> label,
        ReadOnlySpan<byte> text)
    {
        bool adds = metric.IsDelta && metric.Kind is not (5 or 11) && !point.IsStale;
        if (adds && !deltas.TryAdd(SeriesHash(text), point.Time, value, out value))
            return Reject(metric, "the delta is older than the last one of its series");
        batch.BeginSeries(_name.Text);
        _labels.AddTo(batch, label);
        if (!label.IsEmpty) batch.AddLabel(label, text);
        batch.AddFloat(point.Timestamp, point.OrStale(value));
        return true;
    }

    /// <summary>Of the name as it is set, the point's labels, and the value of a label besides.</summary>
    private UInt128 SeriesHash(ReadOnlySpan<byte> text)
    {
        ulong seed = deltas.Seed;
        ulong name = Hash64.Of(_name.Text, seed), limit = Hash64.Of(text, seed + 1);
        return _labels.Hash(seed) + new UInt128(Hash64.Of(name, limit), Hash64.Of(limit, name));
    }
}
