using System;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols;

/// <summary>Takes what a sender says beside its points. Spans are valid during the call only.</summary>
internal interface IMetricNotes
{
    /// <summary>Grows whenever the metadata of a family changes: whoever finds it as it was before it said something
    /// need not say the same again.</summary>
    long Version { get; }

    /// <summary>What is known of a metric family.</summary>
    void Metadata(ReadOnlySpan<byte> family, MetricType type, ReadOnlySpan<byte> help, ReadOnlySpan<byte> unit);

    /// <summary>One part of it, for senders that say it bit by bit; the other parts stay.</summary>
    void Type(ReadOnlySpan<byte> family, MetricType type);

    /// <inheritdoc cref="Type"/>
    void Help(ReadOnlySpan<byte> family, ReadOnlySpan<byte> help);

    /// <inheritdoc cref="Type"/>
    void Unit(ReadOnlySpan<byte> family, ReadOnlySpan<byte> unit);

    /// <summary>The exemplars that follow are of one series, whose labels come first.</summary>
    void BeginExemplars();

    void SeriesLabel(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    /// <summary>An exemplar: its own labels follow, then <see cref="EndExemplar"/>.</summary>
    void BeginExemplar(long timestamp, double value);

    void ExemplarLabel(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    void EndExemplar();
}
