using System;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>One page of a <see cref="PointScan"/>, as columns. Reused from page to page.</summary>
internal sealed class PointPage
{
    private PointRun[] _runs = new PointRun[16];
    private long[] _timestamps = [];
    private ulong[] _values = [];
    private byte[] _payload = [];
    private int _runCount;

    /// <summary>Whose points the columns hold, series by series; each ascending in time.</summary>
    public ReadOnlySpan<PointRun> Runs => _runs.AsSpan(0, _runCount);

    /// <summary>Points of all runs.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of texts, bytes and histograms.</summary>
    public int PayloadBytes { get; private set; }

    /// <summary>Where the next page begins; null when this is the last one.</summary>
    public ScanPosition? Next { get; internal set; }

    public ReadOnlySpan<long> Timestamps => _timestamps.AsSpan(0, Count);

    /// <summary>The values' bits; of payload families see <see cref="PayloadAt"/>.</summary>
    public ReadOnlySpan<ulong> Values => _values.AsSpan(0, Count);

    /// <summary>The bytes of a point of a payload family, by its index in the columns.</summary>
    public ReadOnlySpan<byte> PayloadAt(int index)
    {
        PayloadRef at = PayloadRef.FromBits(Values[index]);
        return _payload.AsSpan((int)at.Offset, (int)at.Length);
    }

    internal void Clear()
    {
        _runCount = Count = PayloadBytes = 0;
        Next = null;
    }

    /// <summary>Adds a block's points from <paramref name="first"/> on.</summary>
    internal void Add(SeriesId series, SeriesCursor cursor, int first, int count)
    {
        ReserveRun(series, cursor.Family, count);
        cursor.Timestamps.Slice(first, count).CopyTo(_timestamps.AsSpan(Count));
        if (!cursor.Family.HasPayload())
        {
            cursor.Values.Slice(first, count).CopyTo(_values.AsSpan(Count));
            Count += count;
            return;
        }
        for (int i = first; i < first + count; i++)
        {
            ReadOnlySpan<byte> value = cursor.PayloadAt(i);
            if (_payload.Length - PayloadBytes < value.Length)
                Array.Resize(ref _payload, Math.Max(PayloadBytes + value.Length, _payload.Length * 2));
            value.CopyTo(_payload.AsSpan(PayloadBytes));
            _values[Count++] = new PayloadRef((uint)PayloadBytes, (uint)value.Length).ToBits();
            PayloadBytes += value.Length;
        }
    }

    private void ReserveRun(SeriesId series, ValueFamily family, int count)
    {
        if (_timestamps.Length - Count < count)
        {
            int length = Math.Max(Count + count, Math.Max(64, _timestamps.Length * 2));
            Array.Resize(ref _timestamps, length);
            Array.Resize(ref _values, length);
        }
        if (_runCount > 0 && _runs[_runCount - 1].Series == series)
        {
            ref PointRun last = ref _runs[_runCount - 1];
            last = last with { Count = last.Count + count };
            return;
        }
        if (_runCount == _runs.Length) Array.Resize(ref _runs, _runCount * 2);
        _runs[_runCount++] = new PointRun(series, family, Count, count);
    }
}
