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
                case 1: type = TypeOf(fields.Number); break;
                case 2: family = fields.Bytes; break;
                case 4: help = fields.Bytes; break;
                case 5: unit = fields.Bytes; break;
            }
        }
        if (fields.IsMalformed) return false;
        if (!family.IsEmpty) notes.Metadata(family, type, help, unit);
        return true;
    }

    private bool TryAddExemplar(ReadOnlySpan<byte> series, ReadOnlySpan<byte> exemplar)
    {
        if (!TryBeginExemplar(exemplar, out bool isTaken)) return false;
        var fields = new ProtoReader(series);
        while (isTaken && fields.MoveNext())
        {
            if (fields.Field != LabelsField) continue;
            TryReadLabel(fields.Bytes, out var name, out var value);
            notes.SeriesLabel(name, value);
        }
        fields = new ProtoReader(exemplar);
        while (fields.MoveNext())
        {
            if (fields.Field != LabelsField) continue;
            if (!fields.IsBytes || !TryReadLabel(fields.Bytes, out var name, out var value)) return false;
            if (isTaken) notes.ExemplarLabel(name, value);
        }
        if (isTaken) notes.EndExemplar();
        return true;
    }

    /// <summary>Reads time and value: fields 3 and 2 of both versions.</summary>
    private bool TryBeginExemplar(ReadOnlySpan<byte> exemplar, out bool isTaken)
    {
        long milliseconds = 0;
        double value = 0;
        isTaken = false;
        var fields = new ProtoReader(exemplar);
        while (fields.MoveNext())
        {
            if (fields.Field == 2) value = fields.Double;
            else if (fields.Field == 3) milliseconds = fields.Int64;
        }
        if (fields.IsMalformed) return false;
        isTaken = precision.TryConvert(milliseconds, Precision.Milliseconds, out long timestamp) && _isUsable;
        if (!isTaken) return true;
        Counts.Exemplars++;
        notes.BeginExemplar(timestamp, value);
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
