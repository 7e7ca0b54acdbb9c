using System;
using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Tests.Fuzz;

/// <summary>A sink that takes everything and remembers it in order.</summary>
internal sealed class PlainSink : IEventSink
{
    private readonly List<string> _keys = [];
    private ulong _commits;

    /// <summary>Each point as key, timestamp and bits.</summary>
    public List<string> Points { get; } = [];

    public SinkState State => SinkState.Ready;

    public string? StateReason => null;

    public Precision Precision => Precision.Microseconds;

    public ulong KeptThrough => _commits;

    /// <summary>How a point is remembered.</summary>
    public static string Show(ReadOnlySpan<byte> key, long timestamp, ulong bits) =>
        $"{Convert.ToHexString(key)} {timestamp} {bits:x}";

    public RefusalCode Resolve(ReadOnlySpan<byte> wireKey, ValueFamily family, out SeriesId series)
    {
        series = new SeriesId((uint)_keys.Count);
        _keys.Add(Convert.ToHexString(wireKey));
        return RefusalCode.None;
    }

    public ulong AppendRows(ulong producer, ReadOnlySpan<EventRow> rows, ReadOnlySpan<byte> payload,
        RefusalLog refusals)
    {
        foreach (EventRow row in rows) Add(row.Series, row.Timestamp, row.Bits);
        return ++_commits;
    }

    public ulong AppendColumn(ulong producer, SeriesId series, ValueFamily family, ReadOnlySpan<long> timestamps,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        for (int i = 0; i < values.Length; i++) Add(series, timestamps[i], values[i]);
        return ++_commits;
    }

    public ulong AppendRegular(ulong producer, SeriesId series, ValueFamily family, long start, long step,
        ReadOnlySpan<ulong> values, RefusalLog refusals)
    {
        for (int i = 0; i < values.Length; i++) Add(series, checked(start + step * i), values[i]);
        return ++_commits;
    }

    public void OnKept(Action callback)
    {
    }

    private void Add(SeriesId series, long timestamp, ulong bits) =>
        Points.Add($"{_keys[(int)series.Value]} {timestamp} {bits:x}");
}
