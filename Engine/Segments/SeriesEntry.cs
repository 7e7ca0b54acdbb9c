using System;
using System.Buffers.Binary;
using Slungd.Engine.Model;

namespace Slungd.Engine.Segments;

/// <summary>One series of a segment: its key's place in the key section, its pages, its family and range.
/// Written as 40 bytes in this order.</summary>
internal struct SeriesEntry
{
    public long KeyOffset;
    public int KeyLength;
    public int FirstPage;
    public int PageCount;
    public ValueFamily Family;
    public long FirstTimestamp;
    public long LastTimestamp;

    public readonly void Write(Span<byte> into)
    {
        BinaryPrimitives.WriteInt64LittleEndian(into, KeyOffset);
        BinaryPrimitives.WriteInt32LittleEndian(into[8..], KeyLength);
        BinaryPrimitives.WriteInt32LittleEndian(into[12..], FirstPage);
        BinaryPrimitives.WriteInt32LittleEndian(into[16..], PageCount);
        BinaryPrimitives.WriteUInt32LittleEndian(into[20..], (uint)Family); // the upper three bytes are spare
        BinaryPrimitives.WriteInt64LittleEndian(into[24..], FirstTimestamp);
        BinaryPrimitives.WriteInt64LittleEndian(into[32..], LastTimestamp);
    }

    public static void Read(ReadOnlySpan<byte> from, out SeriesEntry entry)
    {
        from = from[..SegmentFormat.SeriesEntrySize];
        entry = new SeriesEntry
        {
            KeyOffset = BinaryPrimitives.ReadInt64LittleEndian(from),
            KeyLength = BinaryPrimitives.ReadInt32LittleEndian(from[8..]),
            FirstPage = BinaryPrimitives.ReadInt32LittleEndian(from[12..]),
            PageCount = BinaryPrimitives.ReadInt32LittleEndian(from[16..]),
            Family = (ValueFamily)from[20],
            FirstTimestamp = BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
            LastTimestamp = BinaryPrimitives.ReadInt64LittleEndian(from[32..]),
        };
    }
}
