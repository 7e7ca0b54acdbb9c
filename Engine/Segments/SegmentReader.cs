using System;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Os;
using Slungd.Native.Simd;

namespace Slungd.Engine.Segments;

/// <summary>
/// An open segment. Opening checks the footer and the length of the .dat; the keys, each series with the descriptors
/// of its pages, and each page are checked when they are first read, so that opening a thousand segments reads little
/// of them. Whatever is handed out was found sound and needs no doubt. All methods from any thread; whoever calls keeps
/// the segment open (<see cref="Segment"/> counts).
/// </summary>
internal sealed class SegmentReader : IDisposable
{
    private readonly MappedFile _idx;
    private readonly MappedFile _dat;
    private readonly long _pages;
    private readonly long _keys;
    private readonly long _series;
    private readonly TrustBits _seriesTrusted;
    private readonly TrustBits _timesTrusted;
    private readonly TrustBits _valuesTrusted;
    private volatile bool _keysTrusted;

    private SegmentReader(MappedFile idx, MappedFile dat, SegmentFooter footer, string idxPath, string datPath)
    {
        (_idx, _dat, Footer, IdxPath, DatPath) = (idx, dat, footer, idxPath, datPath);
        _pages = footer.Pages.Offset + SegmentFormat.SectionHeaderSize;
        _keys = footer.Keys.Offset + SegmentFormat.SectionHeaderSize;
        _series = footer.Series.Offset + SegmentFormat.SectionHeaderSize;
        _seriesTrusted = new TrustBits(footer.SeriesCount);
        _timesTrusted = new TrustBits(footer.PageCount);
        _valuesTrusted = new TrustBits(footer.PageCount);
    }

    public SegmentFooter Footer { get; }

    public string IdxPath { get; }

    public string DatPath { get; }

    /// <summary>The files' bytes, whatever became of their names.</summary>
    public MappedFile Idx => _idx;

    /// <inheritdoc cref="Idx"/>
    public MappedFile Dat => _dat;

    public int SeriesCount => Footer.SeriesCount;

    /// <summary>Whether this is one of its files.</summary>
    public bool IsOf(string path) => path == IdxPath || path == DatPath;

    /// <summary>Both files together.</summary>
    public long BytesOnDisk => _idx.Length + _dat.Length;

    /// <summary>Opens a segment.</summary>
    /// <exception cref="SegmentCorruptException">The files are not what was written.</exception>
    /// <exception cref="SegmentVersionException">They are, but by a newer program.</exception>
    /// <exception cref="DiskException">They can't be read.</exception>
    public static SegmentReader Open(IDisk disk, string directory, SegmentName name)
    {
        string idxPath = directory + "/" + name.Idx;
        string datPath = directory + "/" + name.Dat;
        MappedFile idx = disk.Map(idxPath);
        MappedFile? dat = null;
        try
        {
            dat = disk.FileExists(datPath) ? disk.Map(datPath)
                : throw new SegmentCorruptException(datPath, "it is missing");
            return Open(idx, dat, name, idxPath, datPath);
        }
        catch
        {
            idx.Dispose();
            dat?.Dispose();
            throw;
        }
    }

    /// <summary>As above, over bytes that are mapped already; the reader owns both mappings when it returns.</summary>
    public static SegmentReader Open(MappedFile idx, MappedFile dat, SegmentName name, string idxPath, string datPath)
    {
        SegmentFooter footer = SegmentValidator.ReadFooter(idx, name, idxPath);
        if (dat.Length != footer.DatLength)
            throw new SegmentCorruptException(datPath, $"{dat.Length} bytes where {footer.DatLength} were written");
        SegmentFormat.CheckFileHeader(dat.Slice(0, SegmentFormat.FileHeaderSize), SegmentFormat.DatKind, name.Number,
            datPath);
        idx.Release(); // a look-up needs a few pages of what was checked
        dat.Release(); // the system maps more around the header than that
        return new SegmentReader(idx, dat, footer, idxPath, datPath);
    }

    /// <summary>Gives back the memory of all that was read: for those who read a whole segment once. Readers beside
    /// go on.</summary>
    public void Release()
    {
        _idx.Release();
        _dat.Release();
    }

    public void Dispose()
    {
        _idx.Dispose();
        _dat.Dispose();
    }

    /// <summary>Checks all of the index, used or not.</summary>
    /// <exception cref="SegmentCorruptException">It is not what was written.</exception>
    public void CheckIndex() => SegmentValidator.CheckAll(_idx, Footer, IdxPath);

    /// <summary>The series in position <paramref name="series"/> of the key order.</summary>
    /// <exception cref="SegmentCorruptException">It is not what was written.</exception>
    public void ReadSeries(int series, out SeriesEntry entry)
    {
        Invariant.Check((uint)series < (uint)Footer.SeriesCount);
        long offset = _series + (long)series * SegmentFormat.SeriesEntrySize;
        SeriesEntry.Read(_idx.Slice(offset, SegmentFormat.SeriesEntrySize), out entry);
        if (_seriesTrusted.Has(series)) return;
        SegmentValidator.CheckSeries(_idx, Footer, series, in entry, IdxPath);
        _seriesTrusted.Set(series);
    }

    /// <summary>Its canonical key.</summary>
    /// <exception cref="SegmentCorruptException">The keys are not what was written.</exception>
    public ReadOnlySpan<byte> KeyOf(in SeriesEntry entry)
    {
        CheckKeys();
        return _idx.Slice(_keys + entry.KeyOffset, entry.KeyLength);
    }

    private void CheckKeys()
    {
        if (_keysTrusted) return;
        SegmentValidator.CheckKeys(_idx, Footer, IdxPath);
        _keysTrusted = true;
    }

    /// <summary>Finds a series by its canonical key; -1 when it is not in here.</summary>
    public int Find(ReadOnlySpan<byte> key)
    {
        CheckKeys();
        long bloom = Footer.Bloom.Offset + SegmentFormat.SectionHeaderSize;
        if (!BloomFilter.MayContain(_idx.Slice(bloom, BloomFilter.SizeFor(SeriesCount)), key)) return -1;
        int low = 0, high = SeriesCount - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ReadSeries(middle, out SeriesEntry entry);
            int order = KeyOf(in entry).SequenceCompareTo(key);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }

    /// <summary>The position in front of a series' first page.</summary>
    public static PagePosition FirstPage(in SeriesEntry entry) => PageRun.Begin(in entry);

    /// <summary>The position in front of the first page of a series whose last timestamp is not before
    /// <paramref name="start"/>; behind its last page when all are.</summary>
    public PagePosition FirstPageFrom(in SeriesEntry entry, long start)
    {
        if (start <= entry.FirstTimestamp) return PageRun.Begin(in entry);
        PagePosition position = PageRun.Seek(RunOf(in entry), in entry, start);
        while (true)
        {
            PagePosition before = position;
            if (!ReadPage(in entry, ref position, out PageDescriptor page)) return before;
            if (page.Summary.LastTimestamp >= start) return before;
        }
    }

    /// <summary>Reads the descriptor behind a position and moves behind it; false at the end of the series.</summary>
    public bool ReadPage(in SeriesEntry entry, ref PagePosition position, out PageDescriptor page)
    {
        page = default;
        if (position.Number == entry.FirstPage + entry.PageCount) return false;
        if (PageRun.TryRead(RunOf(in entry), ref position, out page)) return true;
        throw new SegmentCorruptException(IdxPath, $"page {position.Number}: its descriptor has changed", _pages);
    }

    private ReadOnlySpan<byte> RunOf(in SeriesEntry entry) => _idx.Slice(_pages + entry.RunOffset, entry.RunLength);

    /// <summary>Decodes a page's timestamps into exactly its count.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public void ReadTimes(in PageDescriptor page, Span<long> into)
    {
        if (page.TimeLength == 0)
        {
            Kernels.Fill(into, page.Summary.FirstTimestamp, page.Step);
            return;
        }
        ReadOnlySpan<byte> bytes = _dat.Slice(page.Offset, page.TimeLength);
        bool isTrusted = _timesTrusted.Has(page.Number);
        if (!isTrusted) CheckTimes(in page);
        if (!TimestampCodec.TryDecode(bytes, into)) throw Corrupt(in page, "its timestamps can't be decoded");
        if (isTrusted) return;
        // A merge relies on ascending timestamps inside the descriptor's range, whoever wrote the file.
        if (into[0] != page.Summary.FirstTimestamp || into[^1] != page.Summary.LastTimestamp ||
            !Kernels.IsAscending(into))
        {
            throw Corrupt(in page, "timestamps out of order");
        }
        _timesTrusted.Set(page.Number);
    }

    /// <summary>Finds a range in a page's timestamps and decodes hardly more than the timestamps in it. False when that
    /// takes all of them, since nobody has checked them yet, or there are not many.</summary>
    /// <param name="page">Has a timestamp in the range.</param>
    /// <param name="range">May reach beyond the page.</param>
    /// <param name="into">As many as the page has; those in the range are written, at their place in the page.</param>
    /// <param name="start">The first in the range.</param>
    /// <param name="end">Behind the last one; the start when there is none.</param>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public bool TryReadTimes(in PageDescriptor page, TimeRange range, Span<long> into, out int start, out int end)
    {
        (start, end) = (0, into.Length);
        ref readonly BlockSummary summary = ref page.Summary;
        if (page.TimeLength == 0)
        {
            if (page.Step <= 0) return false;
            if (range.Start > summary.FirstTimestamp) start = Steps(in page, range.Start - 1);
            if (range.End < summary.LastTimestamp) end = Steps(in page, range.End);
            if (start < end) Kernels.Fill(into[start..end], summary.FirstTimestamp + start * page.Step, page.Step);
            return true;
        }
        if (into.Length <= 2 * PageSearch.BlockLength || !_timesTrusted.Has(page.Number)) return false;
        ReadOnlySpan<byte> bytes = _dat.Slice(page.Offset, page.TimeLength);
        bool isSound = range.Start <= summary.FirstTimestamp ||
            PageSearch.TryLowerBound(bytes, in summary, range.Start, out start);
        if (isSound && range.End < summary.LastTimestamp)
            isSound = PageSearch.TryLowerBound(bytes, in summary, range.End + 1, out end);
        if (isSound && start < end) isSound = TimestampCodec.TryDecode(bytes, into.Length, start, into[start..end]);
        return isSound ? true : throw Corrupt(in page, "its timestamps can't be decoded");
    }

    /// <summary>The sum of a page of floats, where that is cheaper than to read them; see
    /// <see cref="ValueCodec.TrySum"/>.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public bool TrySum(in PageDescriptor page, out double sum) =>
        ValueCodec.TrySum(ValueBytes(in page), (int)page.Summary.Count, out sum);

    /// <summary>Decodes a page's values, of a numeric series, into exactly its count.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public void ReadValues(in PageDescriptor page, Span<ulong> into) => ReadValues(in page, 0, into);

    /// <summary>Decodes values of a numeric series: <paramref name="into"/>.Length of them from number
    /// <paramref name="from"/> of the page on.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public void ReadValues(in PageDescriptor page, int from, Span<ulong> into)
    {
        if (!ValueCodec.TryDecode(ValueBytes(in page), (int)page.Summary.Count, from, into))
            throw Corrupt(in page, "its values can't be decoded");
    }

    /// <summary>As above for a payload series; the references are into <paramref name="payload"/>, which like
    /// <paramref name="scratch"/> is replaced when it is too small.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public void ReadPayloads(in PageDescriptor page, Span<ulong> references, ref byte[] payload, ref byte[] scratch)
    {
        ReadOnlySpan<byte> bytes = ValueBytes(in page);
        bool sound = BytesCodec.TryGetSizes(bytes, out int payloadLength, out int scratchLength) &&
            Fit(ref payload, payloadLength) && Fit(ref scratch, scratchLength) &&
            BytesCodec.TryDecode(bytes, references, payload, scratch);
        if (!sound) throw Corrupt(in page, "its values can't be decoded");
    }

    /// <summary>A page as it is on disk, times and values, checked.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public ReadOnlySpan<byte> PageBytes(in PageDescriptor page)
    {
        if (page.TimeLength > 0) CheckTimes(in page);
        CheckValues(in page);
        return _dat.Slice(page.Offset, page.Length);
    }

    private void CheckTimes(in PageDescriptor page)
    {
        if (!_dat.TryLoad(page.Offset, page.TimeLength)) throw Corrupt(in page, "its timestamps can't be read");
        if (Crc32C.Of(_dat.Slice(page.Offset, page.TimeLength)) == page.TimeChecksum) return;
        throw Corrupt(in page, "time page checksum");
    }

    private void CheckValues(in PageDescriptor page)
    {
        long offset = page.Offset + page.TimeLength;
        if (!_dat.TryLoad(offset, page.ValueLength)) throw Corrupt(in page, "its values can't be read");
        if (Crc32C.Of(_dat.Slice(offset, page.ValueLength)) == page.ValueChecksum) return;
        throw Corrupt(in page, "value page checksum");
    }

    /// <summary>The encoded values of a page, checked when nobody has read them before.</summary>
    private ReadOnlySpan<byte> ValueBytes(in PageDescriptor page)
    {
        ReadOnlySpan<byte> bytes = _dat.Slice(page.Offset + page.TimeLength, page.ValueLength);
        if (_valuesTrusted.Has(page.Number)) return bytes;
        CheckValues(in page);
        _valuesTrusted.Set(page.Number);
        return bytes;
    }

    /// <summary>How many timestamps of a regular page are not above a later one.</summary>
    private static int Steps(in PageDescriptor page, long timestamp)
    {
        ulong steps = (ulong)(timestamp - page.Summary.FirstTimestamp) / (ulong)page.Step;
        return (int)Math.Min(steps + 1, (ulong)page.Summary.Count);
    }

    private static bool Fit(ref byte[] buffer, int length)
    {
        if (buffer.Length < length) buffer = new byte[length];
        return true;
    }

    private SegmentCorruptException Corrupt(in PageDescriptor page, string what) =>
        new(DatPath, $"page {page.Number}: {what}", page.Offset);
}
