using System;
using System.Buffers.Binary;
using Slungd.Engine.Model;
using Slungd.Native.Os;

namespace Slungd.Engine.Segments;

/// <summary>The checks of an .idx, from the tail inwards. Whatever the bytes are, the answer is "sound" or an
/// exception that says what is wrong; what was found sound here is not doubted later.</summary>
internal static class SegmentValidator
{
    /// <summary>Header, tail and footer.</summary>
    public static SegmentFooter ReadFooter(MappedFile idx, SegmentName name, string file)
    {
        const int Smallest = SegmentFormat.FileHeaderSize + SegmentFormat.SectionHeaderSize + SegmentFormat.TailSize;
        if (idx.Length < Smallest) throw new SegmentCorruptException(file, $"only {idx.Length} bytes");
        ReadOnlySpan<byte> header = idx.Slice(0, SegmentFormat.FileHeaderSize);
        SegmentFormat.CheckFileHeader(header, SegmentFormat.IdxKind, name.Number, file);

        long tailOffset = idx.Length - SegmentFormat.TailSize;
        ReadOnlySpan<byte> tail = idx.Slice(tailOffset, SegmentFormat.TailSize);
        if (!tail[8..].SequenceEqual(SegmentFormat.Magic))
            throw new SegmentCorruptException(file, "no magic at its end", tailOffset);
        long footerOffset = BinaryPrimitives.ReadInt64LittleEndian(tail);
        if (footerOffset < SegmentFormat.FileHeaderSize || footerOffset > tailOffset ||
            tailOffset - footerOffset > int.MaxValue)
        {
            throw new SegmentCorruptException(file, "footer offset", tailOffset);
        }
        ReadOnlySpan<byte> body = SegmentFormat.CheckSection(
            idx.Slice(footerOffset, (int)(tailOffset - footerOffset)), SectionKind.Footer, file, footerOffset);
        if (!SegmentFooter.TryRead(body, out SegmentFooter footer))
            throw new SegmentCorruptException(file, "footer shape", footerOffset);
        CheckFooter(footer, name, footerOffset, file);
        return footer;
    }

    /// <summary>Every section's checksum and shape.</summary>
    public static void CheckSections(MappedFile idx, SegmentFooter footer, string file)
    {
        _ = Body(idx, footer.Pages, SectionKind.Pages, file);
        _ = Body(idx, footer.Keys, SectionKind.Keys, file);
        _ = Body(idx, footer.Series, SectionKind.Series, file);
        _ = Body(idx, footer.RowIndex, SectionKind.Rows, file);
        if (!BloomFilter.IsWellFormed(Body(idx, footer.Bloom, SectionKind.Bloom, file), footer.SeriesCount))
            throw new SegmentCorruptException(file, "Bloom filter shape", footer.Bloom.Offset);
    }

    /// <summary>That series, keys, rows and pages fit each other, without gaps.</summary>
    public static void CheckIndex(MappedFile idx, SegmentFooter footer, string file)
    {
        ReadOnlySpan<byte> pages = Unchecked(idx, footer.Pages);
        ReadOnlySpan<byte> keys = Unchecked(idx, footer.Keys);
        ReadOnlySpan<byte> series = Unchecked(idx, footer.Series);
        ReadOnlySpan<byte> rows = Unchecked(idx, footer.RowIndex);
        var walk = new Walk { DatEnd = SegmentFormat.FileHeaderSize, Min = long.MaxValue, Max = long.MinValue };
        ReadOnlySpan<byte> lastKey = default;
        for (int i = 0; i < footer.SeriesCount; i++)
        {
            long at = footer.Series.Offset + SegmentFormat.SectionHeaderSize + (long)i * SegmentFormat.SeriesEntrySize;
            SeriesEntry.Read(series[(i * SegmentFormat.SeriesEntrySize)..], out SeriesEntry entry);
            if (entry.KeyOffset != walk.KeyEnd || entry.KeyLength <= 0 || entry.KeyLength > keys.Length - walk.KeyEnd)
                throw new SegmentCorruptException(file, $"key of series {i}", at);
            ReadOnlySpan<byte> key = keys.Slice((int)entry.KeyOffset, entry.KeyLength);
            if (i > 0 && lastKey.SequenceCompareTo(key) >= 0)
                throw new SegmentCorruptException(file, $"order of series {i}", at);
            if (entry.Family is < ValueFamily.Float or > ValueFamily.Histogram)
                throw new SegmentCorruptException(file, $"family of series {i}", at);
            if (BinaryPrimitives.ReadInt64LittleEndian(rows[(i * SegmentFormat.RowEntrySize)..]) != walk.Rows)
                throw new SegmentCorruptException(file, $"row index of series {i}", at);
            if (entry.FirstPage != walk.Pages || entry.PageCount <= 0 ||
                entry.PageCount > footer.PageCount - walk.Pages ||
                !CheckPages(pages, in entry, footer.PagePoints, ref walk))
            {
                throw new SegmentCorruptException(file, $"pages of series {i}", at);
            }
            walk.KeyEnd += entry.KeyLength;
            lastKey = key;
        }
        if (walk.Pages != footer.PageCount || walk.KeyEnd != keys.Length || walk.Rows != footer.Rows ||
            walk.DatEnd != footer.DatLength || walk.Min != footer.MinTimestamp || walk.Max != footer.MaxTimestamp)
        {
            throw new SegmentCorruptException(file, "totals");
        }
    }

    private struct Walk
    {
        public long KeyEnd, DatEnd, Rows, Min, Max;
        public int Pages;
    }

    private static bool CheckPages(ReadOnlySpan<byte> pages, in SeriesEntry entry, int pagePoints, ref Walk walk)
    {
        long last = 0;
        for (int i = 0; i < entry.PageCount; i++)
        {
            int offset = (entry.FirstPage + i) * SegmentFormat.PageDescriptorSize;
            PageDescriptor.Read(pages[offset..], out PageDescriptor page);
            ref BlockSummary summary = ref page.Summary;
            if (summary.Count < 1 || summary.Count > pagePoints) return false;
            if (summary.FirstTimestamp > summary.LastTimestamp) return false;
            if (i > 0 && summary.FirstTimestamp <= last) return false;
            if (page.Offset != walk.DatEnd || page.TimeLength < 0 || page.ValueLength < 0) return false;
            if ((long)page.TimeLength + page.ValueLength > SegmentFormat.MaxPageBytes) return false;
            if (i == 0 && summary.FirstTimestamp != entry.FirstTimestamp) return false;
            last = summary.LastTimestamp;
            walk.DatEnd += page.TimeLength + page.ValueLength;
            walk.Rows += summary.Count;
        }
        walk.Pages += entry.PageCount;
        walk.Min = Math.Min(walk.Min, entry.FirstTimestamp);
        walk.Max = Math.Max(walk.Max, entry.LastTimestamp);
        return last == entry.LastTimestamp;
    }

    private static void CheckFooter(SegmentFooter footer, SegmentName name, long footerOffset, string file)
    {
        if (footer.Number != name.Number)
            throw new SegmentCorruptException(file, "the footer names another segment", footerOffset);
        if (footer.Precision is < Precision.Nanoseconds or > Precision.Seconds ||
            footer.Level > SegmentName.MaxLevel ||
            footer.PagePoints is < 1 or > SegmentFormat.MaxPagePoints ||
            footer.SeriesCount < 1 || footer.PageCount < 1 || footer.FirstSequence > footer.LastSequence)
        {
            throw new SegmentCorruptException(file, "footer values", footerOffset);
        }
        long end = SegmentFormat.FileHeaderSize;
        bool inOrder = Follows(footer.Pages, ref end, (long)footer.PageCount * SegmentFormat.PageDescriptorSize) &
            Follows(footer.Keys, ref end, footer.Keys.Length - SegmentFormat.SectionHeaderSize) &
            Follows(footer.Series, ref end, (long)footer.SeriesCount * SegmentFormat.SeriesEntrySize) &
            Follows(footer.RowIndex, ref end, (long)footer.SeriesCount * SegmentFormat.RowEntrySize) &
            Follows(footer.Bloom, ref end, BloomFilter.SizeFor(footer.SeriesCount));
        if (!inOrder || end != footerOffset) throw new SegmentCorruptException(file, "section places", footerOffset);
    }

    private static bool Follows(SectionPlace place, ref long end, long body)
    {
        bool fits = place.Offset == end && body >= 0 && body <= int.MaxValue - SegmentFormat.SectionHeaderSize &&
            place.Length == body + SegmentFormat.SectionHeaderSize;
        end += fits ? place.Length : 0;
        return fits;
    }

    private static ReadOnlySpan<byte> Body(MappedFile idx, SectionPlace place, SectionKind kind, string file)
    {
        if (place.Offset > idx.Length - place.Length) throw new SegmentCorruptException(file, $"{kind} section place");
        ReadOnlySpan<byte> section = idx.Slice(place.Offset, (int)place.Length);
        return SegmentFormat.CheckSection(section, kind, file, place.Offset);
    }

    private static ReadOnlySpan<byte> Unchecked(MappedFile idx, SectionPlace place) =>
        idx.Slice(place.Offset, (int)place.Length)[SegmentFormat.SectionHeaderSize..];
}
