using System;
using System.Buffers.Binary;
using System.Threading;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Os;
using Slungd.Native.Simd;

namespace Slungd.Engine.Segments;

/// <summary>
/// An open segment. Opening checks every checksum of the index and that its parts fit each other and the .dat's
/// length, so that later look-ups need no doubt; each page's own checksum is verified when the page is first read. All
/// methods from any thread; whoever calls keeps the segment open (<see cref="Segment"/> counts).
/// </summary>
internal sealed class SegmentReader : IDisposable
{
    private readonly MappedFile _idx;
    private readonly MappedFile _dat;
    private readonly long _pages;
    private readonly long _keys;
    private readonly long _series;
    private readonly int[] _timesTrusted; // a bit for each time page that was read and found sound
    private readonly int[] _valuesTrusted;

    private SegmentReader(MappedFile idx, MappedFile dat, SegmentFooter footer, string idxPath, string datPath)
    {
        (_idx, _dat, Footer, IdxPath, DatPath) = (idx, dat, footer, idxPath, datPath);
        _pages = footer.Pages.Offset + SegmentFormat.SectionHeaderSize;
        _keys = footer.Keys.Offset + SegmentFormat.SectionHeaderSize;
        _series = footer.Series.Offset + SegmentFormat.SectionHeaderSize;
        _timesTrusted = new int[(footer.PageCount + 31) / 32];
        _valuesTrusted = new int[_timesTrusted.Length];
    }

    public SegmentFooter Footer { get; }

    public string IdxPath { get; }

    public string DatPath { get; }

    /// <summary>The files' bytes, whatever became of their names.</summary>
    public MappedFile Idx => _idx;

    /// <inheritdoc cref="Idx"/>
    public MappedFile Dat => _dat;

    public int SeriesCount => Footer.SeriesCount;

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
        SegmentValidator.CheckSections(idx, footer, idxPath);
        SegmentValidator.CheckIndex(idx, footer, idxPath);
        if (dat.Length != footer.DatLength)
            throw new SegmentCorruptException(datPath, $"{dat.Length} bytes where {footer.DatLength} were written");
        SegmentFormat.CheckFileHeader(dat.Slice(0, SegmentFormat.FileHeaderSize), SegmentFormat.DatKind, name.Number,
            datPath);
        idx.Release(); // a look-up needs a few pages of what was checked
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

    /// <summary>The series in position <paramref name="series"/> of the key order.</summary>
    public void ReadSeries(int series, out SeriesEntry entry)
    {
        Invariant.Check((uint)series < (uint)Footer.SeriesCount);
        long offset = _series + (long)series * SegmentFormat.SeriesEntrySize;
        SeriesEntry.Read(_idx.Slice(offset, SegmentFormat.SeriesEntrySize), out entry);
    }

    /// <summary>Its canonical key.</summary>
    public ReadOnlySpan<byte> KeyOf(in SeriesEntry entry) => _idx.Slice(_keys + entry.KeyOffset, entry.KeyLength);

    /// <summary>All keys back to back: two segments with equal spans hold the same series, if their entries
    /// agree.</summary>
    public ReadOnlySpan<byte> AllKeys =>
        _idx.Slice(_keys, (int)(Footer.Keys.Length - SegmentFormat.SectionHeaderSize));

    /// <summary>Finds a series by its canonical key; -1 when it is not in here.</summary>
    public int Find(ReadOnlySpan<byte> key)
    {
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

    public void ReadPage(int page, out PageDescriptor descriptor)
    {
        Invariant.Check((uint)page < (uint)Footer.PageCount);
        long offset = _pages + (long)page * SegmentFormat.PageDescriptorSize;
        PageDescriptor.Read(_idx.Slice(offset, SegmentFormat.PageDescriptorSize), out descriptor);
    }

    /// <summary>The first page of a series whose last timestamp is not before <paramref name="start"/>; the end of
    /// its pages when all are.</summary>
    public int FirstPageFrom(in SeriesEntry entry, long start)
    {
        int low = entry.FirstPage, count = entry.PageCount;
        if (start <= entry.FirstTimestamp) return low;
        while (count > 0)
        {
            int half = count >> 1;
            long last = BinaryPrimitives.ReadInt64LittleEndian(
                _idx.Slice(_pages + (long)(low + half) * SegmentFormat.PageDescriptorSize + 8, 8));
            bool before = last < start;
            low = before ? low + half + 1 : low;
            count = before ? count - half - 1 : half;
        }
        return low;
    }

    /// <summary>Decodes a page's timestamps into exactly its count.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public void ReadTimes(int page, in PageDescriptor descriptor, Span<long> into)
    {
        ReadOnlySpan<byte> bytes = _dat.Slice(descriptor.Offset, descriptor.TimeLength);
        bool isTrusted = IsSet(_timesTrusted, page);
        if (!isTrusted && Crc32C.Of(bytes) != descriptor.TimeChecksum) throw Corrupt(page, "time page checksum");
        if (!TimestampCodec.TryDecode(bytes, into)) throw Corrupt(page, "its timestamps can't be decoded");
        if (isTrusted) return;
        // A merge relies on ascending timestamps inside the descriptor's range, whoever wrote the file.
        if (into[0] != descriptor.Summary.FirstTimestamp || into[^1] != descriptor.Summary.LastTimestamp ||
            !Kernels.IsAscending(into))
        {
            throw Corrupt(page, "timestamps out of order");
        }
        Set(_timesTrusted, page);
    }

    /// <summary>Decodes a page's values, of a numeric series, into exactly its count.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public void ReadValues(int page, in PageDescriptor descriptor, Span<ulong> into)
    {
        if (!ValueCodec.TryDecode(ValueBytes(page, in descriptor), into))
            throw Corrupt(page, "its values can't be decoded");
    }

    /// <summary>As above for a payload series; the references are into <paramref name="payload"/>, which like
    /// <paramref name="scratch"/> is replaced when it is too small.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public void ReadPayloads(int page, in PageDescriptor descriptor, Span<ulong> references, ref byte[] payload,
        ref byte[] scratch)
    {
        ReadOnlySpan<byte> bytes = ValueBytes(page, in descriptor);
        bool sound = BytesCodec.TryGetSizes(bytes, out int payloadLength, out int scratchLength) &&
            Fit(ref payload, payloadLength) && Fit(ref scratch, scratchLength) &&
            BytesCodec.TryDecode(bytes, references, payload, scratch);
        if (!sound) throw Corrupt(page, "its values can't be decoded");
    }

    /// <summary>A page as it is on disk, times and values, checked.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public ReadOnlySpan<byte> PageBytes(int page, in PageDescriptor descriptor)
    {
        ReadOnlySpan<byte> times = _dat.Slice(descriptor.Offset, descriptor.TimeLength);
        if (Crc32C.Of(times) != descriptor.TimeChecksum) throw Corrupt(page, "time page checksum");
        ReadOnlySpan<byte> values = _dat.Slice(descriptor.Offset + descriptor.TimeLength, descriptor.ValueLength);
        if (Crc32C.Of(values) != descriptor.ValueChecksum) throw Corrupt(page, "value page checksum");
        return _dat.Slice(descriptor.Offset, descriptor.TimeLength + descriptor.ValueLength);
    }

    /// <summary>The encoded values of a page, checked when nobody has read them before.</summary>
    private ReadOnlySpan<byte> ValueBytes(int page, in PageDescriptor descriptor)
    {
        ReadOnlySpan<byte> bytes = _dat.Slice(descriptor.Offset + descriptor.TimeLength, descriptor.ValueLength);
        if (IsSet(_valuesTrusted, page)) return bytes;
        if (Crc32C.Of(bytes) != descriptor.ValueChecksum) throw Corrupt(page, "value page checksum");
        Set(_valuesTrusted, page);
        return bytes;
    }

    private static bool IsSet(int[] bits, int page) => (Volatile.Read(ref bits[page >> 5]) & (1 << page)) != 0;

    private static void Set(int[] bits, int page) => Interlocked.Or(ref bits[page >> 5], 1 << page);

    private static bool Fit(ref byte[] buffer, int length)
    {
        if (buffer.Length < length) buffer = new byte[length];
        return true;
    }

    private SegmentCorruptException Corrupt(int page, string what) => new(DatPath, $"page {page}: {what}");
}
