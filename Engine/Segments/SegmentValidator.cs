using System;
using System.Buffers.Binary;
using Slungd.Engine.Model;
using Slungd.Native.Os;

namespace Slungd.Engine.Segments;

/// <summary>The checks of an .idx, from the tail inwards. Whatever the bytes are, the answer is "sound" or an exception
/// that says what is wrong; what was found sound here is not doubted later. Opening checks header, tail and footer; the
/// keys are checked when their ids are looked up, a series when it is first read, and all there is by
/// <see cref="CheckAll"/>.</summary>
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

    /// <summary>That the keys are what was written, and follow each other in order, without gaps.</summary>
    public static void CheckKeys(MappedFile idx, SegmentFooter footer, string file)
    {
        ReadOnlySpan<byte> keys = Body(idx, footer.Keys, SectionKind.Keys, file);
        ReadOnlySpan<byte> series = Body(idx, footer.Series, SectionKind.Series, file);
        if (!BloomFilter.IsWellFormed(Body(idx, footer.Bloom, SectionKind.Bloom, file), footer.SeriesCount))
            throw new SegmentCorruptException(file, "Bloom filter shape", footer.Bloom.Offset);
        ReadOnlySpan<byte> lastKey = default;
        int end = 0;
        for (int i = 0; i < footer.SeriesCount; i++)
        {
            SeriesEntry.Read(series[(i * SegmentFormat.SeriesEntrySize)..], out SeriesEntry entry);
            if (entry.KeyOffset != end || entry.KeyLength <= 0 || entry.KeyLength > keys.Length - end)
                throw new SegmentCorruptException(file, $"key of series {i}", footer.Series.Offset);
            ReadOnlySpan<byte> key = keys.Slice(entry.KeyOffset, entry.KeyLength);
            if (i > 0 && lastKey.SequenceCompareTo(key) >= 0)
                throw new SegmentCorruptException(file, $"order of series {i}", footer.Keys.Offset);
            if (entry.Family is < ValueFamily.Float or > ValueFamily.Histogram)
                throw new SegmentCorruptException(file, $"family of series {i}", footer.Series.Offset);
            end += entry.KeyLength;
            lastKey = key;
        }
        if (end != keys.Length) throw new SegmentCorruptException(file, "keys of no series", footer.Keys.Offset);
    }

    /// <summary>That one series' entry and descriptors are what was written, and make sense.</summary>
    /// <param name="series">Its position.</param>
    /// <param name="entry">As it was read.</param>
    public static void CheckSeries(MappedFile idx, SegmentFooter footer, int series, in SeriesEntry entry, string file)
    {
        long place = footer.Series.Offset + SegmentFormat.SectionHeaderSize +
            (long)series * SegmentFormat.SeriesEntrySize;
        ReadOnlySpan<byte> bytes = idx.Slice(place, SegmentFormat.SeriesEntrySize);
        long pages = footer.Pages.Length - SegmentFormat.SectionHeaderSize;
        long keys = footer.Keys.Length - SegmentFormat.SectionHeaderSize;
        if (entry.RunOffset < 0 || entry.RunLength < 0 || entry.RunOffset > pages - entry.RunLength)
            throw new SegmentCorruptException(file, $"descriptors of series {series}", place);
        ReadOnlySpan<byte> run = idx.Slice(footer.Pages.Offset + SegmentFormat.SectionHeaderSize + entry.RunOffset,
            entry.RunLength);
        if (!SeriesEntry.IsSound(bytes, run))
            throw new SegmentCorruptException(file, $"checksum of series {series}", place);
        if (entry.KeyOffset < 0 || entry.KeyLength <= 0 || entry.KeyOffset > keys - entry.KeyLength ||
            entry.Family is < ValueFamily.Float or > ValueFamily.Histogram)
        {
            throw new SegmentCorruptException(file, $"key or family of series {series}", place);
        }
        if (!ArePagesSound(footer, in entry, run))
            throw new SegmentCorruptException(file, $"pages of series {series}", place);
    }

    /// <summary>Every checksum of the index, and that its parts fit each other, without gaps.</summary>
    public static void CheckAll(MappedFile idx, SegmentFooter footer, string file)
    {
        CheckKeys(idx, footer, file);
        int pagesLength = Body(idx, footer.Pages, SectionKind.Pages, file).Length;
        ReadOnlySpan<byte> rows = Body(idx, footer.RowIndex, SectionKind.Rows, file);
        ReadOnlySpan<byte> series = Unchecked(idx, footer.Series);
        (long row, long data, int page, int run) = (0, SegmentFormat.FileHeaderSize, 0, 0);
        (long min, long max) = (long.MaxValue, long.MinValue);
        for (int i = 0; i < footer.SeriesCount; i++)
        {
            SeriesEntry.Read(series[(i * SegmentFormat.SeriesEntrySize)..], out SeriesEntry entry);
            CheckSeries(idx, footer, i, in entry, file);
            if (BinaryPrimitives.ReadInt64LittleEndian(rows[(i * SegmentFormat.RowEntrySize)..]) != row)
                throw new SegmentCorruptException(file, $"row index of series {i}", footer.RowIndex.Offset);
            if (entry.FirstPage != page || entry.RunOffset != run || entry.DataOffset != data)
                throw new SegmentCorruptException(file, $"place of series {i}", footer.Series.Offset);
            Measure(Unchecked(idx, footer.Pages).Slice(run, entry.RunLength), in entry, ref row, ref data);
            page += entry.PageCount;
            run += entry.RunLength;
            (min, max) = (Math.Min(min, entry.FirstTimestamp), Math.Max(max, entry.LastTimestamp));
        }
        if (page != footer.PageCount || run != pagesLength || row != footer.Rows || data != footer.DatLength ||
            min != footer.MinTimestamp || max != footer.MaxTimestamp)
        {
            throw new SegmentCorruptException(file, "totals");
        }
    }

    private static void Measure(ReadOnlySpan<byte> run, in SeriesEntry entry, ref long row, ref long data)
    {
        PagePosition position = PageRun.Begin(in entry);
        for (int i = 0; i < entry.PageCount; i++)
        {
            PageRun.TryRead(run, ref position, out PageDescriptor page);
            row += page.Summary.Count;
        }
        data = position.Offset;
    }

    private static bool ArePagesSound(SegmentFooter footer, in SeriesEntry entry, ReadOnlySpan<byte> run)
    {
        if (entry.FirstPage < 0 || entry.PageCount <= 0 || entry.PageCount > footer.PageCount - entry.FirstPage ||
            entry.DataOffset < SegmentFormat.FileHeaderSize || entry.DataOffset > footer.DatLength ||
            (long)PageRun.AnchorsOf(entry.PageCount) * PageRun.AnchorSize > run.Length)
        {
            return false;
        }
        PagePosition position = PageRun.Begin(in entry);
        for (int i = 0; i < entry.PageCount; i++)
        {
            if (i > 0 && i % PageRun.GroupPages == 0 && !IsAt(PageRun.ReadAnchor(run, in entry, i / PageRun.GroupPages),
                in position)) return false;
            long last = position.LastTimestamp;
            if (!PageRun.TryRead(run, ref position, out PageDescriptor page)) return false;
            ref BlockSummary summary = ref page.Summary;
            if (summary.Count < 1 || summary.Count > footer.PagePoints) return false;
            if (i == 0 ? summary.FirstTimestamp != last : summary.FirstTimestamp <= last) return false;
            if (summary.LastTimestamp < summary.FirstTimestamp) return false;
            if (page.TimeLength == 0 && !IsRegular(in page)) return false;
            if (position.Offset > footer.DatLength) return false;
        }
        return position.At == run.Length && position.LastTimestamp == entry.LastTimestamp;
    }

    private static bool IsAt(PagePosition anchor, in PagePosition position) =>
        anchor.At == position.At && anchor.Offset == position.Offset && anchor.LastTimestamp == position.LastTimestamp;

    /// <summary>Whether the ends and the count leave one distance for all timestamps.</summary>
    private static bool IsRegular(in PageDescriptor page)
    {
        ulong span = (ulong)(page.Summary.LastTimestamp - page.Summary.FirstTimestamp);
        return page.Summary.Count == 1 ? span == 0 : span > 0 && span % (ulong)(page.Summary.Count - 1) == 0;
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
        bool inOrder = Follows(footer.Pages, ref end, footer.Pages.Length - SegmentFormat.SectionHeaderSize) &
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
