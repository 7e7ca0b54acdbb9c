using System;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Slungd.Native.Bits;

namespace Slungd.Engine.Wal;

/// <summary>One decoded block of a frame: runs of points, each of one series. Reused; one thread.</summary>
internal sealed class PointBlock
{
    private readonly long[] _references = new long[LogFormat.MaxBlockPoints];
    private readonly long[] _counts = new long[LogFormat.MaxBlockPoints];
    private readonly long[] _timestamps = new long[LogFormat.MaxBlockPoints];
    private readonly ulong[] _values = new ulong[LogFormat.MaxBlockPoints];
    private byte[] _payload = [];
    private byte[] _scratch = [];
    private int _points, _payloadLength;

    public int Points => _points;

    public int Runs { get; private set; }

    /// <summary>The values locate their bytes in <see cref="Payload"/>.</summary>
    public bool HasPayload { get; private set; }

    /// <summary>The series of a run, by the number its definition gave it.</summary>
    public uint ReferenceOf(int run) => (uint)_references[run];

    /// <summary>Points of a run; at least 1.</summary>
    public int CountOf(int run) => (int)_counts[run];

    /// <summary>Of all runs.</summary>
    public ReadOnlySpan<long> Timestamps => _timestamps.AsSpan(0, _points);

    public ReadOnlySpan<ulong> Values => _values.AsSpan(0, _points);

    public ReadOnlySpan<byte> Payload => _payload.AsSpan(0, _payloadLength);

    /// <summary>Reads the block at <paramref name="at"/> and moves behind it; false when it is not sound, whatever the
    /// bytes are.</summary>
    public bool TryRead(ReadOnlySpan<byte> body, ref int at)
    {
        if (at >= body.Length) return false;
        byte kind = body[at++];
        if (kind is not (LogFormat.NumbersBlock or LogFormat.PayloadBlock)) return false;
        HasPayload = kind == LogFormat.PayloadBlock;
        if (!TryReadCount(body, ref at, LogFormat.MaxBlockPoints, out _points)) return false;
        if (!TryReadCount(body, ref at, _points, out int runs)) return false;
        Runs = runs;
        if (!TryReadRuns(body, ref at)) return false;
        if (!TryReadPage(body, ref at, out ReadOnlySpan<byte> page)) return false;
        if (!TimestampCodec.TryDecode(page, _timestamps.AsSpan(0, _points))) return false;
        if (!TryReadPage(body, ref at, out page)) return false;
        return HasPayload ? TryDecodePayload(page) : ValueCodec.TryDecode(page, _values.AsSpan(0, _points));
    }

    private static bool TryReadCount(ReadOnlySpan<byte> body, ref int at, int max, out int count)
    {
        bool read = Varint.TryRead(body, ref at, out ulong value) && value >= 1 && value <= (uint)max;
        count = read ? (int)value : 0;
        return read;
    }

    private static bool TryReadPage(ReadOnlySpan<byte> body, ref int at, out ReadOnlySpan<byte> page)
    {
        page = default;
        if (!Varint.TryRead(body, ref at, out ulong length) || length > (uint)(body.Length - at)) return false;
        page = body.Slice(at, (int)length);
        at += (int)length;
        return true;
    }

    private bool TryReadRuns(ReadOnlySpan<byte> body, ref int at)
    {
        Span<long> references = _references.AsSpan(0, Runs), counts = _counts.AsSpan(0, Runs);
        if (Runs == 1)
        {
            counts[0] = _points;
            bool read = Varint.TryRead(body, ref at, out ulong reference) && reference <= int.MaxValue;
            references[0] = (long)reference;
            return read;
        }
        if (!TryReadPage(body, ref at, out ReadOnlySpan<byte> page)) return false;
        if (!TimestampCodec.TryDecode(page, references)) return false;
        foreach (long reference in references)
            if (reference is < 0 or > int.MaxValue) return false;
        if (Runs == _points)
        {
            counts.Fill(1);
            return true;
        }
        if (!TryReadPage(body, ref at, out page) || !TimestampCodec.TryDecode(page, counts)) return false;
        long left = _points;
        foreach (long count in counts)
        {
            if (count < 1 || count > left) return false;
            left -= count;
        }
        return left == 0;
    }

    private bool TryDecodePayload(ReadOnlySpan<byte> page)
    {
        if (!BytesCodec.TryGetSizes(page, out _payloadLength, out int scratch)) return false;
        if (_payload.Length < _payloadLength) _payload = new byte[_payloadLength];
        if (_scratch.Length < scratch) _scratch = new byte[scratch];
        return BytesCodec.TryDecode(page, _values.AsSpan(0, _points), _payload, _scratch);
    }
}
