using System;
using System.Buffers.Binary;

namespace Slungd.Ingest.Hosting.Sending;

/// <summary>One point on its way into a ROWS message: gathers the parts in any order, then writes the event
/// `i64 timestamp | f64 value | u16 series_len | u16 tag_count | series | tag_count x (u16 len | tag)` (design, section
/// 4.1). Reused for every point; allocates only while tags grow beyond all before.</summary>
internal sealed class PointBuilder
{
    private const int HeadBytes = 20;

    private byte[] _series = new byte[256];
    private int _seriesLength;
    private byte[] _tags = new byte[256];
    private int _tagsLength;
    private int _tagCount;

    /// <summary>In store precision.</summary>
    public long Timestamp { get; set; }

    public double Value { get; set; }

    public bool HasSeries => _seriesLength > 0;

    /// <summary>The event's length.</summary>
    public int Length => HeadBytes + _seriesLength + _tagsLength;

    public void Clear()
    {
        _seriesLength = _tagsLength = _tagCount = 0;
        Timestamp = 0;
        Value = 0;
    }

    /// <summary>False when the name is longer than the wire's 65,535 bytes.</summary>
    public bool TrySetSeries(ReadOnlySpan<byte> name)
    {
        if (name.Length > ushort.MaxValue) return false;
        if (name.Length > _series.Length) _series = new byte[ushort.MaxValue];
        name.CopyTo(_series);
        _seriesLength = name.Length;
        return true;
    }

    /// <summary>Adds `text`, or `key=text` when the key is not empty. False when it is longer than 65,535 bytes, or
    /// there are as many tags.</summary>
    public bool TryAddTag(ReadOnlySpan<byte> key, ReadOnlySpan<byte> text)
    {
        int length = text.Length + (key.IsEmpty ? 0 : key.Length + 1);
        if (length > ushort.MaxValue || _tagCount == ushort.MaxValue) return false;
        if (_tagsLength + 2 + length > _tags.Length) Array.Resize(ref _tags, (_tagsLength + 2 + length) * 2);
        Span<byte> to = _tags.AsSpan(_tagsLength);
        BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)length);
        to = to[2..];
        if (!key.IsEmpty)
        {
            key.CopyTo(to);
            to[key.Length] = (byte)'=';
            to = to[(key.Length + 1)..];
        }
        text.CopyTo(to);
        _tagsLength += 2 + length;
        _tagCount++;
        return true;
    }

    /// <summary>Writes the event; <paramref name="to"/> holds at least <see cref="Length"/> bytes.</summary>
    public void WriteTo(Span<byte> to)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, Timestamp);
        BinaryPrimitives.WriteDoubleLittleEndian(to[8..], Value);
        BinaryPrimitives.WriteUInt16LittleEndian(to[16..], (ushort)_seriesLength);
        BinaryPrimitives.WriteUInt16LittleEndian(to[18..], (ushort)_tagCount);
        _series.AsSpan(0, _seriesLength).CopyTo(to[HeadBytes..]);
        _tags.AsSpan(0, _tagsLength).CopyTo(to[(HeadBytes + _seriesLength)..]);
    }

    /// <summary>The length of the whole event at the start of <paramref name="events"/>.</summary>
    public static int LengthOf(ReadOnlySpan<byte> events)
    {
        int length = HeadBytes + BinaryPrimitives.ReadUInt16LittleEndian(events[16..]);
        for (int tags = BinaryPrimitives.ReadUInt16LittleEndian(events[18..]); tags > 0; tags--)
            length += 2 + BinaryPrimitives.ReadUInt16LittleEndian(events[length..]);
        return length;
    }
}
