using System;
using Slungd.Ingest.Protocols.Protobuf;

namespace Slungd.Ingest.Protocols.Otlp;

/// <summary>What the fields of a data point say, whatever its kind.</summary>
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
    /// <summary>Of a histogram with bounds: 8 bytes each.</summary>
    public ReadOnlySpan<byte> Counts;
    /// <inheritdoc cref="Counts"/>
    public ReadOnlySpan<byte> Bounds;
    /// <summary>Its labels are in the decoder's set.</summary>
    public bool HasLabels;
    /// <summary>An attribute can't be a label.</summary>
    public bool HasBadLabel;
    /// <summary>The fields with attributes, as they were sent, if nothing stands between them.</summary>
    public ReadOnlySpan<byte> Attributes;
    /// <summary>Something stands between the attributes.</summary>
    public bool IsScattered;
    /// <summary>What the attributes probably are, and its entry in the cache; 0 for none.</summary>
    public ReadOnlySpan<byte> Expected;
    /// <inheritdoc cref="Expected"/>
    public int ExpectedEntry;
    /// <summary>The attributes are the expected ones.</summary>
    public bool IsExpected;
    /// <summary>The entry of the attributes in the cache; 0 when they are not known.</summary>
    public int Entry;

    private int _attributesStart, _attributesEnd;

    /// <summary>The series has ended.</summary>
    public readonly bool IsStale => (Flags & NoRecordedValue) != 0;

    /// <summary>Takes the attribute that was read last, or all of them where they are the expected ones.</summary>
    /// <param name="fields">Stands behind it.</param>
    /// <param name="start">Where the field begins.</param>
    /// <param name="message">The point's.</param>
    public void TakeAttribute(scoped ref ProtoReader fields, int start, ReadOnlySpan<byte> message)
    {
        bool isFirst = _attributesEnd == 0;
        if (isFirst)
        {
            _attributesStart = start;
            // Whole fields: what is the same is well-formed, too.
            bool isExpected = !Expected.IsEmpty && message[start..].StartsWith(Expected);
            if (isExpected) fields.At = start + Expected.Length;
            IsExpected = isExpected;
        }
        else
        {
            IsScattered |= _attributesEnd != start;
            IsExpected = false;
        }
        _attributesEnd = fields.At;
        Attributes = message[_attributesStart.._attributesEnd];
    }

    /// <summary>A value, or the stale marker.</summary>
    public readonly double OrStale(double value) =>
        IsStale ? BitConverter.UInt64BitsToDouble(0x7ff0000000000002) : value;
}
