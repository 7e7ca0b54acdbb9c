using System;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.Protobuf;

namespace Slungd.Ingest.Protocols.RemoteWrite;

/// <summary>Metadata and exemplars of version 1.0.</summary>
internal sealed partial class RemoteWriteDecoder
{
    private static MetricType TypeOf(ulong number) =>
        number <= (ulong)MetricType.StateSet ? (MetricType)number : MetricType.Unknown;

    private bool TryReadMetadata(ReadOnlySpan<byte> metadata)
    {
        MetricType type = MetricType.Unknown;
        ReadOnlySpan<byte> family = default, help = default, unit = default;
        var fields = new ProtoReader(metadata);
        while (fields.MoveNext())
        {
            switch (fields.Field)
            {
                case 1 when fields.IsVarint: type = TypeOf(fields.Number); break;
                case 2 when fields.IsBytes: family = fields.Bytes; break;
                case 4 when fields.IsBytes: help = fields.Bytes; break;
                case 5 when fields.IsBytes: unit = fields.Bytes; break;
            }
        }
        if (fields.IsMalformed) return false;
        if (!family.IsEmpty) notes.Metadata(family, type, help, unit);
        return true;
    }

    private bool TryAddExemplar(ReadOnlySpan<byte> series, ReadOnlySpan<byte> exemplar)
    {
        if (!TryReadExemplar(exemplar, out long timestamp, out double value, out bool isTaken)) return false;
        if (isTaken && !_isNoted) NoteSeries(series);
        if (isTaken) notes.BeginExemplar(timestamp, value);
        var fields = new ProtoReader(exemplar);
        while (fields.MoveNext())
        {
            if (fields.Field != LabelsField || !fields.IsBytes) continue;
            if (!TryReadLabel(fields.Bytes, out var name, out var text)) return false;
            if (isTaken) notes.ExemplarLabel(name, text);
        }
        if (isTaken) notes.EndExemplar();
        return true;
    }

    /// <summary>Once for all of a series' exemplars: its message may have very many of both.</summary>
    private void NoteSeries(ReadOnlySpan<byte> series)
    {
        _isNoted = true;
        notes.BeginExemplars();
        var fields = new ProtoReader(series);
        while (fields.MoveNext())
        {
            if (fields.Field != LabelsField || !fields.IsBytes) continue;
            TryReadLabel(fields.Bytes, out var name, out var value);
            notes.SeriesLabel(name, value);
        }
    }

    /// <summary>Reads time and value: fields 3 and 2 of both versions.</summary>
    private bool TryReadExemplar(ReadOnlySpan<byte> exemplar, out long timestamp, out double value, out bool isTaken)
    {
        long milliseconds = 0;
        value = 0;
        var fields = new ProtoReader(exemplar);
        while (fields.MoveNext())
        {
            if (fields is { Field: 2, IsFixed64: true }) value = fields.Double;
            else if (fields is { Field: 3, IsVarint: true }) milliseconds = fields.Int64;
        }
        isTaken = precision.TryConvert(milliseconds, Precision.Milliseconds, out timestamp) && _isUsable;
        if (fields.IsMalformed) return false;
        if (isTaken) Counts.Exemplars++;
        return true;
    }

    private bool TryAddHistogram(ReadOnlySpan<byte> histogram)
    {
        if (!_histogram.TryRead(histogram, out bool isConsistent)) return false;
        Counts.Histograms++;
        int number = batch.Count;
        if (TryTakeTime(_histogram.Timestamp, out long timestamp))
        {
            if (isConsistent && encode(_histogram) is { } payload)
                batch.AddPayload(ValueFamily.Histogram, timestamp, payload);
            else
                batch.AddRefused(RefusalCode.Malformed);
        }
        _histograms.Add(number, 1, RefusalCode.None);
        return true;
    }
}
