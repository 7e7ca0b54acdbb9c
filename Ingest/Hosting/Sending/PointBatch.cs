using System;

namespace Slungd.Ingest.Hosting.Sending;

/// <summary>One ROWS message with the line that each of its points came from. Kept until it is acknowledged, so that it
/// can be sent again.</summary>
internal sealed class PointBatch
{
    public const int MaxPoints = 2_048;
    private const int MaxBytes = 256 * 1024;
    private const byte RowsKind = 0x01;

    private readonly long[] _lines = new long[MaxPoints]; // negative: the daemon has refused the point
    private byte[] _message = new byte[64 * 1024];
    private int _length;

    /// <summary>The first point's number on the current connection.</summary>
    public long First { get; set; }

    public int Count { get; private set; }

    /// <summary>How many points at the front are acknowledged.</summary>
    public int Acked { get; private set; }

    /// <summary>The file that the lines are in.</summary>
    public string Source { get; private set; } = "";

    /// <summary>The message as it goes on the wire.</summary>
    public ReadOnlySpan<byte> Message => _message.AsSpan(0, _length);

    public bool IsFull => Count == MaxPoints || _length >= MaxBytes;

    public void Clear(string source)
    {
        _message[0] = RowsKind;
        _length = 1;
        Count = Acked = 0;
        Source = source;
    }

    /// <summary>Notes that the daemon has refused a point; false when it was noted before.</summary>
    public bool TryRefuse(int point, out long line)
    {
        line = _lines[point];
        _lines[point] = -Math.Abs(line);
        return line > 0;
    }

    /// <summary>Notes that the daemon has answered for all points before <paramref name="point"/>.</summary>
    /// <returns>How many of the new ones it kept.</returns>
    public int AckUpTo(int point)
    {
        int kept = 0;
        for (; Acked < point; Acked++)
            if (_lines[Acked] > 0) kept++;
        return kept;
    }

    public void Add(PointBuilder point, long line)
    {
        int needed = _length + point.Length;
        if (needed > _message.Length) Array.Resize(ref _message, Math.Max(needed, _message.Length * 2));
        point.WriteTo(_message.AsSpan(_length));
        _length = needed;
        _lines[Count++] = line;
    }

    /// <summary>Drops the points that are acknowledged.</summary>
    public void RemoveAcked()
    {
        int cut = 1;
        for (int i = 0; i < Acked; i++) cut += PointBuilder.LengthOf(Message[cut..]);
        _message.AsSpan(cut, _length - cut).CopyTo(_message.AsSpan(1));
        _length -= cut - 1;
        Count -= Acked;
        Array.Copy(_lines, Acked, _lines, 0, Count);
        Acked = 0;
    }
}
