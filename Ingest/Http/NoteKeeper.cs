using System;
using System.Buffers;
using System.Buffers.Binary;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Ingest.Protocols;

namespace Slungd.Ingest.Http;

/// <summary>Hands metadata and exemplars to their stores. One thread.</summary>
internal sealed class NoteKeeper(MetadataStore metadata, ExemplarStore exemplars) : IMetricNotes
{
    private readonly ArrayBufferWriter<byte> _series = new();
    private readonly ArrayBufferWriter<byte> _labels = new();
    private long _timestamp;
    private double _value;
    private bool _seriesFits;
    private bool _fits;

    public long Version => metadata.Version;

    public void Metadata(ReadOnlySpan<byte> family, MetricType type, ReadOnlySpan<byte> help,
        ReadOnlySpan<byte> unit) => metadata.Set(family, type, help, unit);

    public void Type(ReadOnlySpan<byte> family, MetricType type) => metadata.SetType(family, type);

    public void Help(ReadOnlySpan<byte> family, ReadOnlySpan<byte> help) => metadata.SetHelp(family, help);

    public void Unit(ReadOnlySpan<byte> family, ReadOnlySpan<byte> unit) => metadata.SetUnit(family, unit);

    public void BeginExemplars()
    {
        _series.ResetWrittenCount();
        _seriesFits = true;
    }

    public void SeriesLabel(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        _seriesFits = _seriesFits && TryAdd(_series, name) && TryAdd(_series, value);

    public void BeginExemplar(long timestamp, double value)
    {
        _labels.ResetWrittenCount();
        (_timestamp, _value, _fits) = (timestamp, value, _seriesFits);
    }

    public void ExemplarLabel(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        _fits = _fits && TryAdd(_labels, name) && TryAdd(_labels, value);

    public void EndExemplar()
    {
        if (_fits) exemplars.Add(_series.WrittenSpan, _timestamp, _value, _labels.WrittenSpan);
    }

    private static bool TryAdd(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> text)
    {
        if (text.Length > ushort.MaxValue || to.WrittenCount > ushort.MaxValue) return false;
        BinaryPrimitives.WriteUInt16LittleEndian(to.GetSpan(2), (ushort)text.Length);
        to.Advance(2);
        to.Write(text);
        return true;
    }
}
