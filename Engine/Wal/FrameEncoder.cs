using System;
using Slungd.Engine.Codecs;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Native.Bits;
using Slungd.Native.Checks;
using Slungd.Native.Memory;
using Slungd.Native.Simd;

namespace Slungd.Engine.Wal;

/// <summary>Turns staged writes into frames: a series' points in one window become columns, pages of their own when
/// there are many, otherwise pooled with those of others. Within a series the order of the writes stays, so that the
/// last one wins again at replay. One thread.</summary>
internal sealed class FrameEncoder(SeriesRegistry registry, SeriesTable series, LogWriter writer)
{
    /// <summary>From so many points on a series gets a block of its own.</summary>
    private const int OwnBlockPoints = 64;

    private const int MaxBlockPoints = LogFormat.MaxBlockPoints;

    private readonly FrameWriter _frame = new();
    private readonly PieceTable _pieces = new(series);
    private readonly RunPool _floats = new(), _integers = new(), _payloads = new();
    private readonly long[] _one = new long[1], _oneCount = new long[1];
    private long[] _timestamps = new long[OwnBlockPoints];
    private ulong[] _values = new ulong[OwnBlockPoints];
    private int _gathered;
    private byte[] _key = [];
    private bool _isBegun; // the frame has a file, and numbers of series in it are good
    private bool _isOneFrame; // it must not be written on the way
    private ulong _generation;
    private Memtable? _memtable;

    /// <summary>Encodes a window. Full frames are written on the way; <see cref="Finish"/> gives the last
    /// one.</summary>
    /// <param name="window">What was staged.</param>
    /// <param name="memtable">Where it was staged: it has the bytes of payloads.</param>
    public void Add(SlabWindow window, Memtable memtable)
    {
        _memtable = memtable;
        _generation = memtable.Generation;
        _pieces.Fill(window);
        foreach (uint id in _pieces.Series)
        {
            ValueFamily family = registry.FamilyOf(new SeriesId(id));
            if (family.HasPayload()) AddPayloads(id, family, window);
            else AddNumbers(id, family, window);
            if (IsFull) WriteFrame();
        }
        _pieces.Clear();
    }

    /// <summary>Ends a window after which more of the same series may follow: nothing of them may overtake.</summary>
    public void FlushPools()
    {
        _floats.Flush(_frame);
        _integers.Flush(_frame);
        _payloads.Flush(_frame);
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
        _pieces.Clear();
        _floats.Clear();
        _integers.Clear();
        _payloads.Clear();
        _isBegun = _isOneFrame = false;
    }

    private bool IsFull => !_isOneFrame &&
        _frame.BodyBytes + _floats.Bytes + _integers.Bytes + _payloads.Bytes >= LogFormat.FrameBytes;

    private void AddNumbers(uint id, ValueFamily family, SlabWindow window)
    {
        uint piece = _pieces.First(id);
        if (_pieces.Next(piece) == 0 && TryAddColumn(id, family, piece, window)) return;
        _gathered = 0;
        for (; piece != 0; piece = _pieces.Next(piece))
        {
            if (_pieces.IsColumn(piece, window, out StageRecord record, out ReadOnlySpan<byte> body))
            {
                Gather(id, family, in record, body);
                continue;
            }
            ref readonly EventRow row = ref _pieces.Row(piece, window);
            if (_gathered == _timestamps.Length) MakeRoom(id, family, 1);
            _timestamps[_gathered] = row.Timestamp;
            _values[_gathered++] = row.Bits;
        }
        if (_gathered >= OwnBlockPoints) AddGathered(id, family);
        else AddToPool(id, family);
    }

    /// <summary>A column that is all there is of its series goes from the stage straight into pages.</summary>
    private bool TryAddColumn(uint id, ValueFamily family, uint piece, SlabWindow window)
    {
        if (!_pieces.IsColumn(piece, window, out StageRecord record, out ReadOnlySpan<byte> body)) return false;
        if (record.Kind != StageKind.Column || record.Count < OwnBlockPoints) return false;
        DebugCheck.That(record.Count <= MaxBlockPoints);
        int bytes = sizeof(long) * record.Count;
        AddBlock(id, family, Reinterpret.AsInt64(body[..bytes]), Reinterpret.AsUInt64(body.Slice(bytes, bytes)));
        return true;
    }

    private void Gather(uint id, ValueFamily family, in StageRecord record, ReadOnlySpan<byte> body)
    {
        bool isRegular = record.Kind == StageKind.Regular;
        int bytes = sizeof(long) * record.Count;
        ReadOnlySpan<ulong> values = Reinterpret.AsUInt64(isRegular ? body[..bytes] : body.Slice(bytes, bytes));
        for (int done = 0; done < values.Length;)
        {
            if (_gathered == _timestamps.Length) MakeRoom(id, family, values.Length - done);
            int count = Math.Min(_timestamps.Length - _gathered, values.Length - done);
            Span<long> to = _timestamps.AsSpan(_gathered, count);
            if (isRegular) Kernels.Fill(to, record.Start + record.Step * done, record.Step);
            else Reinterpret.AsInt64(body.Slice(sizeof(long) * done, sizeof(long) * count)).CopyTo(to);
            values.Slice(done, count).CopyTo(_values.AsSpan(_gathered));
            _gathered += count;
            done += count;
        }
    }

    /// <summary>Room for at least one more point: larger columns, or a block written.</summary>
    private void MakeRoom(uint id, ValueFamily family, int wanted)
    {
        if (_timestamps.Length == MaxBlockPoints)
        {
            AddGathered(id, family);
            return;
        }
        int length = Math.Min(MaxBlockPoints, Math.Max(_timestamps.Length * 2, _gathered + wanted));
        Array.Resize(ref _timestamps, length);
        Array.Resize(ref _values, length);
    }

    private void AddGathered(uint id, ValueFamily family)
    {
        AddBlock(id, family, _timestamps.AsSpan(0, _gathered), _values.AsSpan(0, _gathered));
        _gathered = 0;
    }

    private void AddBlock(uint id, ValueFamily family, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values)
    {
        if (IsFull) WriteFrame();
        _one[0] = ReferenceOf(id);
        _oneCount[0] = values.Length;
        _frame.AddNumbers(_one, _oneCount, timestamps, values, family);
    }

    private void AddToPool(uint id, ValueFamily family)
    {
        if (_gathered == 0) return;
        RunPool pool = family == ValueFamily.Float ? _floats : _integers;
        if (pool.Points + _gathered > RunPool.MaxPoints) pool.Flush(_frame);
        pool.BeginRun(ReferenceOf(id), family);
        for (int i = 0; i < _gathered; i++) pool.Add(_timestamps[i], _values[i]);
    }

    private void AddPayloads(uint id, ValueFamily family, SlabWindow window)
    {
        _payloads.BeginRun(ReferenceOf(id), family);
        for (uint piece = _pieces.First(id); piece != 0; piece = _pieces.Next(piece))
        {
            if (_payloads.IsFull)
            {
                if (IsFull) WriteFrame();
                else _payloads.Flush(_frame);
                _payloads.BeginRun(ReferenceOf(id), family);
            }
            ref readonly EventRow row = ref _pieces.Row(piece, window);
            _payloads.Add(row.Timestamp, _memtable!.Payload(row.Bits));
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
