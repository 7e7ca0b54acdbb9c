using System;
using System.Buffers;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Checks;
using Slungd.Native.Simd;

namespace Slungd.Engine.Store;

/// <summary>One place that holds points of a series, a segment or a memtable, walked block by block inside a range. A
/// block is first only known by its ends; <see cref="Load"/> brings its points into columns of our own, which a merge
/// consumes from the front. Reusable; one thread.</summary>
internal sealed class PointSource(StoreView? view)
{
    private readonly BlockList _blocks = new();
    private readonly List<TimeRange> _deleted = []; // of the segment's points
    private Segment? _segment;
    private TimeRange _range;
    private ValueFamily _family;
    private SeriesEntry _entry;
    private PagePosition _position;
    private PageDescriptor _page; // the page reached
    private int _block; // the block reached
    private int _blocksEnd;
    private bool _hasTimes; // our own columns hold the block's
    private bool _hasValues;
    private long[] _timestamps = [];
    private ulong[] _values = [];
    private byte[] _payload = [];
    private byte[] _scratch = [];
    private int _start; // in the loaded columns
    private int _end;

    /// <summary>Of two sources with the same timestamp the one with the higher rank wins.</summary>
    public int Rank { get; private set; }

    /// <summary>The oldest timestamp not yet consumed.</summary>
    public long Head { get; private set; }

    /// <summary>The newest timestamp of the block reached.</summary>
    public long Last { get; private set; }

    /// <summary>Points of the block reached, not yet consumed.</summary>
    public int Count => _end - _start;

    public bool IsLoaded => _hasTimes && _hasValues;

    /// <summary>True while the block reached is a page that lies inside the range and was not touched.</summary>
    public bool HasSummary => _segment is not null && !_hasTimes;

    /// <summary>The page reached.</summary>
    public ref readonly PageDescriptor Page => ref _page;

    public ref readonly BlockSummary Summary => ref _page.Summary;

    /// <summary>What is left of the block reached.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public ReadOnlySpan<long> Timestamps
    {
        get
        {
            if (!_hasTimes && _segment is null) return _blocks.Timestamps(_block);
            LoadTimes();
            return _timestamps.AsSpan(_start, _end - _start);
        }
    }

    /// <summary>As long as <see cref="Timestamps"/>.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public ReadOnlySpan<ulong> Values
    {
        get
        {
            if (!_hasValues && _segment is null) return _blocks.Values(_block);
            LoadValues();
            return _values.AsSpan(_start, _end - _start);
        }
    }

    /// <summary>The sum of the block's values, all of them floats, where that is cheaper than to read them.</summary>
    /// <exception cref="SegmentCorruptException">The page is not what was written.</exception>
    public bool TrySum(out double sum)
    {
        sum = 0;
        if (!HasSummary || _hasValues || _family != ValueFamily.Float) return false;
        try
        {
            return _segment!.Reader.TrySum(in _page, out sum);
        }
        catch (SegmentCorruptException e)
        {
            view?.Quarantine(e);
            throw;
        }
    }

    /// <summary>The bytes that a value of a payload family stands for.</summary>
    public ReadOnlySpan<byte> Payload(ulong bits)
    {
        if (_segment is null) return _blocks.Payload(bits);
        PayloadRef at = PayloadRef.FromBits(bits);
        return _payload.AsSpan((int)at.Offset, (int)at.Length);
    }

    /// <summary>Goes to a segment's first block in the range; false, and closed, when there is none. Deleted points are
    /// left out.</summary>
    public bool Open(Segment segment, in SeriesEntry entry, TimeRange range, int rank, TombstoneSet tombstones,
        SeriesId series)
    {
        DebugCheck.That(_segment is null);
        (_segment, _family, _range, Rank) = (segment, entry.Family, range, rank);
        _deleted.Clear();
        var extent = new TimeRange(entry.FirstTimestamp, entry.LastTimestamp);
        tombstones.CopyRanges(series, segment.Reader.Footer.DeletesThrough, extent, _deleted);
        _entry = entry;
        _position = segment.Reader.FirstPageFrom(in entry, range.Start);
        return MoveNext();
    }

    /// <summary>As above for a memtable.</summary>
    public bool Open(Memtable memtable, SeriesId series, ValueFamily family, TimeRange range, int rank)
    {
        DebugCheck.That(_segment is null);
        (_family, _range, Rank) = (family, range, rank);
        memtable.Snapshot(series, range, _blocks);
        _block = -1;
        _blocksEnd = _blocks.Count;
        return MoveNext();
    }

    /// <summary>Lets everything go but the columns.</summary>
    public void Close()
    {
        if (_segment is null) _blocks.Dispose();
        _segment = null;
        _hasTimes = _hasValues = false;
        _start = _end = 0;
    }

    /// <summary>Gives a closed source's columns back; the next block takes others.</summary>
    public void Release()
    {
        DebugCheck.That(_segment is null && _start == _end);
        Give(ref _timestamps);
        Give(ref _values);
    }

    /// <summary>Goes to the next block; false, and closed, at the end.</summary>
    /// <param name="isAlone">Nobody will ask for <see cref="Head"/> and <see cref="Last"/>: in a memtable that saves
    /// two cache misses a block.</param>
    public bool MoveNext(bool isAlone = false)
    {
        if (_segment is null)
        {
            _hasTimes = _hasValues = false;
            if (++_block < _blocksEnd)
            {
                ReadOnlySpan<long> timestamps = _blocks.Timestamps(_block);
                (_start, _end) = (0, timestamps.Length);
                if (!isAlone) (Head, Last) = (timestamps[0], timestamps[^1]);
                return true;
            }
        }
        else
        {
            while (_segment.Reader.ReadPage(in _entry, ref _position, out _page))
            {
                _hasTimes = _hasValues = false;
                ref BlockSummary summary = ref _page.Summary;
                if (summary.FirstTimestamp > _range.End) break;
                (Head, Last, _start, _end) = (summary.FirstTimestamp, summary.LastTimestamp, 0, (int)summary.Count);
                if (_deleted.Count > 0 && !DropDeleted()) continue;
                if (_range.Covers(Head, Last) || CutToRange()) return true;
            }
        }
        Close();
        return false;
    }

    /// <summary>Brings the block's points into columns of our own.</summary>
    public void Load()
    {
        LoadTimes();
        LoadValues();
    }

    private void LoadTimes()
    {
        if (_hasTimes) return;
        Span<long> into = Fit(ref _timestamps, BlockLength);
        if (_segment is null) _blocks.Timestamps(_block).CopyTo(into);
        else ReadTimes(_segment.Reader, into);
        _hasTimes = true;
    }

    private void LoadValues()
    {
        if (_hasValues) return;
        int count = BlockLength;
        Span<ulong> into = Fit(ref _values, count);
        if (_segment is null) _blocks.Values(_block).CopyTo(into);
        else ReadValues(_segment.Reader, into);
        _hasValues = true;
    }

    // Columns are long and live as short as a query: they come from a pool, and nobody clears them.
    private static Span<T> Fit<T>(ref T[] column, int count)
    {
        if (column.Length < count)
        {
            Give(ref column);
            column = ArrayPool<T>.Shared.Rent(count);
        }
        return column.AsSpan(0, count);
    }

    private static void Give<T>(ref T[] column)
    {
        if (column.Length > 0) ArrayPool<T>.Shared.Return(column);
        column = [];
    }

    private int BlockLength => _segment is null ? _blocks.Timestamps(_block).Length : (int)_page.Summary.Count;

    private void ReadTimes(SegmentReader reader, Span<long> into)
    {
        try
        {
            reader.ReadTimes(in _page, into);
        }
        catch (SegmentCorruptException e)
        {
            view?.Quarantine(e); // for later views; this one can't go on
            throw;
        }
    }

    private void ReadValues(SegmentReader reader, Span<ulong> into)
    {
        try
        {
            if (_family.HasPayload()) reader.ReadPayloads(in _page, into, ref _payload, ref _scratch);
            else reader.ReadValues(in _page, _start, into[_start.._end]);
        }
        catch (SegmentCorruptException e)
        {
            view?.Quarantine(e);
            throw;
        }
    }

    /// <summary>How many loaded points are not newer than <paramref name="through"/>; at least the head is
    /// not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CountThrough(long through)
    {
        DebugCheck.That(_hasTimes && Head <= through);
        if (Last <= through) return Count;
        return _timestamps[_start + 1] > through ? 1 : SearchThrough(through);
    }

    /// <summary>Consumes loaded points; false, and closed, when they were the last of all.</summary>
    public bool Consume(int count)
    {
        DebugCheck.That(_hasTimes && count <= Count);
        _start += count;
        if (_start == _end) return MoveNext();
        Head = _timestamps[_start];
        return true;
    }

    /// <summary>Runs are short where two sources interleave, so look near the front first.</summary>
    private int SearchThrough(long through)
    {
        ReadOnlySpan<long> rest = Timestamps;
        int step = 1;
        while (step < rest.Length && rest[step] <= through) step *= 2;
        int low = step / 2;
        return low + Kernels.LowerBound(rest[low..Math.Min(step, rest.Length)], through + 1); // Last is above through
    }

    /// <summary>Takes the deleted points out of a page; false when that is all of it.</summary>
    private bool DropDeleted()
    {
        foreach (TimeRange deleted in _deleted)
        {
            if (!deleted.Overlaps(Head, Last)) continue;
            if (deleted.Covers(Head, Last)) return false;
            Load();
            Span<long> timestamps = _timestamps.AsSpan(0, _end);
            int from = deleted.Start <= Head ? 0 : Kernels.LowerBound(timestamps, deleted.Start);
            int to = deleted.End >= Last ? _end : Kernels.LowerBound(timestamps, deleted.End + 1);
            timestamps[to..].CopyTo(timestamps[from..]);
            _values.AsSpan(to, _end - to).CopyTo(_values.AsSpan(from));
            _end -= to - from;
            Head = _timestamps[0]; // it covers less than all, so something is left
            Last = _timestamps[_end - 1];
        }
        return true;
    }

    /// <summary>Brings only the timestamps inside the range into our columns, where that is possible.</summary>
    private bool TryLoadRange()
    {
        if (_hasTimes) return false;
        Span<long> into = Fit(ref _timestamps, BlockLength);
        try
        {
            _hasTimes = _segment!.Reader.TryReadTimes(in _page, _range, into, out int start, out int end);
            if (_hasTimes) (_start, _end) = (start, end);
            return _hasTimes;
        }
        catch (SegmentCorruptException e)
        {
            view?.Quarantine(e);
            throw;
        }
    }

    /// <summary>Cuts an edge page to the range; false when nothing is left.</summary>
    private bool CutToRange()
    {
        if (!TryLoadRange())
        {
            LoadTimes();
            ReadOnlySpan<long> timestamps = _timestamps.AsSpan(0, _end);
            if (Last > _range.End) _end = Kernels.LowerBound(timestamps, _range.End + 1);
            if (Head < _range.Start) _start = Kernels.LowerBound(timestamps[.._end], _range.Start);
        }
        if (_start >= _end) return false;
        Head = _timestamps[_start];
        Last = _timestamps[_end - 1];
        return true;
    }
}
