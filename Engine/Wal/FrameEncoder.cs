using System;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Native.Checks;
using Slungd.Native.Memory;

namespace Slungd.Engine.Wal;

/// <summary>Turns staged writes into frames: a series' points in one window become columns, pages of their own when
/// there are many, otherwise pooled with those of others. Within a series the order of the writes stays, so that the
/// last one wins again at replay. One thread.</summary>
internal sealed class FrameEncoder(SeriesRegistry registry, SeriesTable series, LogWriter writer)
{
    /// <summary>From so many points on a series gets a block of its own.</summary>
    private const int OwnBlockPoints = 64;

    /// <summary>Points of a block of many series.</summary>
    private const int MaxPoolPoints = 4096;

    private readonly FrameWriter _frame = new();
    private readonly WindowColumns _columns = new(series, OwnBlockPoints);
    private readonly PayloadPool _payloads = new();
    private readonly long[] _one = new long[1], _oneCount = new long[1];
    private readonly long[] _poolReferences = new long[MaxPoolPoints];
    private readonly long[] _poolCounts = new long[MaxPoolPoints];
    private int _poolStart, _poolPoints, _poolRuns; // neighbours in the sorted columns, not yet in the frame
    private ValueFamily _poolFamily;
    private byte[] _key = [];
    private bool _isBegun; // the frame has a file, and numbers of series in it are good
    private bool _isOneFrame; // it must not be written on the way
    private ulong _generation;
    private Memtable? _memtable;

    /// <summary>Encodes a window. Full frames are written on the way; <see cref="Finish"/> gives the last one. What
    /// comes later can't overtake any of it.</summary>
    /// <param name="window">What was staged.</param>
    /// <param name="memtable">Where it was staged: it has the bytes of payloads.</param>
    public void Add(SlabWindow window, Memtable memtable)
    {
        _memtable = memtable;
        _generation = memtable.Generation;
        _columns.Fill(window);
        foreach (uint id in _columns.Series)
        {
            ValueFamily family = registry.FamilyOf(new SeriesId(id));
            int start = _columns.Get(id, window, out ReadOnlySpan<long> timestamps, out ReadOnlySpan<ulong> values);
            if (family.HasPayload()) AddPayloads(id, timestamps, values);
            else if (values.Length >= OwnBlockPoints) AddBlocks(id, family, timestamps, values);
            else AddToPool(id, family, start, values.Length);
            if (IsFull) WriteFrame();
        }
        FlushPools();
        _columns.Clear();
    }

    /// <summary>Writes what is left.</summary>
    public void WriteFrame()
    {
        if (!_isBegun) return;
        ReadOnlySpan<byte> frame = Finish(writer.End, writer.UnsyncedBytes == 0);
        writer.Write(writer.End, frame);
    }

    /// <summary>The frame of everything added since the last one, to be written there.</summary>
    /// <param name="at">Its place in the current file.</param>
    /// <param name="isSynced">Everything in front of it is durable.</param>
    public ReadOnlySpan<byte> Finish(long at, bool isSynced)
    {
        Invariant.Check(_isBegun);
        FlushPools();
        _isBegun = _isOneFrame = false;
        ReadOnlySpan<byte> frame = _frame.Finish(writer.Number, at, isSynced);
        _frame.Clear();
        return frame;
    }

    /// <summary>Begins a frame that is not written on the way, however long it gets: <see cref="Finish"/> gives it. It
    /// defines all series from this number on.</summary>
    public void BeginOneFrame(uint firstReference)
    {
        Invariant.Check(!_isBegun);
        _isBegun = _isOneFrame = true;
        for (uint i = firstReference; i < series.Defined; i++) AddDefinition(i, series.SeriesOf(i));
    }

    /// <summary>Forgets what was not written: after a failure, when its memtable will be flushed instead.</summary>
    public void Reset()
    {
        _frame.Clear();
        _columns.Clear();
        _payloads.Clear();
        _poolPoints = _poolRuns = 0;
        _isBegun = _isOneFrame = false;
    }

    private bool IsFull => !_isOneFrame &&
        _frame.BodyBytes + 2 * sizeof(long) * _poolPoints + _payloads.Bytes >= LogFormat.FrameBytes;

    private void FlushPools()
    {
        FlushPool();
        _payloads.Flush(_frame);
    }

    /// <summary>A long series has blocks of its own.</summary>
    private void AddBlocks(uint id, ValueFamily family, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        while (!values.IsEmpty)
        {
            if (IsFull) WriteFrame();
            int count = Math.Min(values.Length, LogFormat.MaxBlockPoints);
            _one[0] = ReferenceOf(id);
            _oneCount[0] = count;
            _frame.AddNumbers(_one, _oneCount, timestamps[..count], values[..count], family);
            timestamps = timestamps[count..];
            values = values[count..];
        }
    }

    /// <summary>Short ones that follow each other in the columns share a block.</summary>
    private void AddToPool(uint id, ValueFamily family, int start, int count)
    {
        bool fits = _poolStart + _poolPoints == start && _poolPoints + count <= MaxPoolPoints &&
            (_poolFamily == ValueFamily.Float) == (family == ValueFamily.Float);
        if (!fits) FlushPool();
        uint reference = ReferenceOf(id);
        if (_poolPoints == 0) (_poolStart, _poolFamily) = (start, family);
        _poolReferences[_poolRuns] = reference;
        _poolCounts[_poolRuns++] = count;
        _poolPoints += count;
    }

    private void FlushPool()
    {
        if (_poolPoints == 0) return;
        _frame.AddNumbers(_poolReferences.AsSpan(0, _poolRuns), _poolCounts.AsSpan(0, _poolRuns),
            _columns.Timestamps(_poolStart, _poolPoints), _columns.Values(_poolStart, _poolPoints), _poolFamily);
        _poolPoints = _poolRuns = 0;
    }

    private void AddPayloads(uint id, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        _payloads.BeginRun(ReferenceOf(id));
        for (int i = 0; i < values.Length; i++)
        {
            if (_payloads.IsFull)
            {
                if (IsFull) WriteFrame();
                else _payloads.Flush(_frame);
                _payloads.BeginRun(ReferenceOf(id));
            }
            _payloads.Add(timestamps[i], _memtable!.Payload(values[i]));
        }
        if (_payloads.IsFull) _payloads.Flush(_frame);
    }

    /// <summary>The number of a series in the current file; a new one is defined in this frame.</summary>
    private uint ReferenceOf(uint id)
    {
        if (!_isBegun)
        {
            writer.Prepare(_generation);
            _isBegun = true;
        }
        uint reference = series[id].Reference;
        if (reference != 0) return reference - 1;
        reference = series.Define(id);
        AddDefinition(reference, new SeriesId(id));
        return reference;
    }

    private void AddDefinition(uint reference, SeriesId id) =>
        _frame.AddDefinition(reference, registry.FamilyOf(id), registry.CanonicalBytesOf(id, ref _key));
}
