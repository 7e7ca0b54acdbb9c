using System;
using System.Buffers.Binary;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Memory;

namespace Slungd.Ingest.Protocols.SlungV2;

/// <summary>
/// The binary messages of `slung.v2` (design, section 4.2). Points take numbers from 0 in the order sent:
/// a refused point keeps its number and is named in an ERROR; what can't be read takes one number (a point in ROWS, a
/// block in COLUMNS) or none (DEFINE, an unknown kind, an empty binary message), one ERROR, and the rest of its
/// message. A block with an unknown alias can be read: its points are refused, the next block stands.
/// </summary>
internal sealed class SlungV2Decoder : MessageDecoder, IDisposable
{
    private enum State : byte { AtKind, InRows, InDefine, InColumns, Discarding }

    private readonly EventBatch _batch;
    private readonly IReplies _replies;
    private readonly ProtocolCounters _counters;
    private readonly ulong _producer;
    private readonly int _maxMessageBytes;
    private readonly bool _mayWrite; // else every point is refused
    private readonly AliasTable _aliases;
    private State _state;
    private bool _hasUnit;    // the message holds at least one event, definition or block
    private KeyScan _keyScan; // of the event or definition that is cut off
    private int _needed = 1;
    private ulong _next;      // the number of the next point
    private ulong _batchFirst; // the number of the first row in the batch
    private ulong _refusedFirst; // the run of refused points that is not reported yet
    private uint _refusedCount;
    private RefusalCode _refusedCode;

    public SlungV2Decoder(EventBatch batch, IReplies replies, ProtocolCounters counters, ulong producer, Limits limits,
        ByteBudget budget, uint seed, bool mayWrite = true)
    {
        _batch = batch;
        _replies = replies;
        _counters = counters;
        _producer = producer;
        _maxMessageBytes = limits.MaxMessageBytes;
        _mayWrite = mayWrite;
        _aliases = new AliasTable(budget, limits.MaxAliasesPerConnection, seed);
    }

    public AckTracker Acks { get; } = new();

    /// <summary>The number that the next point takes.</summary>
    public ulong NextPoint => _next;

    public override int Needed => _needed;

    public void Dispose() => _aliases.Dispose();

    public override int Decode(ReadOnlySpan<byte> payload, bool final)
    {
        int at = 0;
        if (_state == State.AtKind)
        {
            if (payload.IsEmpty && !final) return 0;
            Begin(payload);
            at = Math.Min(1, payload.Length);
        }
        at += _state switch
        {
            State.InRows => DecodeRows(payload[at..]),
            State.InDefine => DecodeDefinitions(payload[at..]),
            State.InColumns => DecodeBlocks(payload[at..]),
            _ => 0,
        };
        if (final) End(at < payload.Length);
        return final || _state == State.Discarding ? payload.Length : at;
    }

    public override void Flush()
    {
        AppendRows();
        ReportRefused();
    }

    private void Begin(ReadOnlySpan<byte> payload)
    {
        _hasUnit = false;
        _state = payload.IsEmpty ? State.Discarding : (MessageKind)payload[0] switch
        {
            MessageKind.Rows => State.InRows,
            MessageKind.Define => State.InDefine,
            MessageKind.Columns => State.InColumns,
            _ => State.Discarding,
        };
        if (_state != State.Discarding) return;
        RefusalCode code = payload.IsEmpty ? RefusalCode.Malformed : RefusalCode.UnknownKind;
        Complain(0, code, RefusalText.Of(code));
    }

    private void End(bool isCutOff)
    {
        _counters.Messages++;
        if (_state != State.Discarding && (isCutOff || !_hasUnit)) GiveUp(RefusalCode.Malformed);
        _state = State.AtKind;
        _keyScan = default;
        _needed = 1;
    }

    private int DecodeRows(ReadOnlySpan<byte> input)
    {
        int at = 0;
        while (true)
        {
            ReadOnlySpan<byte> rest = input[at..];
            int length = _keyScan.IsStarted ? MeasureFurther(rest) : EventLayout.Measure(rest);
            if (length < 0)
            {
                _hasUnit |= !rest.IsEmpty;
                if (!_keyScan.IsStarted) MeasureFurther(rest);
                _needed = EventLayout.KeyOffset + _keyScan.Needed;
                return at;
            }
            AddEvent(rest[..length]);
            _keyScan = default;
            at += length;
        }
    }

    private int MeasureFurther(ReadOnlySpan<byte> rest)
    {
        if (rest.Length < EventLayout.KeyOffset) return -1;
        int key = _keyScan.Measure(rest[EventLayout.KeyOffset..]);
        return key < 0 ? -1 : EventLayout.KeyOffset + key;
    }

    private void AddEvent(ReadOnlySpan<byte> item)
    {
        _hasUnit = true;
        if (!_mayWrite)
        {
            Refuse(1, RefusalCode.NotAllowed);
            return;
        }
        if (_batch.Count == 0) _batchFirst = _next;
        if (!_batch.TryAdd(item))
        {
            AppendRows();
            _batchFirst = _next;
            if (!_batch.TryAdd(item))
            {
                AppendOne(item);
                return;
            }
        }
        _next++;
    }

    private int DecodeDefinitions(ReadOnlySpan<byte> input)
    {
        int at = 0;
        while (true)
        {
            ReadOnlySpan<byte> rest = input[at..];
            _hasUnit |= !rest.IsEmpty;
            int key = rest.Length < sizeof(uint) ? -1 : _keyScan.Measure(rest[sizeof(uint)..]);
            if (key < 0)
            {
                _needed = sizeof(uint) + _keyScan.Needed;
                return at;
            }
            Define(BinaryPrimitives.ReadUInt32LittleEndian(rest), rest.Slice(sizeof(uint), key));
            _keyScan = default;
            at += sizeof(uint) + key;
        }
    }

    private void Define(uint alias, ReadOnlySpan<byte> wireKey)
    {
        SeriesId series = SeriesId.None;
        RefusalCode refusal = _mayWrite ? _batch.Sink.Resolve(wireKey, ValueFamily.Float, out series)
            : RefusalCode.NotAllowed;
        RefusalCode full = _aliases.Set(alias, series, refusal);
        if (full == RefusalCode.None) return;
        bool isTooMany = full == RefusalCode.NotAllowed;
        Complain(0, full, isTooMany ? "too many aliases on this connection"u8 : RefusalText.Of(full));
    }

    private int DecodeBlocks(ReadOnlySpan<byte> input)
    {
        int at = 0;
        while (true)
        {
            ReadOnlySpan<byte> rest = input[at..];
            _hasUnit |= !rest.IsEmpty;
            _needed = BlockLayout.HeaderBytes;
            if (rest.Length < BlockLayout.HeaderBytes) return at;
            var block = new BlockLayout(rest);
            if (block.HasUnknownFlags || block.Count == 0 || block.Bytes > _maxMessageBytes)
            {
                GiveUp(block.HasUnknownFlags ? RefusalCode.UnknownKind : RefusalCode.Malformed);
                return at;
            }
            if (rest.Length < block.Bytes)
            {
                _needed = (int)block.Bytes;
                return at;
            }
            if (!AddBlock(block, rest[BlockLayout.HeaderBytes..(int)block.Bytes])) return at;
            at += (int)block.Bytes;
        }
    }

    /// <summary>False when the block is malformed.</summary>
    private bool AddBlock(in BlockLayout block, ReadOnlySpan<byte> columns)
    {
        long start = 0, step = 0;
        if (block.IsRegular)
        {
            start = BinaryPrimitives.ReadInt64LittleEndian(columns);
            step = BinaryPrimitives.ReadInt64LittleEndian(columns[sizeof(long)..]);
            if (!BlockLayout.FitsInt64(start, step, block.Count))
            {
                GiveUp(RefusalCode.Malformed);
                return false;
            }
        }
        RefusalCode code = _aliases.Get(block.Alias, out SeriesId series);
        if (code != RefusalCode.None)
        {
            Refuse(block.Count, code);
            return true;
        }
        AppendRows();
        ReadOnlySpan<ulong> values = Reinterpret.AsUInt64(columns[(int)block.TimeBytes..]);
        RefusalLog refusals = _batch.Refusals;
        refusals.Clear();
        ulong commit = block.IsRegular
            ? _batch.Sink.AppendRegular(_producer, series, ValueFamily.Float, start, step, values, refusals)
            : _batch.Sink.AppendColumn(_producer, series, ValueFamily.Float,
                Reinterpret.AsInt64(columns[..(int)block.TimeBytes]), values, refusals);
        ulong first = _next;
        _next += block.Count;
        _counters.Points += block.Count;
        Settle(commit, first);
        return true;
    }

    private void AppendRows()
    {
        if (_batch.Count == 0) return;
        _counters.Points += _batch.Count;
        ulong commit = _batch.Append(_producer);
        Settle(commit, _batchFirst);
    }

    private void AppendOne(ReadOnlySpan<byte> item)
    {
        _counters.Points++;
        ulong commit = _batch.AppendOne(_producer, item);
        Settle(commit, _next++);
    }

    /// <summary>Reports what the last append refused; the rest waits for its commit.</summary>
    private void Settle(ulong commit, ulong first)
    {
        if (_batch.Refusals.Points > 0) ReportRefused(); // errors go out in the order of the points
        foreach (Refusal run in _batch.Refusals.Runs)
            _replies.Error(first + (ulong)run.First, (uint)run.Count, run.Code, RefusalText.Of(run.Code));
        _counters.Add(_batch.Refusals);
        Acks.Cover(commit, _next);
    }

    /// <summary>Points that could be read but never reach the sink: they take their numbers. Neighbours with the same
    /// reason share an ERROR, which goes out before the next ACK.</summary>
    private void Refuse(uint count, RefusalCode code)
    {
        AppendRows();
        _counters.Points += count;
        _counters.Refused[(int)code] += count;
        _batch.Sink.CountRefused((int)count, code); // a message holds far fewer
        bool follows = code == _refusedCode && _next == _refusedFirst + _refusedCount;
        if (!follows || count > uint.MaxValue - _refusedCount)
        {
            ReportRefused();
            _refusedFirst = _next;
            _refusedCode = code;
        }
        _refusedCount += count;
        _next += count;
        Acks.Cover(0, _next);
    }

    private void ReportRefused()
    {
        if (_refusedCount == 0) return;
        _replies.Error(_refusedFirst, _refusedCount, _refusedCode, RefusalText.Of(_refusedCode));
        _refusedCount = 0;
    }

    /// <summary>Gives up this message.</summary>
    private void GiveUp(RefusalCode code)
    {
        Malformed++;
        _counters.Malformed++;
        Complain(_state == State.InDefine ? 0u : 1u, code, RefusalText.Of(code));
        _state = State.Discarding;
        _needed = 1;
    }

    /// <summary>Sends an ERROR about the next <paramref name="count"/> points, which are settled thereby.</summary>
    private void Complain(uint count, RefusalCode code, ReadOnlySpan<byte> text)
    {
        AppendRows(); // errors of points before it go out before it
        ReportRefused();
        _replies.Error(_next, count, code, text);
        _next += count;
        if (count > 0) Acks.Cover(0, _next);
    }
}
