using System;
using System.Threading;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Native.Checks;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>Merges segments, series by series in key order, into one for each window of time: of equal timestamps the
/// newest write stays, pages are filled up again. Holds a page of each source and one of the output, however long the
/// series are. Reused; one thread at a time.</summary>
internal sealed class SegmentMerger
{
    /// <summary>A page of a payload family ends when its values hold this many bytes.</summary>
    private const int PagePayloadBytes = 256 * 1024;

    /// <summary>Of the pages of a series in the output at most this part are short for the sake of copying.</summary>
    private const int PagesPerShort = 8;

    /// <summary>After so many bytes of output the memory of what was read of the sources is given back.</summary>
    private const long ReleaseBytes = 4 << 20;

    private readonly SegmentWriter _writer;
    private readonly int _flushedPagePoints;
    private readonly StoreCursor _cursor = new(null);
    private readonly long[] _timestamps;
    private readonly ulong[] _values;
    private byte[] _payload = [];
    private int _filled; // points of the page being filled
    private int _payloadFilled;
    private bool _hasOutput; // the writer has begun one for the window
    private bool _hasSeries; // the writer has begun the series
    private MergeJob _job = null!;
    private long _written; // by finished outputs
    private int _pages, _shortPages; // of the series
    private long _releasedAt;
    private readonly int[] _next = new int[SegmentFooter.MaxSources]; // the series reached in each source
    private readonly SeriesEntry[] _entries = new SeriesEntry[SegmentFooter.MaxSources];
    private readonly SeriesEntry[] _same = new SeriesEntry[SegmentFooter.MaxSources];
    private readonly uint[][] _ids = new uint[SegmentFooter.MaxSources][]; // for the tombstones

    /// <param name="disk">The world.</param>
    /// <param name="folder">Where the segments are.</param>
    /// <param name="flushedPagePoints">Points of a full page of a flush.</param>
    /// <param name="settings">Of the outputs.</param>
    public SegmentMerger(IDisk disk, SegmentFolder folder, int flushedPagePoints, SegmentSettings settings)
    {
        _flushedPagePoints = flushedPagePoints;
        _writer = new SegmentWriter(disk, folder.Path, settings);
        _timestamps = new long[settings.PagePoints];
        _values = new ulong[settings.PagePoints];
    }

    /// <inheritdoc cref="SegmentWriter.HasStrays"/>
    public bool HasStrays => _writer.HasStrays;

    /// <summary>Writes the outputs. The first gets its name after all others: until then a crash leaves the sources,
    /// from then on the outputs.</summary>
    /// <returns>False when the merge was ended.</returns>
    /// <exception cref="DiskException">The disk is full or failing. Outputs that have their name already are in the
    /// job's list, and are for the caller to remove; so when the merge was ended.</exception>
    /// <exception cref="SegmentCorruptException">A page of a source is not what was written.</exception>
    public bool Merge(MergeJob job)
    {
        job.Check();
        _job = job;
        (_written, _releasedAt) = (0, 0);
        SegmentFooter origin = job.Origin();
        bool isPublished = false;
        try
        {
            foreach (TimeRange window in job.Windows)
            {
                if (!MergeWindow(window, origin)) return false;
                if (!_hasOutput) continue;
                _written += _writer.DatLength;
                if (job.Outputs.Count == 1) _writer.FinishUnnamed();
                else _writer.Finish();
            }
            if (job.Outputs.Count > 0) _writer.Publish(job.Outputs[0]);
            return isPublished = true;
        }
        finally
        {
            _cursor.Dispose();
            _writer.Abandon(); // nothing to do when it is finished
            if (!isPublished && job.Outputs.Count > 0) _writer.Discard(job.Outputs[0]);
        }
    }

    private bool MergeWindow(TimeRange window, SegmentFooter origin)
    {
        _hasOutput = false;
        Segment[] sources = Array.FindAll(_job.Sources, s => window.Overlaps(s.MinTimestamp, s.MaxTimestamp));
        for (int i = 0; i < sources.Length; i++)
        {
            _next[i] = 0;
            _ids[i] = _job.Tombstones.Count > 0 ? sources[i].Map.IdsInKeyOrder() : [];
            sources[i].Reader.ReadSeries(0, out _entries[i]);
        }
        while (TakeSeries(sources, out int first))
        {
            SegmentReader reader = sources[first].Reader;
            ValueFamily family = _same[first].Family;
            SeriesId id = _ids[first].Length > 0 ? new SeriesId(_ids[first][_next[first] - 1]) : SeriesId.None;
            _cursor.Start(sources, _same.AsSpan(0, sources.Length), family, window, _job.Tombstones, id);
            if (!MergeSeries(sources, reader.KeyOf(in _same[first]), family, origin)) return false;
        }
        return true;
    }

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

    private bool MergeSeries(Segment[] sources, ReadOnlySpan<byte> key, ValueFamily family, SegmentFooter origin)
    {
        (_filled, _payloadFilled, _hasSeries) = (0, 0, false);
        (_pages, _shortPages) = (0, 0);
        while (_cursor.MoveNext())
        {
            if (!_hasOutput) BeginOutput(origin);
            if (!_cursor.IsSummary || !TryCopyPage(key, family))
            {
                _cursor.Expand();
                if (family.HasPayload()) AddPayloads(key, family);
                else AddValues(key, family);
            }
            if (!_job.Pace(_written + _writer.DatLength)) return false;
            if (_written + _writer.DatLength - _releasedAt >= ReleaseBytes) Release(sources);
        }
        if (_filled > 0) WritePage(key, family);
        return true;
    }

    /// <summary>A window without points has no output.</summary>
    private void BeginOutput(SegmentFooter origin)
    {
        SegmentName name = _job.NameOutput();
        _job.Outputs.Add(name);
        _writer.Begin(name, origin with { Group = _job.Outputs[0].Number });
        _hasOutput = true;
    }

    /// <summary>A page that no other overlaps, that is full enough and would not get smaller, is copied as it is; a
    /// short one, too, now and then: behind a page that was filled up all others would have to be encoded
    /// anew.</summary>
    private bool TryCopyPage(ReadOnlySpan<byte> key, ValueFamily family)
    {
        ref readonly PageDescriptor page = ref _cursor.WholePage(out SegmentReader reader);
        long count = page.Summary.Count;
        if (count > _timestamps.Length) return false; // --page-size was larger
        bool isFlushed = reader.Footer.Level == 0;
        bool isShort = count < (isFlushed ? _flushedPagePoints : _timestamps.Length / 2);
        bool makesShort = isShort || _filled > 0;
        if (makesShort && (isShort && _filled > 0 || (_shortPages + 1) * PagesPerShort > _pages)) return false;
        ReadOnlySpan<byte> bytes = reader.PageBytes(in page);
        if (isFlushed && MayShrink(bytes, page.TimeLength, (int)count)) return false;
        if (_filled > 0) WritePage(key, family);
        BeginSeries(key, family);
        _writer.CopyPage(page, bytes);
        _pages++;
        if (makesShort) _shortPages++;
        return true;
    }

    /// <summary>Whether more effort may make a flushed page smaller.</summary>
    private static bool MayShrink(ReadOnlySpan<byte> bytes, int timeLength, int count) =>
        timeLength > 0 && TimestampCodec.MayShrink(bytes) || ValueCodec.MayShrink(bytes[timeLength..], count);

    private void Release(Segment[] sources)
    {
        foreach (Segment source in sources) source.Reader.Release();
        _releasedAt = _written + _writer.DatLength;
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

    /// <summary>A series whose points are all outside the window is never begun.</summary>
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
        _pages++;
    }
}
