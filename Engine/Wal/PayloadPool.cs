using System;
using Slungd.Engine.Model;
using Slungd.Native.Checks;

namespace Slungd.Engine.Wal;

/// <summary>Values of payload families, of any series, on their way into one block.</summary>
internal sealed class PayloadPool
{
    private const int MaxPoints = 1024;

    /// <summary>Payload that makes a block large enough.</summary>
    private const int EnoughPayload = LogFormat.FrameBytes;

    private readonly long[] _references = new long[MaxPoints];
    private readonly long[] _counts = new long[MaxPoints];
    private readonly long[] _timestamps = new long[MaxPoints];
    private readonly ulong[] _values = new ulong[MaxPoints];
    private readonly ByteBuffer _payload = new(2 * EnoughPayload);
    private int _runs, _points;

    /// <summary>About what the block will take at most.</summary>
    public int Bytes => 2 * sizeof(long) * _points + _payload.Length;

    public bool IsFull => _points == MaxPoints || _payload.Length >= EnoughPayload;

    /// <summary>Starts a run of one point or more; those of a series come together.</summary>
    public void BeginRun(uint reference)
    {
        _references[_runs] = reference;
        _counts[_runs++] = 0;
    }

    /// <summary>Adds a point to the run begun last; there is room.</summary>
    public void Add(long timestamp, ReadOnlySpan<byte> payload)
    {
        DebugCheck.That(_runs > 0 && _points < MaxPoints);
        _counts[_runs - 1]++;
        _timestamps[_points] = timestamp;
        _values[_points++] = new PayloadRef((uint)_payload.Length, (uint)payload.Length).ToBits();
        _payload.Add(payload);
    }

    /// <summary>Puts everything into the frame and is empty then.</summary>
    public void Flush(FrameWriter frame)
    {
        if (_points == 0) return;
        frame.AddPayload(_references.AsSpan(0, _runs), _counts.AsSpan(0, _runs), _timestamps.AsSpan(0, _points),
            _values.AsSpan(0, _points), _payload.Written);
        Clear();
    }

    public void Clear()
    {
        _payload.Clear();
        _runs = _points = 0;
    }
}
