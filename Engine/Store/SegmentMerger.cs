using System;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Checks;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>Merges segments into one, series by series in key order: of equal timestamps the newest write stays, pages
/// are filled up again. Holds a page of each source and one of the output, however long the series are. Reused; one
/// thread at a time.</summary>
internal sealed class SegmentMerger
{
    /// <summary>A page of a payload family ends when its values hold this many bytes.</summary>
    private const int PagePayloadBytes = 256 * 1024;

    private readonly SegmentWriter _writer;
    private readonly StoreCursor _cursor = new(null);
    private readonly long[] _timestamps;
    private readonly ulong[] _values;
    private byte[] _payload = [];
    private int _filled; // points of the page being filled
    private int _payloadFilled;
    private bool _hasSeries; // the writer has begun it
    private readonly int[] _next = new int[SegmentFooter.MaxSources]; // the series reached in each source
    private readonly SeriesEntry[] _entries = new SeriesEntry[SegmentFooter.MaxSources];
    private readonly SeriesEntry[] _same = new SeriesEntry[SegmentFooter.MaxSources];

    public SegmentMerger(IDisk disk, SegmentFolder folder, SegmentSettings settings)
    {
        _writer = new SegmentWriter(disk, folder.Path, settings);
        _timestamps = new long[settings.PagePoints];
        _values = new ulong[settings.PagePoints];
    }

    /// <summary>Writes the output under its name. What fails on the way leaves nothing behind.</summary>
    /// <param name="sources">Whole segments, neighbours, by age of their writes, oldest first; kept open by the
    /// caller. At least one has points in the range.</param>
    /// <param name="name">Of the output.</param>
    /// <param name="createdAt">Microseconds since 1970.</param>
    /// <param name="range">Points outside are left out.</param>
    /// <param name="pace">Called after each page with the bytes of the .dat so far, to wait; false ends the
    /// merge.</param>
    /// <returns>False when the merge was ended; there is no output then.</returns>
    /// <exception cref="DiskException">The disk is full or failing.</exception>
    /// <exception cref="SegmentCorruptException">A page of a source is not what was written.</exception>
    public bool Merge(Segment[] sources, SegmentName name, long createdAt, TimeRange range, Func<long, bool> pace)
    {
        Invariant.Check(sources.Length is >= 1 and <= SegmentFooter.MaxSources);
        var numbers = new ulong[sources.Length];
        for (int i = 0; i < sources.Length; i++)
        {
            Invariant.Check(sources[i].IsWhole && (i == 0 || FirstOf(sources[i]) > sources[i - 1].Sequence));
            numbers[i] = sources[i].Name.Number;
            _next[i] = 0;
            sources[i].Reader.ReadSeries(0, out _entries[i]);
        }
        try
        {
            ulong logThrough = 0;
            foreach (Segment source in sources) logThrough = Math.Max(logThrough, source.Reader.Footer.LogThrough);
            _writer.Begin(name, FirstOf(sources[0]), sources[^1].Sequence, createdAt, logThrough, numbers);
            while (TakeSeries(sources, out int first))
            {
                SegmentReader reader = sources[first].Reader;
                if (!MergeSeries(sources, reader.KeyOf(in _same[first]), _same[first].Family, range, pace))
                    return false;
            }
            _writer.Finish();
            return true;
        }
        finally
        {
            _cursor.Dispose();
            _writer.Abandon(); // nothing to do when it is finished
        }
    }

    private static ulong FirstOf(Segment segment) => segment.Reader.Footer.FirstSequence;

    /// <summary>Goes to the smallest key that is left: where sources have it, _same has their entries, elsewhere none
    /// with pages. False at the end.</summary>
    private bool TakeSeries(Segment[] sources, out int first)
    {
        first = -1;
        for (int i = 0; i < sources.Length; i++)
        {
            if (_next[i] == sources[i].Reader.SeriesCount) continue;
            if (first < 0 || KeyAt(sources, i).SequenceCompareTo(KeyAt(sources, first)) < 0) first = i;
        }
        if (first < 0) return false;
        ReadOnlySpan<byte> key = KeyAt(sources, first);
        ValueFamily family = _entries[first].Family;
        for (int i = sources.Length - 1; i >= 0; i--)
        {
            SegmentReader reader = sources[i].Reader;
            _same[i] = default;
            if (_next[i] == reader.SeriesCount || !KeyAt(sources, i).SequenceEqual(key)) continue;
            _same[i] = _entries[i];
            Invariant.Check(_same[i].Family == family); // whole segments agree on it
            if (++_next[i] < reader.SeriesCount) reader.ReadSeries(_next[i], out _entries[i]);
        }
        return true;
    }

    private ReadOnlySpan<byte> KeyAt(Segment[] sources, int index) => sources[index].Reader.KeyOf(in _entries[index]);

    private bool MergeSeries(Segment[] sources, ReadOnlySpan<byte> key, ValueFamily family, TimeRange range,
        Func<long, bool> pace)
    {
        (_filled, _payloadFilled, _hasSeries) = (0, 0, false);
        _cursor.Start(sources, _same.AsSpan(0, sources.Length), family, range);
        while (_cursor.MoveNext())
        {
            if (!_cursor.IsSummary || !TryCopyPage(key, family))
            {
                _cursor.Expand();
                if (family.HasPayload()) AddPayloads(key, family);
                else AddValues(key, family);
            }
            if (!pace(_writer.DatLength)) return false;
        }
        if (_filled > 0) WritePage(key, family);
        return true;
    }

    /// <summary>A full page that no other overlaps, between full pages, is copied as it is.</summary>
    private bool TryCopyPage(ReadOnlySpan<byte> key, ValueFamily family)
    {
        if (_filled > 0 || _cursor.Summary.Count != _timestamps.Length) return false;
        int page = _cursor.WholePage(out SegmentReader reader);
        reader.ReadPage(page, out PageDescriptor descriptor);
        ReadOnlySpan<byte> bytes = reader.PageBytes(page, in descriptor);
        BeginSeries(key, family);
        _writer.CopyPage(descriptor, bytes);
        return true;
    }

    private void AddValues(ReadOnlySpan<byte> key, ValueFamily family)
    {
        ReadOnlySpan<long> timestamps = _cursor.Timestamps;
        ReadOnlySpan<ulong> values = _cursor.Values;
        while (timestamps.Length > 0)
        {
            int count = Math.Min(timestamps.Length, _timestamps.Length - _filled);
            timestamps[..count].CopyTo(_timestamps.AsSpan(_filled));
            values[..count].CopyTo(_values.AsSpan(_filled));
            timestamps = timestamps[count..];
            values = values[count..];
            _filled += count;
            if (_filled == _timestamps.Length) WritePage(key, family);
        }
    }

    private void AddPayloads(ReadOnlySpan<byte> key, ValueFamily family)
    {
        ReadOnlySpan<long> timestamps = _cursor.Timestamps;
        for (int i = 0; i < timestamps.Length; i++)
        {
            ReadOnlySpan<byte> value = _cursor.PayloadAt(i);
            if (_payload.Length - _payloadFilled < value.Length)
                Array.Resize(ref _payload, Math.Max(_payloadFilled + value.Length, _payload.Length * 2));
            value.CopyTo(_payload.AsSpan(_payloadFilled));
            _timestamps[_filled] = timestamps[i];
            _values[_filled++] = new PayloadRef((uint)_payloadFilled, (uint)value.Length).ToBits();
            _payloadFilled += value.Length;
            if (_filled == _timestamps.Length || _payloadFilled >= PagePayloadBytes) WritePage(key, family);
        }
    }

    /// <summary>A series whose points are all outside the range is never begun.</summary>
    private void BeginSeries(ReadOnlySpan<byte> key, ValueFamily family)
    {
        if (!_hasSeries) _writer.BeginSeries(key, family);
        _hasSeries = true;
    }

    private void WritePage(ReadOnlySpan<byte> key, ValueFamily family)
    {
        BeginSeries(key, family);
        ReadOnlySpan<long> timestamps = _timestamps.AsSpan(0, _filled);
        ReadOnlySpan<ulong> values = _values.AsSpan(0, _filled);
        if (family.HasPayload()) _writer.AddPage(timestamps, values, _payload.AsSpan(0, _payloadFilled));
        else _writer.AddPage(timestamps, values);
        (_filled, _payloadFilled) = (0, 0);
    }
}
