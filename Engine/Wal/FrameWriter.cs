using System;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;

namespace Slungd.Engine.Wal;

/// <summary>Collects the parts of one frame: definitions of series, marks, blocks of points. Reused; one thread.
/// docs/formats/wal.md draws what it writes.</summary>
internal sealed class FrameWriter
{
    private const int KeptBytes = 1024 * 1024;

    private readonly ByteBuffer _definitions = new(KeptBytes);
    private readonly ByteBuffer _marks = new(KeptBytes);
    private readonly ByteBuffer _blocks = new(KeptBytes);
    private readonly ByteBuffer _frame = new(KeptBytes);
    private readonly ByteBuffer _scratch = new(KeptBytes);
    private byte[] _lastKey = [];
    private int _lastKeyLength;
    private uint _firstReference;
    private uint _definitionCount;
    private uint _markCount;

    /// <summary>About the length of the body so far.</summary>
    public int BodyBytes => _definitions.Length + _marks.Length + _blocks.Length;

    public bool IsEmpty => BodyBytes == 0;

    /// <summary>Forgets what was collected.</summary>
    public void Clear()
    {
        _definitions.Clear();
        _marks.Clear();
        _blocks.Clear();
        (_lastKeyLength, _definitionCount, _markCount) = (0, 0, 0);
    }

    /// <summary>Gives a series the number by which the blocks of this file name it. The numbers of one frame follow
    /// each other.</summary>
    /// <param name="reference">The number.</param>
    /// <param name="family">The series' family.</param>
    /// <param name="key">Its canonical key.</param>
    public void AddDefinition(uint reference, ValueFamily family, ReadOnlySpan<byte> key)
    {
        if (_definitionCount == 0) _firstReference = reference;
        Invariant.Check(reference == _firstReference + _definitionCount);
        int shared = _lastKey.AsSpan(0, _lastKeyLength).CommonPrefixLength(key);
        Span<byte> to = _definitions.Reserve(1 + 2 * Varint.MaxLength + key.Length);
        to[0] = (byte)family;
        int at = 1 + Varint.Write(to[1..], (uint)shared);
        at += Varint.Write(to[at..], (uint)(key.Length - shared));
        key[shared..].CopyTo(to[at..]);
        _definitions.Commit(at + key.Length - shared);
        _definitionCount++;
        if (_lastKey.Length < key.Length) _lastKey = new byte[key.Length * 2];
        key[shared..].CopyTo(_lastKey.AsSpan(shared));
        _lastKeyLength = key.Length;
    }

    /// <summary>States that this frame contains a producer's points up to a sequence number, for frames that travel
    /// between nodes.</summary>
    public void AddMark(ulong producer, ulong epoch, ulong sequence)
    {
        Span<byte> to = _marks.Reserve(3 * Varint.MaxLength);
        int at = Varint.Write(to, producer);
        at += Varint.Write(to[at..], epoch);
        at += Varint.Write(to[at..], sequence);
        _marks.Commit(at);
        _markCount++;
    }

    /// <summary>Adds numbers of one or more series.</summary>
    /// <param name="references">Whose points, run after run.</param>
    /// <param name="counts">How many of each, as long as the references.</param>
    /// <param name="timestamps">All runs' timestamps, 1 to 8,192.</param>
    /// <param name="values">As long as the timestamps.</param>
    /// <param name="family">A numeric family that most of them have.</param>
    public void AddNumbers(ReadOnlySpan<long> references, ReadOnlySpan<long> counts, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, ValueFamily family)
    {
        Invariant.Equal(values.Length, timestamps.Length);
        AddBlockHead(LogFormat.NumbersBlock, references, counts, timestamps);
        Span<byte> page = _scratch.Reserve(ValueCodec.MaxEncodedSize(values.Length));
        AddPage(page[..ValueCodec.Encode(values, family, CodecEffort.Fast, page)]);
    }

    /// <summary>As above for payload families.</summary>
    /// <param name="references">Whose points, run after run.</param>
    /// <param name="counts">How many of each, as long as the references.</param>
    /// <param name="timestamps">All runs' timestamps, 1 to 8,192.</param>
    /// <param name="values">Locate their bytes in the payload.</param>
    /// <param name="payload">At most <see cref="BytesCodec.MaxPayload"/> bytes.</param>
    public void AddPayload(ReadOnlySpan<long> references, ReadOnlySpan<long> counts, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, ReadOnlySpan<byte> payload)
    {
        Invariant.Equal(values.Length, timestamps.Length);
        AddBlockHead(LogFormat.PayloadBlock, references, counts, timestamps);
        int room = BytesCodec.MaxEncodedSize(values);
        Span<byte> both = _scratch.Reserve(2 * room);
        AddPage(both[..BytesCodec.Encode(values, payload, both[..room], both[room..])]);
    }

    /// <summary>The whole frame, which lives until the next call.</summary>
    /// <param name="number">The file's.</param>
    /// <param name="offset">Where in the file it will lie.</param>
    /// <param name="isSynced">The log in front of it is durable.</param>
    public ReadOnlySpan<byte> Finish(ulong number, long offset, bool isSynced)
    {
        Invariant.Check(!IsEmpty);
        _frame.Clear();
        int head = 1 + 4 * Varint.MaxLength;
        Span<byte> room = _frame.Reserve(FrameHeader.MaxBytes + head + BodyBytes);
        Span<byte> body = room[FrameHeader.MaxBytes..];
        body[0] = (byte)((isSynced ? LogFormat.SyncedFlag : 0) | (_definitionCount > 0 ? LogFormat.DefinitionsFlag : 0)
            | (_markCount > 0 ? LogFormat.MarksFlag : 0));
        int at = 1;
        if (_definitionCount > 0)
        {
            at += Varint.Write(body[at..], _definitionCount);
            at += Varint.Write(body[at..], _firstReference);
            at += Copy(_definitions, body[at..]);
        }
        if (_markCount > 0)
        {
            at += Varint.Write(body[at..], _markCount);
            at += Copy(_marks, body[at..]);
        }
        at += Copy(_blocks, body[at..]);
        Invariant.Check(at <= LogFormat.MaxBodyBytes);
        Span<byte> frame = room[..(FrameHeader.MaxBytes + at)];
        return frame[^(FrameHeader.Write(frame, at, number, offset) + at)..];
    }

    private static int Copy(ByteBuffer from, Span<byte> to)
    {
        from.Written.CopyTo(to);
        return from.Length;
    }

    private void AddBlockHead(byte kind, ReadOnlySpan<long> references, ReadOnlySpan<long> counts,
        ReadOnlySpan<long> timestamps)
    {
        Invariant.Equal(counts.Length, references.Length);
        Invariant.Check(timestamps.Length is >= 1 and <= LogFormat.MaxBlockPoints);
        Span<byte> to = _blocks.Reserve(1 + 3 * Varint.MaxLength);
        to[0] = kind;
        int at = 1 + Varint.Write(to[1..], (uint)timestamps.Length);
        at += Varint.Write(to[at..], (uint)references.Length);
        if (references.Length == 1) at += Varint.Write(to[at..], (ulong)references[0]);
        _blocks.Commit(at);
        if (references.Length > 1) AddIntegers(references);
        if (references.Length > 1 && references.Length < timestamps.Length) AddIntegers(counts);
        AddIntegers(timestamps);
    }

    private void AddIntegers(ReadOnlySpan<long> numbers)
    {
        Span<byte> page = _scratch.Reserve(TimestampCodec.MaxEncodedSize(numbers.Length));
        AddPage(page[..TimestampCodec.Encode(numbers, TimestampEncoding.Adaptive, CodecEffort.Fast, page)]);
    }

    private void AddPage(ReadOnlySpan<byte> page)
    {
        Span<byte> to = _blocks.Reserve(Varint.MaxLength + page.Length);
        int at = Varint.Write(to, (uint)page.Length);
        page.CopyTo(to[at..]);
        _blocks.Commit(at + page.Length);
    }
}
