using System;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.RemoteWrite;

/// <summary>Takes what a remote write says beside its points. Spans are valid during the call only.</summary>
internal interface IRemoteWriteNotes
{
    /// <summary>What is known of a metric family.</summary>
    void Metadata(ReadOnlySpan<byte> family, MetricType type, ReadOnlySpan<byte> help, ReadOnlySpan<byte> unit);

    /// <summary>An exemplar: the labels of its series follow, its own, then <see cref="EndExemplar"/>.</summary>
    void BeginExemplar(long timestamp, double value);

    void SeriesLabel(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    void ExemplarLabel(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);

    void EndExemplar();
}
