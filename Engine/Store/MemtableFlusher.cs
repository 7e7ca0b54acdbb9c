using System;
using System.Collections.Generic;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Series;
using Slungd.Native.Os;

namespace Slungd.Engine.Store;

/// <summary>Turns a sealed memtable into a segment. Reused from flush to flush; one thread.</summary>
internal sealed class MemtableFlusher
{
    /// <summary>A page of a payload family ends when its values hold this many bytes.</summary>
    private const int PagePayloadBytes = 256 * 1024;

    private readonly IDisk _disk;
    private readonly SegmentFolder _folder;
    private readonly SeriesRegistry _registry;
    private readonly SegmentWriter _writer;
    private readonly SeriesOrder _order;
    private readonly List<SeriesId> _series = [];
    private readonly BlockList _blocks = new();
    private readonly long[] _timestamps;
    private readonly ulong[] _values;
    private byte[] _payload = [];
    private byte[] _key = [];
    private SeriesMap? _lastMap;
    private SeriesId[] _lastSeries = [];

    public MemtableFlusher(IDisk disk, SegmentFolder folder, SeriesRegistry registry, SegmentSettings settings)
    {
        _disk = disk;
        _folder = folder;
        _registry = registry;
        _writer = new SegmentWriter(disk, folder.Path, settings);
        _order = new SeriesOrder(registry);
        _timestamps = new long[settings.PagePoints];
        _values = new ulong[settings.PagePoints];
    }

    /// <inheritdoc cref="SegmentWriter.HasStrays"/>
    public bool HasStrays => _writer.HasStrays;

    /// <summary>Writes the segment and opens it. What fails on the way leaves nothing behind.</summary>
    /// <returns>Null when the memtable holds no points.</returns>
    /// <exception cref="DiskException">The disk is full or failing.</exception>
    public Segment? Flush(Memtable memtable, SegmentName name, ulong sequence, long createdAt, ulong logThrough,
        uint deletesThrough)
    {
        _series.Clear();
        memtable.CopySeriesIds(_series);
        if (_series.Count == 0) return null;
        _order.Sort(_series);
        try
        {
            _writer.Begin(name, sequence, sequence, createdAt, logThrough, deletesThrough);
            foreach (SeriesId series in _series) WriteSeries(memtable, series);
            _writer.Finish();
            return new Segment(name, Open(name), MapOf(_series));
        }
        finally
        {
            _blocks.Dispose();
            _writer.Abandon(); // nothing to do when it is finished
        }
    }

    private SegmentReader Open(SegmentName name)
    {
        try
        {
            return SegmentReader.Open(_disk, _folder.Path, name);
        }
        catch (SegmentCorruptException)
        {
            _folder.Delete(name); // its points are still in memory, and will be written again
            throw;
        }
    }

    private void WriteSeries(Memtable memtable, SeriesId series)
    {
        ValueFamily family = _registry.FamilyOf(series);
        _writer.BeginSeries(_registry.CanonicalBytesOf(series, ref _key), family);
        memtable.Snapshot(series, TimeRange.All, _blocks);
        if (family.HasPayload()) WritePayloadPages();
        else WritePages();
        _blocks.Dispose();
    }

    private void WritePages()
    {
        int filled = 0;
        for (int block = 0; block < _blocks.Count; block++)
        {
            ReadOnlySpan<long> timestamps = _blocks.Timestamps(block);
            ReadOnlySpan<ulong> values = _blocks.Values(block);
            while (timestamps.Length > 0)
            {
                int count = Math.Min(timestamps.Length, _timestamps.Length - filled);
                timestamps[..count].CopyTo(_timestamps.AsSpan(filled));
                values[..count].CopyTo(_values.AsSpan(filled));
                timestamps = timestamps[count..];
                values = values[count..];
                filled += count;
                if (filled < _timestamps.Length) continue;
                _writer.AddPage(_timestamps, _values);
                filled = 0;
            }
        }
        if (filled > 0) _writer.AddPage(_timestamps.AsSpan(0, filled), _values.AsSpan(0, filled));
    }

    private void WritePayloadPages()
    {
        int filled = 0, bytes = 0;
        for (int block = 0; block < _blocks.Count; block++)
        {
            ReadOnlySpan<long> timestamps = _blocks.Timestamps(block);
            ReadOnlySpan<ulong> values = _blocks.Values(block);
            for (int i = 0; i < timestamps.Length; i++)
            {
                ReadOnlySpan<byte> value = _blocks.Payload(values[i]);
                if (_payload.Length - bytes < value.Length)
                    Array.Resize(ref _payload, Math.Max(bytes + value.Length, _payload.Length * 2));
                value.CopyTo(_payload.AsSpan(bytes));
                _timestamps[filled] = timestamps[i];
                _values[filled++] = new PayloadRef((uint)bytes, (uint)value.Length).ToBits();
                bytes += value.Length;
                if (filled < _timestamps.Length && bytes < PagePayloadBytes) continue;
                WritePayloadPage(filled, bytes);
                filled = bytes = 0;
            }
        }
        if (filled > 0) WritePayloadPage(filled, bytes);
    }

    private void WritePayloadPage(int points, int bytes) =>
        _writer.AddPage(_timestamps.AsSpan(0, points), _values.AsSpan(0, points), _payload.AsSpan(0, bytes));

    /// <summary>In the steady state every flush has the same series: they share one map.</summary>
    private SeriesMap MapOf(List<SeriesId> inKeyOrder)
    {
        bool same = _lastMap is not null && inKeyOrder.Count == _lastSeries.Length;
        for (int i = 0; same && i < _lastSeries.Length; i++) same = inKeyOrder[i] == _lastSeries[i];
        if (same) return _lastMap!;
        _lastSeries = [.. inKeyOrder];
        return _lastMap = SeriesMap.Of(_lastSeries);
    }
}
