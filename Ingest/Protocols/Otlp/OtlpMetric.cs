using System;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>What the fields of a metric say, before its points are read (opentelemetry.proto.metrics.v1.Metric).
/// </summary>
internal ref struct OtlpMetric
{
    public OtlpOrigin Origin;
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> Help;
    public ReadOnlySpan<byte> Unit;
    /// <summary>The field's number: 5 gauge, 7 sum, 9 histogram, 10 exponential histogram, 11 summary; 0 none.
    /// </summary>
    public int Kind;
    /// <summary>The message with the points.</summary>
    public ReadOnlySpan<byte> Data;
    /// <summary>The metric's bytes up to the points, when these come last, as every sender writes it: two with the same
    /// head are alike in everything above, but for origin and points. Empty: unusual.</summary>
    public ReadOnlySpan<byte> Head;
    /// <summary>1 delta, 2 cumulative.</summary>
    public ulong Temporality;
    public bool IsMonotonic;

    public readonly bool IsDelta => Temporality == 1;

    /// <summary>Its numbers are to be added up: those of a gauge or a summary are not.</summary>
    public readonly bool IsSumOfDeltas => IsDelta && Kind is not (5 or 11);

    /// <summary>The number of a point's field with attributes.</summary>
    public readonly int AttributesField => Kind switch { 9 => 9, 10 => 1, _ => 7 };

    public readonly bool IsCounter => Kind == 7 && IsMonotonic;

    /// <summary>Gauges and summaries have no temporality; the others must have one.</summary>
    public readonly bool HasTemporality => Kind is 5 or 11 || Temporality is 1 or 2;
}
