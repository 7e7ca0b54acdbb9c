using System;
using System.Buffers.Binary;
using Slungd.Engine.Model;
using Slungd.Native.Bits;

namespace Slungd.Engine.Segments;

/// <summary>One series of a segment: its key's place in the key section, its pages, its family and range. Written as 56
/// bytes in this order, the last four a checksum of the entry and the descriptors of its pages: so one series can be
/// read without checking all.</summary>
internal struct SeriesEntry
{
    private const int Covered = SegmentFormat.SeriesEntrySize - sizeof(uint);

    public int KeyOffset;
    public int KeyLength;

    /// <summary>Where its descriptors are in the page section.</summary>
    public int RunOffset;
    public int RunLength;

    public int FirstPage;
    public int PageCount;

    /// <summary>Where its first page starts in the .dat.</summary>
    public long DataOffset;
    public long FirstTimestamp;
    public long LastTimestamp;
    public ValueFamily Family;

    public readonly void Write(Span<byte> into, ReadOnlySpan<byte> run)
    {
        BinaryPrimitives.WriteInt32LittleEndian(into, KeyOffset);
        BinaryPrimitives.WriteInt32LittleEndian(into[4..], KeyLength);
        BinaryPrimitives.WriteInt32LittleEndian(into[8..], RunOffset);
        BinaryPrimitives.WriteInt32LittleEndian(into[12..], RunLength);
        BinaryPrimitives.WriteInt32LittleEndian(into[16..], FirstPage);
        BinaryPrimitives.WriteInt32LittleEndian(into[20..], PageCount);
        BinaryPrimitives.WriteInt64LittleEndian(into[24..], DataOffset);
        BinaryPrimitives.WriteInt64LittleEndian(into[32..], FirstTimestamp);
        BinaryPrimitives.WriteInt64LittleEndian(into[40..], LastTimestamp);
        BinaryPrimitives.WriteUInt32LittleEndian(into[48..], (uint)Family); // the upper three bytes are spare
        BinaryPrimitives.WriteUInt32LittleEndian(into[Covered..], ChecksumOf(into, run));
    }

    public static void Read(ReadOnlySpan<byte> from, out SeriesEntry entry)
    {
        from = from[..SegmentFormat.SeriesEntrySize];
        entry = new SeriesEntry
        {
            KeyOffset = BinaryPrimitives.ReadInt32LittleEndian(from),
            KeyLength = BinaryPrimitives.ReadInt32LittleEndian(from[4..]),
            RunOffset = BinaryPrimitives.ReadInt32LittleEndian(from[8..]),
            RunLength = BinaryPrimitives.ReadInt32LittleEndian(from[12..]),
            FirstPage = BinaryPrimitives.ReadInt32LittleEndian(from[16..]),
            PageCount = BinaryPrimitives.ReadInt32LittleEndian(from[20..]),
            DataOffset = BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
            FirstTimestamp = BinaryPrimitives.ReadInt64LittleEndian(from[32..]),
            LastTimestamp = BinaryPrimitives.ReadInt64LittleEndian(from[40..]),
            Family = (ValueFamily)from[48],
        };
    }

    /// <summary>Whether the bytes of an entry and its run are what was written.</summary>
    public static bool IsSound(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> run) =>
        BinaryPrimitives.ReadUInt32LittleEndian(entry[Covered..]) == ChecksumOf(entry, run);

    /// <summary>Makes the checksum right; for tests that damage what it covers.</summary>
    public static void Seal(Span<byte> entry, ReadOnlySpan<byte> run) =>
        BinaryPrimitives.WriteUInt32LittleEndian(entry[Covered..], ChecksumOf(entry, run));

    private static uint ChecksumOf(ReadOnlySpan<byte> entry, ReadOnlySpan<byte> run) =>
        Crc32C.Append(Crc32C.Of(entry[..Covered]), run);
}
