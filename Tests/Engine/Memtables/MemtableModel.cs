using System;
using System.Collections.Generic;
using Slungd.Engine.Memtables;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.Engine.Memtables;

/// <summary>The reference: what a memtable must hold, kept in the plainest way.</summary>
internal sealed class MemtableModel
{
    private readonly SortedDictionary<uint, SortedDictionary<long, ulong>> _series = [];

    public long Points { get; private set; }

    public IEnumerable<uint> Series => _series.Keys;

    public void Put(uint series, long timestamp, ulong bits)
    {
        if (!_series.TryGetValue(series, out SortedDictionary<long, ulong>? points)) _series[series] = points = [];
        points[timestamp] = bits;
        Points++;
    }

    public long Stored(uint series) => _series.TryGetValue(series, out var points) ? points.Count : 0;

    public List<(long, ulong)> Range(uint series, TimeRange range)
    {
        var found = new List<(long, ulong)>();
        if (!_series.TryGetValue(series, out var points)) return found;
        foreach ((long timestamp, ulong bits) in points)
            if (range.Contains(timestamp)) found.Add((timestamp, bits));
        return found;
    }

    /// <summary>Reads a list point by point and checks its shape on the way.</summary>
    public static List<(long, ulong)> Read(BlockList list)
    {
        var points = new List<(long, ulong)>();
        for (int i = 0; i < list.Count; i++)
        {
            ReadOnlySpan<long> timestamps = list.Timestamps(i);
            ReadOnlySpan<ulong> values = list.Values(i);
            Assert.Equal(timestamps.Length, values.Length);
            Assert.False(timestamps.IsEmpty);
            for (int k = 0; k < timestamps.Length; k++)
            {
                if (points.Count > 0) Assert.True(timestamps[k] > points[^1].Item1);
                points.Add((timestamps[k], values[k]));
            }
        }
        return points;
    }
}
