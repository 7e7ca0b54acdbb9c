using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using Slungd.Ingest.Framing;
using Slungd.Native.Os;
using Slungd.Native.Simd;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>COLUMNS, `u32 alias | u32 count | u8 flags | timestamps | values` per block, as many blocks a frame as make
/// up a piece. Blocks go round the series.</summary>
internal sealed class ColumnFrames : LoadFrames
{
    private const byte DefineKind = 0x02, ColumnsKind = 0x03, RegularFlag = 1;
    private const int BlockHeadBytes = 9;

    private readonly byte[] _frame;
    private readonly byte[] _shortFrame; // the same with fewer blocks, for the end
    private readonly List<byte[]> _definitions;
    private readonly long[] _template; // of irregular timestamps, from 0
    private readonly bool _regular;
    private readonly int _series, _batch, _blocks;
    private readonly long _start, _step;
    private readonly uint _key;
    private long _nextBlock;

    public ColumnFrames(LoadOptions options, byte[][] keys)
    {
        _regular = options.Protocol == LoadProtocol.Regular;
        (_series, _batch) = (keys.Length, options.Batch);
        (_start, _step) = (options.Start, options.Step);
        _key = (uint)SystemRandom.NextUInt64() | 1;
        _definitions = Define(keys);
        _template = Template(_batch, _step);
        _blocks = Math.Max(1, PieceBytes / BlockBytes);
        _frame = Build(_blocks);
        _shortFrame = Build(1);
    }

    private int BlockBytes => BlockHeadBytes + (_regular ? 16 : 8 * _batch) + 8 * _batch;

    public override IReadOnlyList<byte[]> Definitions => _definitions;

    public override ReadOnlySpan<byte> Next(long maxPoints, out int points)
    {
        bool isWhole = maxPoints >= (long)_blocks * _batch;
        byte[] frame = isWhole ? _frame : _shortFrame;
        int blocks = isWhole ? _blocks : 1;
        int header = frame.Length - 1 - blocks * BlockBytes;
        for (int i = 0; i < blocks; i++) Stamp(frame, header, 1 + i * BlockBytes);
        points = blocks * _batch;
        return frame;
    }

    private void Stamp(byte[] frame, int header, int at)
    {
        long round = Math.DivRem(_nextBlock++, _series, out long alias);
        Span<byte> block = frame.AsSpan(header + at);
        BinaryPrimitives.WriteUInt32LittleEndian(block, (uint)alias ^ XorMask.Advance(_key, at & 3));
        long start = _start + round * _batch * _step;
        ulong mask = Mask64(_key, at + BlockHeadBytes);
        Span<byte> timestamps = block[BlockHeadBytes..];
        if (_regular) BinaryPrimitives.WriteUInt64LittleEndian(timestamps, (ulong)start ^ mask);
        else WriteShifted(_template, start, mask, timestamps);
    }

    private byte[] Build(int blocks)
    {
        byte[] payload = new byte[1 + blocks * BlockBytes];
        payload[0] = ColumnsKind;
        double[] values = Walk(blocks * _batch);
        for (int i = 0; i < blocks; i++)
        {
            Span<byte> block = payload.AsSpan(1 + i * BlockBytes, BlockBytes);
            BinaryPrimitives.WriteUInt32LittleEndian(block[4..], (uint)_batch);
            block[8] = _regular ? RegularFlag : (byte)0;
            if (_regular) BinaryPrimitives.WriteInt64LittleEndian(block[(BlockHeadBytes + 8)..], _step);
            Span<byte> column = block[(BlockBytes - 8 * _batch)..];
            for (int k = 0; k < _batch; k++)
                BinaryPrimitives.WriteDoubleLittleEndian(column[(8 * k)..], values[i * _batch + k]);
        }
        byte[] frame = new byte[FrameWriter.HeaderBytes(payload.Length, masked: true) + payload.Length];
        FrameWriter.WriteMasked(frame, Opcode.Binary, payload, _key);
        return frame;
    }

    /// <summary>Ascending, no two distances alike.</summary>
    private static long[] Template(int count, long step)
    {
        Random random = new(2);
        long[] template = new long[count];
        for (int i = 0; i < count; i++) template[i] = i * step + random.NextInt64(step / 2 + 1);
        return template;
    }

    private static List<byte[]> Define(byte[][] keys)
    {
        List<byte[]> messages = [];
        MemoryStream message = new();
        byte[] alias = new byte[4];
        for (int i = 0; i < keys.Length; i++)
        {
            if (message.Length == 0) message.WriteByte(DefineKind);
            BinaryPrimitives.WriteInt32LittleEndian(alias, i);
            message.Write(alias);
            message.Write(keys[i]);
            if (message.Length < PieceBytes && i < keys.Length - 1) continue;
            messages.Add(message.ToArray());
            message.SetLength(0);
        }
        return messages;
    }
}
