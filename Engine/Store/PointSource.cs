using System;
using System.Runtime.CompilerServices;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Checks;
using Slungd.Native.Simd;

namespace Slungd.Engine.Store;

/// <summary>One place that holds points of a series, a segment or a memtable, walked block by block inside a range. A
/// block
/// is first only known by its ends; <see cref="Load"/> brings its points into columns of our own, which a merge
/// consumes
/// from the front. Reusable; one thread.</summary>
internal sealed class PointSource
{
    private readonly BlockList _blocks = new();
    private Segment? _segment;
    private TimeRange _range;
    private ValueFamily _family;
    private PageDescriptor _page;
    private int _block; // the page or block reached
    private int _blocksEnd;
    private bool _isLoaded;
    private long[] _timestamps = [];
    private ulong[] _values = [];
    private byte[] _payload = [];
    private byte[] _scratch = [];
    private int _position; // in the loaded columns
    private int _end;

    /// <summary>Of two sources with the same timestamp the one with the higher rank wins.</summary>
    public int Rank { get; private set; }

    /// <summary>The oldest timestamp not yet consumed.</summary>
    public long Head { get; private set; }

    /// <summary>The newest timestamp of the block reached.</summary>
    public long Last { get; private set; }

    /// <summary>Points of the block reached, not yet consumed.</summary>
    public int Count => _end - _position;

    public bool IsLoaded => _isLoaded;

    /// <summary>True while the block reached is a page that lies inside the range and was not touched.</summary>
    public bool HasSummary => _segment is not null && !_isLoaded;

    public ref readonly BlockSummary Summary => ref _page.Summary;

    /// <summary>What is left of the block reached; a segment's must be loaded.</summary>
    public ReadOnlySpan<long> Timestamps =>
        _isLoaded ? _timestamps.AsSpan(_position, _end - _position) : _blocks.Timestamps(_block);

    public ReadOnlySpan<ulong> Values =>
        _isLoaded ? _values.AsSpan(_position, _end - _position) : _blocks.Values(_block);

    /// <summary>The bytes that a value of a payload family stands for.</summary>
    public ReadOnlySpan<byte> Payload(ulong bits)
    {
        if (_segment is null) return _blocks.Payload(bits);
        PayloadRef at = PayloadRef.FromBits(bits);
        return _payload.AsSpan((int)at.Offset, (int)at.Length);
    }

    /// <summary>Goes to a segment's first block in the range; false, and closed, when there is none.</summary>
    public bool Open(Segment segment, in SeriesEntry entry, TimeRange range, int rank)
    {
        DebugCheck.That(_segment is null);
        (_segment, _family, _range, Rank) = (segment, entry.Family, range, rank);
        _block = segment.Reader.FirstPageFrom(in entry, range.Start) - 1;
        _blocksEnd = entry.FirstPage + entry.PageCount;
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
        _isLoaded = false;
        _position = _end = 0;
    }

    /// <summary>Goes to the next block; false, and closed, at the end.</summary>
    public bool MoveNext()
    {
        _isLoaded = false;
        while (++_block < _blocksEnd)
        {
            if (_segment is null)
            {
                ReadOnlySpan<long> timestamps = _blocks.Timestamps(_block);
                (Head, Last, _position, _end) = (timestamps[0], timestamps[^1], 0, timestamps.Length);
                return true;
            }
            _segment.Reader.ReadPage(_block, out _page);
            ref BlockSummary summary = ref _page.Summary;
            if (summary.FirstTimestamp > _range.End) break;
            (Head, Last, _position, _end) = (summary.FirstTimestamp, summary.LastTimestamp, 0, (int)summary.Count);
            if (_range.Covers(Head, Last) || CutToRange()) return true;
        }
        Close();
        return false;
    }

    /// <summary>Brings the block's points into columns of our own.</summary>
    public void Load()
    {
        if (_isLoaded) return;
        if (_timestamps.Length < _end)
        {
            _timestamps = new long[Math.Max(_end, SegmentFormat.DefaultPagePoints)];
            _values = new ulong[_timestamps.Length];
        }
        Span<long> timestamps = _timestamps.AsSpan(0, _end);
        Span<ulong> values = _values.AsSpan(0, _end);
        if (_segment is null)
        {
            _blocks.Timestamps(_block).CopyTo(timestamps);
            _blocks.Values(_block).CopyTo(values);
        }
        else if (_family.HasPayload())
        {
            _segment.Reader.ReadPoints(_block, in _page, timestamps, values, ref _payload, ref _scratch);
        }
        else
        {
            _segment.Reader.ReadPoints(_block, in _page, timestamps, values);
        }
        _isLoaded = true;
    }

    /// <summary>How many loaded points are not newer than <paramref name="through"/>; at least the head is
    /// not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int CountThrough(long through)
    {
        DebugCheck.That(_isLoaded && Head <= through);
        if (Last <= through) return Count;
        return _timestamps[_position + 1] > through ? 1 : SearchThrough(through);
    }

    /// <summary>Consumes loaded points; false, and closed, when they were the last of all.</summary>
    public bool Consume(int count)
    {
        DebugCheck.That(_isLoaded && count <= Count);
        _position += count;
        if (_position == _end) return MoveNext();
        Head = _timestamps[_position];
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

    /// <summary>Cuts an edge page to the range; false when nothing is left.</summary>
    private bool CutToRange()
    {
        Load();
        ReadOnlySpan<long> timestamps = _timestamps.AsSpan(0, _end);
        if (Last > _range.End) _end = Kernels.LowerBound(timestamps, _range.End + 1);
        if (Head < _range.Start) _position = Kernels.LowerBound(timestamps[.._end], _range.Start);
        if (_position == _end)
        {
            _isLoaded = false;
            return false;
        }
        Head = _timestamps[_position];
        Last = _timestamps[_end - 1];
        return true;
    }
}
