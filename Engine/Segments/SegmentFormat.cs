using System;
using System.Buffers.Binary;
using Slungd.Engine.Codecs;
using Slungd.Native.Bits;

namespace Slungd.Engine.Segments;

/// <summary>The numbers of the format, and the two structures that all others are wrapped in: the file header and the
/// section. docs/formats/segments.md draws them; everything is little-endian.</summary>
internal static class SegmentFormat
{
    public const ushort Version = 1;

    /// <summary>At the start of every file, and at the very end of an .idx.</summary>
    public static ReadOnlySpan<byte> Magic => "SLZ01"u8;

    public const byte DatKind = (byte)'D';
    public const byte IdxKind = (byte)'I';

    public const int FileHeaderSize = 24;
    public const int SectionHeaderSize = 16;

    /// <summary>u64 footer offset, magic.</summary>
    public const int TailSize = 13;

    public const int SeriesEntrySize = 56;
    public const int RowEntrySize = 8;

    /// <summary>The columns of a segment: time and value.</summary>
    public const int Columns = 2;

    /// <summary>Bounds what a reader must be ready to hold of one page.</summary>
    public const int MaxPagePoints = TimestampCodec.MaxCount;

    public const int DefaultPagePoints = 4096;

    /// <summary>The time and value pages of one page of points: offset and lengths are 32 bits in parts.</summary>
    public const int MaxPageBytes = 1 << 30;

    /// <summary>`magic[5] | u8 kind | u16 version | u64 number | u32 zero | u32 crc32c of the 20 bytes
    /// before`.</summary>
    public static void WriteFileHeader(Span<byte> into, byte kind, ulong number)
    {
        into[..FileHeaderSize].Clear();
        Magic.CopyTo(into);
        into[5] = kind;
        BinaryPrimitives.WriteUInt16LittleEndian(into[6..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(into[8..], number);
        BinaryPrimitives.WriteUInt32LittleEndian(into[20..], Crc32C.Of(into[..20]));
    }

    /// <summary>Checks a header; throws <see cref="SegmentCorruptException"/> or
    /// <see cref="SegmentVersionException"/>.</summary>
    public static void CheckFileHeader(ReadOnlySpan<byte> header, byte kind, ulong number, string file)
    {
        if (!header.StartsWith(Magic) || header[5] != kind) throw new SegmentCorruptException(file, "no magic");
        if (Crc32C.Of(header[..20]) != BinaryPrimitives.ReadUInt32LittleEndian(header[20..]))
            throw new SegmentCorruptException(file, "file header checksum");
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(header[6..]);
        if (version > Version) throw new SegmentVersionException(file, version, Version);
        if (BinaryPrimitives.ReadUInt64LittleEndian(header[8..]) != number)
            throw new SegmentCorruptException(file, "the header names another segment");
    }

    /// <summary>`u32 crc32c of all that follows | u16 kind | u16 version | u64 body length | body`. The body is in
    /// place already, behind the header.</summary>
    public static void WriteSectionHeader(Span<byte> section, SectionKind kind)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(section[4..], (ushort)kind);
        BinaryPrimitives.WriteUInt16LittleEndian(section[6..], Version);
        BinaryPrimitives.WriteUInt64LittleEndian(section[8..], (ulong)(section.Length - SectionHeaderSize));
        BinaryPrimitives.WriteUInt32LittleEndian(section, Crc32C.Of(section[4..]));
    }

    /// <summary>Checks a section that should fill <paramref name="section"/> exactly, at this offset of the file;
    /// returns its body.</summary>
    public static ReadOnlySpan<byte> CheckSection(ReadOnlySpan<byte> section, SectionKind kind, string file,
        long offset)
    {
        if (section.Length < SectionHeaderSize ||
            BinaryPrimitives.ReadUInt64LittleEndian(section[8..]) != (ulong)(section.Length - SectionHeaderSize))
        {
            throw new SegmentCorruptException(file, $"{kind} section length", offset);
        }
        if (BinaryPrimitives.ReadUInt32LittleEndian(section) != Crc32C.Of(section[4..]))
            throw new SegmentCorruptException(file, $"{kind} section checksum", offset);
        if (BinaryPrimitives.ReadUInt16LittleEndian(section[4..]) != (ushort)kind)
            throw new SegmentCorruptException(file, $"another section where {kind} should be", offset);
        ushort version = BinaryPrimitives.ReadUInt16LittleEndian(section[6..]);
        if (version > Version) throw new SegmentVersionException(file, version, Version);
        return section[SectionHeaderSize..];
    }
}

/// <summary>The parts of an .idx file, in their order.</summary>
internal enum SectionKind : ushort
{
    Pages = 1,
    Keys = 2,
    Series = 3,
    Rows = 4,
    Bloom = 5,
    Footer = 6,
}
