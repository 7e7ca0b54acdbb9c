using System;
using System.Buffers.Binary;
using Slungd.Engine.Model;
using Slungd.Native.Bits;

namespace Slungd.Engine.Segments;

/// <summary>How far one producer's frames are contained in a segment, so that applying a frame again changes nothing.
/// Compaction carries marks on; nobody writes new ones yet.</summary>
internal readonly record struct ProducerMark(ulong Producer, ulong Epoch, ulong Sequence)
{
    /// <summary>True when this one is further than another of the same producer.</summary>
    public bool IsAfter(ProducerMark other) => (Epoch, Sequence).CompareTo((other.Epoch, other.Sequence)) > 0;
}

/// <summary>Where a section lies in the .idx, its header included.</summary>
internal readonly record struct SectionPlace(long Offset, long Length);

/// <summary>The last section of an .idx: what the segment is, and where its parts are.</summary>
internal sealed record SegmentFooter
{
    public const int MaxSources = 8;

    private const int FixedSize = 144;
    private const int PlaceSize = 24;
    private const int MarkSize = 24;
    private const int Places = 5;
    private const int HashLength = 16;

    /// <summary>The number in the file's name.</summary>
    public ulong Number { get; init; }

    /// <summary>The level it was written for; a rename may have raised it since.</summary>
    public int Level { get; init; }

    public Precision Precision { get; init; }

    /// <summary>Points a page was allowed to have.</summary>
    public int PagePoints { get; init; }

    /// <summary>Microseconds since 1970, UTC, by the writer's clock.</summary>
    public long CreatedAt { get; init; }

    public long Rows { get; init; }
    public int SeriesCount { get; init; }
    public int PageCount { get; init; }
    public long MinTimestamp { get; init; }
    public long MaxTimestamp { get; init; }

    /// <summary>The .dat's length.</summary>
    public long DatLength { get; init; }

    /// <summary>The writes in here, as a range of flushes: where two segments hold the same timestamp of a series, the
    /// one with the higher range wins. A flush has First = Last; compaction joins neighbours.</summary>
    public ulong FirstSequence { get; init; }
    public ulong LastSequence { get; init; }

    /// <summary>Every generation of the write-ahead log up to this one is in this segment and those before it. Of
    /// several segments the highest counts; compaction keeps the highest of its sources.</summary>
    public ulong LogThrough { get; init; }

    /// <summary>Deletes are numbered. One with a number above this covers what is in here, as far as series and time
    /// say so; the others are done: the points were written after them, or they were erased by a compaction.</summary>
    public uint DeletesThrough { get; init; }

    public ProducerMark[] Marks { get; init; } = [];

    /// <summary>The numbers of the segments that were compacted into this one and the others of its group, at most
    /// <see cref="MaxSources"/>. Empty after a flush.</summary>
    public ulong[] Sources { get; init; } = [];

    /// <summary>The number of the first segment that came out of the same compaction, which got its name after all
    /// others: once it is there, so are they, and the sources are leftovers. 0 after a flush.</summary>
    public ulong Group { get; init; }

    /// <summary>Of the keys and their families: segments with the same hash hold the same series. The first half of
    /// SHA-1(SHA-1(keys) | SHA-1(families, a byte each)).</summary>
    public UInt128 KeysHash { get; init; }

    public SectionPlace Pages { get; init; }
    public SectionPlace Keys { get; init; }
    public SectionPlace Series { get; init; }
    public SectionPlace RowIndex { get; init; }
    public SectionPlace Bloom { get; init; }

    public int BodySize =>
        FixedSize + Places * PlaceSize + Marks.Length * MarkSize + Sources.Length * sizeof(ulong);

    public void Write(Span<byte> into)
    {
        into.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(into, Number);
        into[8] = (byte)Level;
        into[9] = (byte)Precision;
        BinaryPrimitives.WriteUInt16LittleEndian(into[10..], SegmentFormat.Columns);
        BinaryPrimitives.WriteInt32LittleEndian(into[12..], PagePoints);
        BinaryPrimitives.WriteInt64LittleEndian(into[16..], CreatedAt);
        BinaryPrimitives.WriteInt64LittleEndian(into[24..], Rows);
        BinaryPrimitives.WriteInt32LittleEndian(into[32..], SeriesCount);
        BinaryPrimitives.WriteInt32LittleEndian(into[36..], PageCount);
        BinaryPrimitives.WriteInt64LittleEndian(into[40..], MinTimestamp);
        BinaryPrimitives.WriteInt64LittleEndian(into[48..], MaxTimestamp);
        BinaryPrimitives.WriteInt64LittleEndian(into[56..], DatLength);
        BinaryPrimitives.WriteUInt64LittleEndian(into[64..], FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(into[72..], LastSequence);
        BinaryPrimitives.WriteInt32LittleEndian(into[80..], Places);
        BinaryPrimitives.WriteInt32LittleEndian(into[84..], Marks.Length);
        BinaryPrimitives.WriteInt32LittleEndian(into[88..], Sources.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(into[92..], DeletesThrough);
        BinaryPrimitives.WriteUInt64LittleEndian(into[96..], LogThrough);
        BinaryPrimitives.WriteUInt64LittleEndian(into[104..], Group);
        BinaryPrimitives.WriteUInt128BigEndian(into[112..], KeysHash); // bytes 128..143 are spare
        Span<byte> rest = into[FixedSize..];
        rest = WritePlace(rest, SectionKind.Pages, Pages);
        rest = WritePlace(rest, SectionKind.Keys, Keys);
        rest = WritePlace(rest, SectionKind.Series, Series);
        rest = WritePlace(rest, SectionKind.Rows, RowIndex);
        rest = WritePlace(rest, SectionKind.Bloom, Bloom);
        foreach (ProducerMark mark in Marks)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(rest, mark.Producer);
            BinaryPrimitives.WriteUInt64LittleEndian(rest[8..], mark.Epoch);
            BinaryPrimitives.WriteUInt64LittleEndian(rest[16..], mark.Sequence);
            rest = rest[MarkSize..];
        }
        for (int i = 0; i < Sources.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(rest[(i * sizeof(ulong))..], Sources[i]);
    }

    /// <summary>Reads a footer's body; false when it has not the shape of one. What it claims is checked by the
    /// reader against the file.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out SegmentFooter footer)
    {
        footer = new SegmentFooter();
        if (body.Length < FixedSize) return false;
        int marks = BinaryPrimitives.ReadInt32LittleEndian(body[84..]);
        if (BinaryPrimitives.ReadInt32LittleEndian(body[80..]) != Places || marks < 0) return false;
        int sources = BinaryPrimitives.ReadInt32LittleEndian(body[88..]);
        if (sources is < 0 or > MaxSources) return false;
        long length = FixedSize + Places * PlaceSize + (long)marks * MarkSize + sources * sizeof(ulong);
        if (body.Length != length) return false;
        if (BinaryPrimitives.ReadUInt16LittleEndian(body[10..]) != SegmentFormat.Columns) return false;
        ReadOnlySpan<byte> places = body[FixedSize..];
        footer = new SegmentFooter
        {
            Number = BinaryPrimitives.ReadUInt64LittleEndian(body),
            Level = body[8],
            Precision = (Precision)body[9],
            PagePoints = BinaryPrimitives.ReadInt32LittleEndian(body[12..]),
            CreatedAt = BinaryPrimitives.ReadInt64LittleEndian(body[16..]),
            Rows = BinaryPrimitives.ReadInt64LittleEndian(body[24..]),
            SeriesCount = BinaryPrimitives.ReadInt32LittleEndian(body[32..]),
            PageCount = BinaryPrimitives.ReadInt32LittleEndian(body[36..]),
            MinTimestamp = BinaryPrimitives.ReadInt64LittleEndian(body[40..]),
            MaxTimestamp = BinaryPrimitives.ReadInt64LittleEndian(body[48..]),
            DatLength = BinaryPrimitives.ReadInt64LittleEndian(body[56..]),
            FirstSequence = BinaryPrimitives.ReadUInt64LittleEndian(body[64..]),
            LastSequence = BinaryPrimitives.ReadUInt64LittleEndian(body[72..]),
            DeletesThrough = BinaryPrimitives.ReadUInt32LittleEndian(body[92..]),
            LogThrough = BinaryPrimitives.ReadUInt64LittleEndian(body[96..]),
            Group = BinaryPrimitives.ReadUInt64LittleEndian(body[104..]),
            KeysHash = BinaryPrimitives.ReadUInt128BigEndian(body[112..]),
            Marks = ReadMarks(places[(Places * PlaceSize)..], marks),
            Sources = sources == 0 ? [] : ReadSources(body[^(sources * sizeof(ulong))..]),
            Pages = ReadPlace(places, 0, SectionKind.Pages),
            Keys = ReadPlace(places, 1, SectionKind.Keys),
            Series = ReadPlace(places, 2, SectionKind.Series),
            RowIndex = ReadPlace(places, 3, SectionKind.Rows),
            Bloom = ReadPlace(places, 4, SectionKind.Bloom),
        };
        return true;
    }

    /// <summary>See <see cref="KeysHash"/>.</summary>
    public static UInt128 HashOf(ReadOnlySpan<byte> keys, ReadOnlySpan<byte> families)
    {
        Span<byte> hashes = stackalloc byte[2 * Sha1.HashLength];
        Sha1.Hash(keys, hashes);
        Sha1.Hash(families, hashes[Sha1.HashLength..]);
        Span<byte> hash = stackalloc byte[Sha1.HashLength];
        Sha1.Hash(hashes, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash[..HashLength]);
    }

    private static Span<byte> WritePlace(Span<byte> into, SectionKind kind, SectionPlace place)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(into, (ushort)kind); // six spare bytes follow
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], place.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(into[16..], place.Length);
        return into[PlaceSize..];
    }

    /// <summary>A place of another kind reads as empty, which no section is.</summary>
    private static SectionPlace ReadPlace(ReadOnlySpan<byte> places, int index, SectionKind kind)
    {
        ReadOnlySpan<byte> place = places[(index * PlaceSize)..];
        if (BinaryPrimitives.ReadUInt16LittleEndian(place) != (ushort)kind) return default;
        return new SectionPlace(BinaryPrimitives.ReadInt64LittleEndian(place[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(place[16..]));
    }

    private static ProducerMark[] ReadMarks(ReadOnlySpan<byte> from, int count)
    {
        var marks = new ProducerMark[count];
        for (int i = 0; i < count; i++, from = from[MarkSize..])
        {
            marks[i] = new ProducerMark(BinaryPrimitives.ReadUInt64LittleEndian(from),
                BinaryPrimitives.ReadUInt64LittleEndian(from[8..]),
                BinaryPrimitives.ReadUInt64LittleEndian(from[16..]));
        }
        return marks;
    }

    private static ulong[] ReadSources(ReadOnlySpan<byte> from)
    {
        var sources = new ulong[from.Length / sizeof(ulong)];
        for (int i = 0; i < sources.Length; i++)
            sources[i] = BinaryPrimitives.ReadUInt64LittleEndian(from[(i * sizeof(ulong))..]);
        return sources;
    }
}
