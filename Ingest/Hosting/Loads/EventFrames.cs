using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Slungd.Ingest.Framing;
using Slungd.Native.Os;

namespace Slungd.Ingest.Hosting.Loads;

/// <summary>Events: one a frame for the original protocol, many a frame as ROWS. A lap goes over all series at least
/// once; every series' next point is one step later.</summary>
internal sealed class EventFrames : LoadFrames
{
    private const byte RowsKind = 0x01;

    private readonly byte[] _frames;
    private readonly int[] _ends; // of each frame: where it ends
    private readonly int[] _firsts; // of each frame: its first event; one more than frames
    private readonly int[] _at; // of each event: where its timestamp lies, times 4, plus its phase
    private readonly ulong[] _masks = new ulong[4];
    private readonly int _series;
    private readonly long _start, _step;
    private readonly int _turns; // how often each series occurs in a lap
    private long _lap;
    private int _frame;

    public EventFrames(LoadOptions options, byte[][] keys)
    {
        _series = keys.Length;
        (_start, _step) = (options.Start, options.Step);
        int eventBytes = 16 + keys[0].Length;
        _turns = Math.Max(1, PieceBytes / eventBytes / keys.Length);
        bool isOriginal = options.Protocol == LoadProtocol.Original;
        int batch = isOriginal ? 1 : options.Batch;
        uint key = (uint)SystemRandom.NextUInt64() | 1;
        for (int phase = 0; phase < 4; phase++) _masks[phase] = Mask64(key, phase);

        int events = _turns * keys.Length;
        double[] values = Walk(events);
        _at = new int[events];
        List<int> ends = [], firsts = [];
        byte[] payload = new byte[1 + batch * (16L + LongestOf(keys))];
        byte[] frames = new byte[events * (16L + LongestOf(keys) + (isOriginal ? 6 : 1)) + (events / batch + 1) * 16L];
        int end = 0;
        for (int first = 0; first < events; first += batch)
        {
            firsts.Add(first);
            int count = Math.Min(batch, events - first);
            int length = 0;
            if (!isOriginal) payload[length++] = RowsKind;
            int headerBytes = HeaderBytes(keys, first, count, isOriginal);
            for (int i = first; i < first + count; i++)
            {
                _at[i] = (end + headerBytes + length) << 2 | length & 3;
                BinaryPrimitives.WriteDoubleLittleEndian(payload.AsSpan(length + 8), values[i]);
                keys[i % keys.Length].CopyTo(payload, length + 16);
                length += 16 + keys[i % keys.Length].Length;
            }
            end += FrameWriter.WriteMasked(frames.AsSpan(end), Opcode.Binary, payload.AsSpan(0, length), key);
            ends.Add(end);
        }
        firsts.Add(events);
        _frames = frames.AsSpan(0, end).ToArray();
        _ends = [.. ends];
        _firsts = [.. firsts];
    }

    public override ReadOnlySpan<byte> Next(long maxPoints, out int points)
    {
        int from = _frame == 0 ? 0 : _ends[_frame - 1];
        int first = _firsts[_frame];
        int last = _frame;
        while (last + 1 < _ends.Length && _ends[last + 1] - from <= PieceBytes
            && _firsts[last + 2] - first <= maxPoints) last++;
        points = _firsts[last + 1] - first;
        Stamp(first, points);
        int end = _ends[last];
        _frame = last + 1;
        if (_frame == _ends.Length)
        {
            _frame = 0;
            _lap++;
        }
        return _frames.AsSpan(from, end - from);
    }

    private void Stamp(int first, int count)
    {
        int series = first % _series;
        ulong timestamp = (ulong)(_start + (_lap * _turns + first / _series) * _step);
        foreach (int at in _at.AsSpan(first, count))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(_frames.AsSpan(at >> 2), timestamp ^ _masks[at & 3]);
            if (++series < _series) continue;
            series = 0;
            timestamp += (ulong)_step;
        }
    }

    private static int LongestOf(byte[][] keys) => keys[^1].Length; // numbers only grow

    private static int HeaderBytes(byte[][] keys, int first, int count, bool isOriginal)
    {
        long payload = isOriginal ? 0 : 1;
        for (int i = first; i < first + count; i++) payload += 16 + keys[i % keys.Length].Length;
        return FrameWriter.HeaderBytes(payload, masked: true);
    }
}
