using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Os;
using Slungd.Native.Simd;

namespace Slungd.Engine.Segments;

/// <summary>
/// Writes one segment after the other: <see cref="Begin"/>, then for each series in ascending order of the keys
/// <see cref="BeginSeries"/> and its pages in ascending time, <see cref="Finish"/> or <see cref="Abandon"/>. Pages go
/// through one buffer to the .dat; the index is collected in memory. Disk trouble surfaces as DiskException: the
/// caller abandons, and may begin again. Reused so that the steady state allocates nothing. One thread.
/// </summary>
internal sealed class SegmentWriter
{
    private const int BufferBytes = 1024 * 1024;
    private const int Alignment = IDiskFile.DirectAlignment;

    private readonly IDisk _disk;
    private readonly string _directory;
    private readonly SegmentSettings _settings;
    private readonly Memory<byte> _memory; // aligned, and stays where it is
    private readonly double[] _doubles;
    private byte[] _payloadPage = [];
    private byte[] _payloadScratch = [];
    private readonly SectionBuffer _pages = new(SectionKind.Pages);
    private SectionBuffer _keys = new(SectionKind.Keys);
    private SectionBuffer _lastKeys = new(SectionKind.Keys); // of the segment before, and their hash
    private SectionBuffer _families = new(SectionKind.Keys); // a byte for each series
    private SectionBuffer _lastFamilies = new(SectionKind.Keys);
    private UInt128? _lastHash; // null: the one before was given up
    private UInt128? _hash;
    private readonly SectionBuffer _series = new(SectionKind.Series);
    private readonly SectionBuffer _rows = new(SectionKind.Rows);
    private readonly SectionBuffer _bloom = new(SectionKind.Bloom);
    private readonly SectionBuffer _footer = new(SectionKind.Footer);

    private IDiskFile? _dat;
    private bool _isDirect;
    private SegmentName _name;
    private SegmentFooter _header = new();
    private int _buffered;
    private long _datWritten;
    private long _rowCount;
    private int _seriesCount;
    private int _pageCount;
    private long _minTimestamp;
    private long _maxTimestamp;
    private SeriesEntry _current;
    private bool _inSeries;
    private PagePosition _position; // behind the last page of the series
    private readonly List<PagePosition> _anchors = [];
    private byte[] _run = new byte[16 * PageRun.MaxDescriptorSize]; // its descriptors
    private int _runLength;

    public SegmentWriter(IDisk disk, string directory, SegmentSettings settings)
    {
        Invariant.Check(settings.PagePoints is >= 1 and <= SegmentFormat.MaxPagePoints);
        _disk = disk;
        _directory = directory;
        _settings = settings;
        int page = TimestampCodec.MaxEncodedSize(settings.PagePoints) + ValueCodec.MaxEncodedSize(settings.PagePoints);
        _memory = Aligned(Math.Max(BufferBytes, page + Alignment));
        _doubles = new double[settings.PagePoints];
    }

    private Span<byte> Buffer => _memory.Span;

    /// <summary>Bytes the segment has so far, the .idx left out.</summary>
    public long DatLength => _datWritten + _buffered;

    public long RowCount => _rowCount;

    /// <summary>A segment that was given up could not be removed, and may be there at the next start.</summary>
    public bool HasStrays { get; private set; }

    /// <summary>Starts a segment that a flush writes.</summary>
    /// <param name="name">Level and number; the number must be new.</param>
    /// <param name="firstSequence">See <see cref="SegmentFooter.FirstSequence"/>.</param>
    /// <param name="lastSequence">See <see cref="SegmentFooter.LastSequence"/>.</param>
    /// <param name="createdAt">Microseconds since 1970.</param>
    /// <param name="logThrough">See <see cref="SegmentFooter.LogThrough"/>.</param>
    /// <param name="deletesThrough">See <see cref="SegmentFooter.DeletesThrough"/>.</param>
    public void Begin(SegmentName name, ulong firstSequence, ulong lastSequence, long createdAt, ulong logThrough,
        uint deletesThrough = 0) => Begin(name, new SegmentFooter
        {
            FirstSequence = firstSequence, LastSequence = lastSequence, CreatedAt = createdAt, LogThrough = logThrough,
            DeletesThrough = deletesThrough,
        });

    /// <summary>Starts a segment.</summary>
    /// <param name="name">Level and number; the number must be new.</param>
    /// <param name="origin">Its sequences, creation, log, deletes, marks, sources and group are taken; all else is the
    /// writer's.</param>
    public void Begin(SegmentName name, SegmentFooter origin)
    {
        Invariant.Check(_dat is null);
        Invariant.Check(origin.FirstSequence <= origin.LastSequence);
        _name = name;
        _header = origin with
        {
            Number = name.Number, Level = name.Level,
            Precision = _settings.Precision, PagePoints = _settings.PagePoints,
        };
        _pages.Reset();
        (_lastHash, _hash) = (_hash, null);
        (_keys, _lastKeys) = (_lastKeys, _keys);
        (_families, _lastFamilies) = (_lastFamilies, _families);
        _keys.Reset();
        _families.Reset();
        _series.Reset();
        _rows.Reset();
        _bloom.Reset();
        _footer.Reset();
        (_datWritten, _rowCount, _seriesCount, _pageCount) = (0, 0, 0, 0);
        (_minTimestamp, _maxTimestamp) = (long.MaxValue, long.MinValue);
        _inSeries = false;
        SegmentFormat.WriteFileHeader(Buffer, SegmentFormat.DatKind, name.Number);
        _buffered = SegmentFormat.FileHeaderSize;
        _dat = _disk.Create(Temporary(name.Dat));
        // What a flush wrote is soon read again, by queries and by a compaction; what a compaction wrote is not.
        _isDirect = name.Level > 0 && _dat.TryWriteDirectly(true);
    }

    /// <summary>Starts the next series; its key is greater than the one before.</summary>
    public void BeginSeries(ReadOnlySpan<byte> key, ValueFamily family)
    {
        Invariant.Check(_dat is not null);
        Invariant.Check(family != ValueFamily.None);
        EndSeries();
        Invariant.Check(_seriesCount == 0 || LastKey().SequenceCompareTo(key) < 0);
        _current = new SeriesEntry
        {
            KeyOffset = _keys.BodyLength, KeyLength = key.Length, RunOffset = _pages.BodyLength,
            FirstPage = _pageCount, DataOffset = DatLength, Family = family,
        };
        key.CopyTo(_keys.Add(key.Length));
        _families.Add(1)[0] = (byte)family;
        _anchors.Clear();
        _runLength = 0;
        _seriesCount++;
        _inSeries = true;
        BinaryPrimitives.WriteInt64LittleEndian(_rows.Add(SegmentFormat.RowEntrySize), _rowCount);
    }

    /// <summary>Adds a page of a numeric series: strictly ascending timestamps, newer than the page before.</summary>
    public void AddPage(ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        CheckPage(timestamps, values.Length);
        Invariant.Check(_current.Family.IsNumeric());
        MakeRoom(TimestampCodec.MaxEncodedSize(values.Length) + ValueCodec.MaxEncodedSize(values.Length));
        PageDescriptor page = AddTimes(timestamps);
        PageSummary.Of(values, _current.Family, _doubles, ref page.Summary);
        page.ValueLength = ValueCodec.Encode(values, _current.Family, _settings.Effort, Buffer[_buffered..]);
        page.ValueChecksum = Crc32C.Of(Buffer.Slice(_buffered, page.ValueLength));
        _buffered += page.ValueLength;
        AddDescriptor(in page);
    }

    /// <summary>Adds a page of a payload series; the values locate their bytes in <paramref name="payload"/>.</summary>
    public void AddPage(ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> references, ReadOnlySpan<byte> payload)
    {
        CheckPage(timestamps, references.Length);
        Invariant.Check(_current.Family.HasPayload());
        MakeRoom(TimestampCodec.MaxEncodedSize(references.Length));
        PageDescriptor page = AddTimes(timestamps);
        int needed = BytesCodec.MaxEncodedSize(references);
        if (_payloadPage.Length < needed) _payloadPage = new byte[needed];
        if (_payloadScratch.Length < needed) _payloadScratch = new byte[needed];
        int length = BytesCodec.Encode(references, payload, _payloadPage, _payloadScratch);
        ReadOnlySpan<byte> encoded = _payloadPage.AsSpan(0, length);
        page.ValueLength = length;
        page.ValueChecksum = Crc32C.Of(encoded);
        Append(encoded);
        AddDescriptor(in page);
    }

    /// <summary>Adds a page of another segment, of the same family, as it is.</summary>
    /// <param name="page">Where it lay; all else stays.</param>
    /// <param name="bytes">Times and values, checked.</param>
    public void CopyPage(PageDescriptor page, ReadOnlySpan<byte> bytes)
    {
        Invariant.Check(_inSeries);
        Invariant.Equal(page.Length, bytes.Length);
        Invariant.Check(page.Summary.Count >= 1 && page.Summary.Count <= _settings.PagePoints);
        Invariant.Check(_current.PageCount == 0 || page.Summary.FirstTimestamp > _current.LastTimestamp);
        Invariant.Check(_pageCount < int.MaxValue);
        page.Offset = DatLength;
        page.Number = _pageCount;
        Append(bytes);
        AddDescriptor(in page);
    }

    /// <summary>Makes the segment durable under its name.</summary>
    public SegmentFooter Finish()
    {
        SegmentFooter footer = Complete();
        Publish(_name);
        _dat = null;
        return footer;
    }

    /// <summary>Makes the segment durable without its name, so that it does not count yet; <see cref="Publish"/> or
    /// <see cref="Discard"/> come later.</summary>
    public void FinishUnnamed()
    {
        Complete();
        _dat = null;
    }

    /// <summary>Gives a finished segment its name.</summary>
    public void Publish(SegmentName name)
    {
        // The .dat's name is durable before the .idx has its own: a segment exists if and only if its .idx does. And
        // the .idx.tmp's before that: a .dat beside neither has lost its .idx.
        _disk.SyncDirectory(_directory);
        _disk.Rename(Temporary(name.Dat), Path(name.Dat));
        _disk.SyncDirectory(_directory);
        _disk.Rename(Temporary(name.Idx), Path(name.Idx));
        _disk.SyncDirectory(_directory);
    }

    /// <summary>Gives up a segment that was begun; what is left of it on a failing disk is removed at the next
    /// start.</summary>
    public void Abandon()
    {
        if (_dat is null) return;
        _dat.Dispose();
        _dat = null;
        Discard(_name);
    }

    /// <summary>Removes what there is of a segment, as far as the disk lets us.</summary>
    public void Discard(SegmentName name)
    {
        TryDelete(Temporary(name.Dat));
        // It may have got its name, and lost it durably only once the directory is synced: until then its .dat stays.
        if (_disk.FileExists(Path(name.Idx)) && !(TryUnname(Path(name.Idx)) && TrySyncDirectory())) HasStrays = true;
        else if (!_disk.FileExists(Path(name.Dat)) || TryDelete(Path(name.Dat)) && TrySyncDirectory())
            TryDelete(Temporary(name.Idx)); // last, as in SegmentFolder.Delete
    }

    private SegmentFooter Complete()
    {
        IDiskFile dat = _dat!;
        EndSeries();
        Invariant.Check(_rowCount > 0);
        WriteOut();
        if (_isDirect) dat.TryWriteDirectly(false); // the tail is no whole block
        if (_buffered > 0) dat.WriteAt(_datWritten, Buffer[.._buffered]);
        _datWritten += _buffered;
        _buffered = 0;
        dat.SyncData();
        dat.Dispose();
        return WriteIndex();
    }

    private bool TryUnname(string path) =>
        Try(path, static (disk, path) => disk.Rename(path, path + SegmentName.Temporary));

    private bool TryDelete(string path) => Try(path, static (disk, path) => disk.Delete(path));

    private bool TrySyncDirectory() => Try(_directory, static (disk, path) => disk.SyncDirectory(path));

    private bool Try(string path, Action<IDisk, string> run)
    {
        try
        {
            run(_disk, path);
            return true;
        }
        catch (DiskException)
        {
            return false; // the disk fails already; SegmentFolder.Clean tidies up at the next start
        }
    }

    private string Path(string file) => _directory + "/" + file;

    private string Temporary(string file) => _directory + "/" + file + SegmentName.Temporary;

    private void CheckPage(ReadOnlySpan<long> timestamps, int values)
    {
        Invariant.Check(_inSeries);
        Invariant.Equal(values, timestamps.Length);
        Invariant.Check(values >= 1 && values <= _settings.PagePoints);
        Invariant.Check(_current.PageCount == 0 || timestamps[0] > _current.LastTimestamp);
        Invariant.Check(_pageCount < int.MaxValue);
    }

    /// <summary>Timestamps at equal distances need no page.</summary>
    private PageDescriptor AddTimes(ReadOnlySpan<long> timestamps)
    {
        PageDescriptor page = default;
        page.Offset = DatLength;
        page.Number = _pageCount;
        page.Summary.Count = timestamps.Length;
        page.Summary.FirstTimestamp = timestamps[0];
        page.Summary.LastTimestamp = timestamps[^1];
        long step = timestamps.Length > 1 ? timestamps[1] - timestamps[0] : 0;
        if (_settings.Timestamps == TimestampEncoding.Adaptive && Kernels.IsRegular(timestamps, step)) return page;
        page.TimeLength = TimestampCodec.Encode(timestamps, _settings.Timestamps, _settings.Effort,
            Buffer[_buffered..]);
        page.TimeChecksum = Crc32C.Of(Buffer.Slice(_buffered, page.TimeLength));
        _buffered += page.TimeLength;
        return page;
    }

    private void AddDescriptor(in PageDescriptor page)
    {
        if (_current.PageCount == 0)
        {
            _current.FirstTimestamp = page.Summary.FirstTimestamp;
            _position = PageRun.Begin(in _current);
        }
        if (_current.PageCount > 0 && _current.PageCount % PageRun.GroupPages == 0) _anchors.Add(_position);
        if (_run.Length - _runLength < PageRun.MaxDescriptorSize) Array.Resize(ref _run, _run.Length * 2);
        _runLength += PageRun.Write(_run.AsSpan(_runLength), in page, ref _position, _current.Family.IsNumeric());
        _pageCount++;
        _rowCount += page.Summary.Count;
        _current.PageCount++;
        _current.LastTimestamp = page.Summary.LastTimestamp;
        _minTimestamp = Math.Min(_minTimestamp, page.Summary.FirstTimestamp);
        _maxTimestamp = Math.Max(_maxTimestamp, page.Summary.LastTimestamp);
    }

    private void EndSeries()
    {
        if (!_inSeries) return;
        Invariant.Check(_current.PageCount > 0);
        int anchors = _anchors.Count * PageRun.AnchorSize;
        Span<byte> run = _pages.Add(anchors + _runLength);
        for (int i = 0; i < _anchors.Count; i++)
        {
            PagePosition anchor = _anchors[i];
            anchor.At += anchors; // the descriptors were counted from their own start
            PageRun.WriteAnchor(run[(i * PageRun.AnchorSize)..], in anchor);
        }
        _run.AsSpan(0, _runLength).CopyTo(run[anchors..]);
        _current.RunLength = run.Length;
        _current.Write(_series.Add(SegmentFormat.SeriesEntrySize), run);
        _inSeries = false;
    }

    /// <summary>Segment after segment holds the same series: then their hash is known.</summary>
    private UInt128 HashKeys()
    {
        bool isKnown = _lastHash is not null && _lastKeys.Body.SequenceEqual(_keys.Body) &&
            _lastFamilies.Body.SequenceEqual(_families.Body);
        UInt128 hash = isKnown ? _lastHash!.Value : SegmentFooter.HashOf(_keys.Body, _families.Body);
        _hash = hash;
        return hash;
    }

    private ReadOnlySpan<byte> LastKey() => _keys.Body.Slice(_current.KeyOffset, _current.KeyLength);

    private void MakeRoom(int bytes)
    {
        if (Buffer.Length - _buffered < bytes) WriteOut();
    }

    /// <summary>Adds bytes of any length.</summary>
    private void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_buffered == Buffer.Length) WriteOut();
            int count = Math.Min(bytes.Length, Buffer.Length - _buffered);
            bytes[..count].CopyTo(Buffer[_buffered..]);
            _buffered += count;
            bytes = bytes[count..];
        }
    }

    /// <summary>Writes the buffer but for its last part, which is no whole block.</summary>
    private void WriteOut()
    {
        int length = _buffered & -Alignment;
        if (length == 0) return;
        _dat!.WriteAt(_datWritten, Buffer[..length]);
        if (!_isDirect) _dat.BeginSync(_datWritten, length); // while the next ones are encoded
        _datWritten += length;
        Buffer[length.._buffered].CopyTo(Buffer);
        _buffered -= length;
    }

    private static Memory<byte> Aligned(int length)
    {
        byte[] array = GC.AllocateUninitializedArray<byte>(length + Alignment, pinned: true);
        int start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) & Alignment - 1);
        return array.AsMemory(start, length);
    }

    private SegmentFooter WriteIndex()
    {
        FillBloom();
        using IDiskFile idx = _disk.Create(Temporary(_name.Idx));
        SegmentFormat.WriteFileHeader(Buffer, SegmentFormat.IdxKind, _name.Number);
        long end = SegmentFormat.FileHeaderSize;
        idx.WriteAt(0, Buffer[..SegmentFormat.FileHeaderSize]);
        SegmentFooter footer = _header with
        {
            Rows = _rowCount, SeriesCount = _seriesCount, PageCount = _pageCount,
            MinTimestamp = _minTimestamp, MaxTimestamp = _maxTimestamp, DatLength = _datWritten,
            KeysHash = HashKeys(),
            Pages = WriteSection(idx, _pages, ref end),
            Keys = WriteSection(idx, _keys, ref end),
            Series = WriteSection(idx, _series, ref end),
            RowIndex = WriteSection(idx, _rows, ref end),
            Bloom = WriteSection(idx, _bloom, ref end),
        };
        long footerOffset = end;
        footer.Write(_footer.Add(footer.BodySize));
        WriteSection(idx, _footer, ref end);
        Span<byte> tail = stackalloc byte[SegmentFormat.TailSize];
        BinaryPrimitives.WriteInt64LittleEndian(tail, footerOffset);
        SegmentFormat.Magic.CopyTo(tail[8..]);
        idx.WriteAt(end, tail);
        idx.SyncData();
        // The keys stay, for the next segment's hash.
        foreach (SectionBuffer written in (ReadOnlySpan<SectionBuffer>)[_pages, _series, _rows, _bloom])
            written.Release();
        return footer;
    }

    private void FillBloom()
    {
        Span<byte> filter = _bloom.Add(BloomFilter.SizeFor(_seriesCount));
        BloomFilter.Create(filter, _seriesCount);
        ReadOnlySpan<byte> keys = _keys.Body;
        ReadOnlySpan<byte> entries = _series.Body;
        for (; entries.Length > 0; entries = entries[SegmentFormat.SeriesEntrySize..])
        {
            SeriesEntry.Read(entries, out SeriesEntry entry);
            BloomFilter.Add(filter, keys.Slice(entry.KeyOffset, entry.KeyLength));
        }
    }

    private static SectionPlace WriteSection(IDiskFile idx, SectionBuffer section, ref long end)
    {
        ReadOnlySpan<byte> bytes = section.Seal();
        idx.WriteAt(end, bytes);
        var place = new SectionPlace(end, bytes.Length);
        end += bytes.Length;
        return place;
    }
}
