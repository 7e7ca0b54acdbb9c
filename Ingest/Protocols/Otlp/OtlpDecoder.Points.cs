using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>Points with one number.</summary>
internal sealed partial class OtlpDecoder
{
    /// <summary>NumberDataPoint: `3 fixed64 time | 4 double | 6 sfixed64 | 5 exemplars | 7 attributes | 8 flags`.
    /// </summary>
    private bool TryReadNumber(in OtlpMetric metric, ReadOnlySpan<byte> message)
    {
        BeginPoint(out OtlpPoint point);
        var fields = new ProtoReader(message);
        for (int start = 0; fields.MoveNext(); start = fields.At)
        {
            switch (fields.Field)
            {
                case 3 when fields.IsFixed64: point.Time = fields.Number; break;
                case 4 when fields.IsFixed64: (point.Value, point.HasValue) = (fields.Double, true); break;
                case 5 when fields.IsBytes: point.HasExemplars = true; break;
                case 6 when fields.IsFixed64: (point.Value, point.HasValue) = (fields.Int64, true); break;
                case 7 when fields.IsBytes: point.TakeAttribute(ref fields, start, message); break;
                case 8 when fields.IsVarint: point.Flags = fields.Number; break;
            }
        }
        if (fields.IsMalformed || !TryTakeAttributes(metric, message, ref point)) return false;
        if (!TryTake(metric, ref point)) return true;
        if (!point.HasValue && !point.IsStale)
        {
            Reject(metric, "expected a value");
            return true;
        }
        if (IsRefusedDelta(metric, point, samples: 1)) return true;
        int first = batch.Count;
        if (!TryAddNumber(metric, ref point)) return true;
        _runs.Add(first, 1);
        return !point.HasExemplars || TryAddExemplars(metric, message, ref point, field: 5, default, default);
    }

    private bool TryAddNumber(in OtlpMetric metric, ref OtlpPoint point)
    {
        bool isKnown = point.Entry != 0;
        SeriesId series;
        if (isKnown)
        {
            series = new SeriesId(cache!.Entries[point.Entry].Series);
            batch.BeginSeries(series);
        }
        else
        {
            _name.With(default);
            series = BeginSeries(metric, default, default);
        }
        if (!TryAddSample(metric, point, series, point.Value, startsAnew: false)) return RejectLate(metric);
        if (!isKnown && series != SeriesId.None) RememberAttributes(ref point, series);
        return true;
    }

    /// <summary>Begins the series that has the point's labels and the name as it is set.</summary>
    /// <param name="metric">Its metric.</param>
    /// <param name="label">A label besides; empty: none.</param>
    /// <param name="text">Its value.</param>
    /// <returns>None when it is refused, as its samples will be, or when nobody needs to know.</returns>
    private SeriesId BeginSeries(in OtlpMetric metric, ReadOnlySpan<byte> label, ReadOnlySpan<byte> text)
    {
        batch.BeginSeries(_name.Text);
        _labels.AddTo(batch, label);
        if (!label.IsEmpty) batch.AddLabel(label, text);
        return _isCacheUsed || metric.IsSumOfDeltas ? batch.Resolve(ValueFamily.Float) : SeriesId.None;
    }

    /// <summary>Adds a sample of the series begun last.</summary>
    /// <param name="metric">Its metric.</param>
    /// <param name="point">Its time; whether it is stale.</param>
    /// <param name="series">Which it is, if that is known.</param>
    /// <param name="value">Of a delta: what is added.</param>
    /// <param name="startsAnew">Of a delta: what was added before is forgotten.</param>
    /// <returns>False when it is a delta that comes too late.</returns>
    private bool TryAddSample(in OtlpMetric metric, in OtlpPoint point, SeriesId series, double value, bool startsAnew)
    {
        if (metric.IsSumOfDeltas && !point.IsStale && series != SeriesId.None
            && !_deltas.TryAdd(series, point.Time, value, startsAnew, out value)) return false;
        batch.AddFloat(point.Timestamp, point.OrStale(value));
        return true;
    }

    private bool RejectLate(in OtlpMetric metric) =>
        Reject(metric, "the delta is older than the last one of its series");
}
