using System;
using Slungd.Engine.Model;
using Slungd.Native.Checks;

namespace Slungd.Engine.Wal;

/// <summary>Short runs of many series on their way into one block: alone each would be mostly overhead.</summary>
internal sealed class RunPool
{
    public const int MaxPoints = 1024;

    /// <summary>Payload that makes a block large enough.</summary>
    private const int EnoughPayload = LogFormat.FrameBytes;

    private readonly long[] _references = new long[MaxPoints];
    private readonly long[] _counts = new long[MaxPoints];
    private readonly long[] _timestamps = new long[MaxPoints];
    private readonly ulong[] _values = new ulong[MaxPoints];
    private readonly ByteBuffer _payload = new(2 * EnoughPayload);
    private ValueFamily _family;
    private int _runs, _points;

    public int Points => _points;

    /// <summary>About what the block will take at most.</summary>
    public int Bytes => 2 * sizeof(long) * _points + _payload.Length;

    public bool IsFull => _points == MaxPoints || _payload.Length >= EnoughPayload;

    /// <summary>Starts a run of one point or more; those of a series come together.</summary>
    public void BeginRun(uint reference, ValueFamily family)
    {
        _family = family;
        _references[_runs] = reference;
        _counts[_runs++] = 0;
    }

    /// <summary>Adds a point to the run begun last; there is room, and more than one call needs no run of its own.
    /// </summary>
    public void Add(long timestamp, ulong value)
    {
        DebugCheck.That(_runs > 0 && _points < MaxPoints);
        _counts[_runs - 1]++;
        _timestamps[_points] = timestamp;
        _values[_points++] = value;
    }

    /// <summary>As above for a payload family.</summary>
    public void Add(long timestamp, ReadOnlySpan<byte> payload)
    {
        Add(timestamp, new PayloadRef((uint)_payload.Length, (uint)payload.Length).ToBits());
        _payload.Add(payload);
    }

    /// <summary>Puts everything into the frame and is empty then.</summary>
    public void Flush(FrameWriter frame)
    {
        if (_points == 0) return;
        ReadOnlySpan<long> references = _references.AsSpan(0, _runs), counts = _counts.AsSpan(0, _runs);
        ReadOnlySpan<long> timestamps = _timestamps.AsSpan(0, _points);
        ReadOnlySpan<ulong> values = _values.AsSpan(0, _points);
        if (_family.HasPayload()) frame.AddPayload(references, counts, timestamps, values, _payload.Written);
        else frame.AddNumbers(references, counts, timestamps, values, _family);
        Clear();
    }

    public void Clear()
    {
        _payload.Clear();
        _runs = _points = 0;
    }
}
