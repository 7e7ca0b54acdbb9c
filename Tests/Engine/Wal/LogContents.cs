using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Series;
using Slungd.Engine.Wal;
using Xunit;

namespace Slungd.Tests.Engine.Wal;

/// <summary>What a replay gave, in the order it came: the last point of a timestamp stands.</summary>
internal sealed class LogContents : ILogTarget
{
    private readonly List<string> _names = [];
    private readonly List<ValueFamily> _families = [];

    /// <summary>By series name and timestamp, the value as text.</summary>
    public SortedDictionary<string, SortedDictionary<long, string>> Points { get; } = new(StringComparer.Ordinal);

    public List<ulong> Generations { get; } = [];

    public void BeginGeneration(ulong generation)
    {
        if (Generations.Count == 0 || Generations[^1] != generation) Generations.Add(generation);
    }

    public SeriesId Define(ReadOnlySpan<byte> key, ValueFamily family)
    {
        if (!CanonicalKey.TryDecode(key, out SeriesKey? parts)) return SeriesId.None;
        int known = _names.IndexOf(parts!.Name);
        if (known >= 0) return _families[known] == family ? new SeriesId((uint)known) : SeriesId.None;
        _names.Add(parts.Name);
        _families.Add(family);
        return new SeriesId((uint)_names.Count - 1);
    }

    public void Append(SeriesId series, ReadOnlySpan<long> timestamps, ReadOnlySpan<ulong> values,
        ReadOnlySpan<byte> payload)
    {
        Assert.Equal(timestamps.Length, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            PayloadRef at = PayloadRef.FromBits(values[i]);
            string text = _families[(int)series.Value].HasPayload()
                ? Encoding.ASCII.GetString(payload.Slice((int)at.Offset, (int)at.Length)) : TextOf(values[i]);
            Put(_names[(int)series.Value], timestamps[i], text);
        }
    }

    public void Put(string name, long timestamp, string value)
    {
        if (!Points.TryGetValue(name, out SortedDictionary<long, string>? points)) Points.Add(name, points = []);
        points[timestamp] = value;
    }

    public string? Find(string name, long timestamp) => Points.GetValueOrDefault(name)?.GetValueOrDefault(timestamp);

    public int Count
    {
        get
        {
            int count = 0;
            foreach (SortedDictionary<long, string> points in Points.Values) count += points.Count;
            return count;
        }
    }

    public static string TextOf(ulong bits) => bits.ToString("x16", CultureInfo.InvariantCulture);

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach ((string name, SortedDictionary<long, string> points) in Points)
            foreach ((long timestamp, string value) in points)
                text.Append(CultureInfo.InvariantCulture, $"{name} {timestamp} {value}\n");
        return text.ToString();
    }
}
