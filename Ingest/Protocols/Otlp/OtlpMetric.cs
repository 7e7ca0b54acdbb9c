using System;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>What the fields of a metric say, before its points are read (opentelemetry.proto.metrics.v1.Metric).
/// </summary>
internal ref struct OtlpMetric
{
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Help;
    public ReadOnlySpan<byte> Unit;
    /// <summary>The field's number: 5 gauge, 7 sum, 9 histogram, 10 exponential histogram, 11 summary; 0 none.
    /// </summary>
    public int Kind;
    /// <summary>The message with the points.</summary>
    public ReadOnlySpan<byte> Data;
    /// <summary>1 delta, 2 cumulative.</summary>
    public ulong Temporality;
    public bool IsMonotonic;

    public readonly bool IsDelta => Temporality == 1;

    /// <summary>Gauges and summaries have no temporality; the others must have one.</summary>
    public readonly bool HasTemporality => Kind is 5 or 11 || Temporality is 1 or 2;
}
