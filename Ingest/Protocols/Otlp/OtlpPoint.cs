using System;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>What the fields of a data point say, whatever its kind; its labels are in the decoder's set.</summary>
internal ref struct OtlpPoint
{
    private const uint NoRecordedValue = 1;

    /// <summary>Nanoseconds since the epoch.</summary>
    public ulong Time;
    /// <summary>In store precision.</summary>
    public long Timestamp;
    public double Value;
    public bool HasValue;
    public double Sum;
    public bool HasSum;
    public ulong Count;
    public ulong Flags;
    public bool HasExemplars;
    /// <summary>An attribute can't be a label.</summary>
    public bool HasBadLabel;

    /// <summary>The series has ended.</summary>
    public readonly bool IsStale => (Flags & NoRecordedValue) != 0;

    /// <summary>A value, or the stale marker.</summary>
    public readonly double OrStale(double value) =>
        IsStale ? BitConverter.UInt64BitsToDouble(0x7ff0000000000002) : value;
}
