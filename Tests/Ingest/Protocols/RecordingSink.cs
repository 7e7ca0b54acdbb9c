using System;
using System.Collections.Generic;
using System.Globalization;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.SlungV2;

namespace Slungd.Tests.Ingest.Protocols;

/// <summary>A sink and an outlet for replies that write down, in order, what reaches them: points as "series t=v",
/// replies as "error first+count code". Timestamps below zero are refused as too old, wire keys that hold an 'X' as
/// beyond the limit.</summary>
internal sealed class RecordingSink : IEventSink, IReplies
{
    private readonly Dictionary<string, uint> _series = [];
    private ulong _commits;

    public List<string> Points { get; } = [];

    public List<string> Errors { get; } = [];

    public SinkState State => SinkState.Ready;

    public string? StateReason => null;

    public Precision Precision => Precision.Microseconds;

    public ulong KeptThrough => _commits;

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series)
    {
        series = SeriesId.None;
        if (wireKey.Contains((byte)'X')) return RefusalCode.SeriesLimit;
        string key = Convert.ToHexString(wireKey);
        if (!_series.TryGetValue(key, out uint id)) _series[key] = id = (uint)_series.Count;
        series = new SeriesId(id);
        return RefusalCode.None;
    }

    public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        RefusalLog refusals)
    {
        for (int i = 0; i < rows.Length; i++) Take(i, rows[i].Series, rows[i].Timestamp, rows[i].Bits, refusals);
        return ++_commits;
    }

    public ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        for (int i = 0; i < values.Length; i++) Take(i, series, timestamps[i], values[i], refusals);
        return ++_commits;
    }

    public ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        for (int i = 0; i < values.Length; i++) Take(i, series, start + step * i, values[i], refusals);
        return ++_commits;
    }

    public void OnKept(Action callback)
    {
        // Every commit is kept when its call returns.
    }

    public void Error(ulong first, uint count, RefusalCode code, ReadOnlySpan<byte> text) =>
        Errors.Add($"error {first}+{count} {code}");

    private void Take(int index, SeriesId series, long timestamp, ulong bits, RefusalLog refusals)
    {
        if (timestamp < 0) refusals.Add(index, 1, RefusalCode.TooOld);
        else Points.Add(string.Create(CultureInfo.InvariantCulture, $"{series.Value} {timestamp}={bits:x}"));
    }
}
