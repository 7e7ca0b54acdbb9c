using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Native.Bits;

namespace Slungd.Tests.Engine.Store;

/// <summary>All points of a store as text: what was written, or what is read.</summary>
internal sealed class StorePoints
{
    private readonly SortedDictionary<string, (ValueFamily Family, SortedDictionary<long, string> Points)> _series =
        new(StringComparer.Ordinal);

    public int Count { get; private set; }

    public static string TextOf(ulong bits) => bits.ToString("x16", CultureInfo.InvariantCulture);

    public static string TextOf(ReadOnlySpan<byte> payload) => "'" + Convert.ToHexStringLower(payload);

    public static string NameOf(SeriesKey key) => $"{key.Name} [{string.Join(", ", key.Tags)}]";

    /// <summary>Everything that a view shows.</summary>
    public static StorePoints Of(SeriesView view)
    {
        var points = new StorePoints();
        var ids = new List<SeriesId>();
        view.Select(SeriesSelector.All, TimeRange.All, ids);
        foreach (SeriesId id in ids)
        {
            string name = NameOf(view.KeyOf(id));
            using SeriesCursor cursor = view.Open(id, TimeRange.All, acceptSummaries: false);
            while (cursor.MoveNext())
            {
                for (int i = 0; i < cursor.Timestamps.Length; i++)
                {
                    string text = cursor.Family.HasPayload() ? TextOf(cursor.PayloadAt(i)) : TextOf(cursor.Values[i]);
                    points.Add(name, cursor.Family, cursor.Timestamps[i], text);
                }
            }
        }
        return points;
    }

    public void Add(string key, ValueFamily family, long timestamp, string value)
    {
        if (!_series.TryGetValue(key, out var series)) _series.Add(key, series = (family, []));
        if (series.Points.TryAdd(timestamp, value)) Count++;
        else series.Points[timestamp] = value;
    }

    public void Remove(string key, long first, long last)
    {
        SortedDictionary<long, string> points = _series[key].Points;
        foreach (long timestamp in new List<long>(points.Keys))
            if (timestamp >= first && timestamp <= last && points.Remove(timestamp)) Count--;
    }

    /// <summary>A point that the other one has not, or has with another value or family; null when there is none.
    /// </summary>
    public string? FirstNotIn(StorePoints other)
    {
        foreach ((string key, (ValueFamily family, SortedDictionary<long, string> points)) in _series)
        {
            bool isKnown = other._series.TryGetValue(key, out var series) && series.Family == family;
            foreach ((long timestamp, string value) in points)
            {
                if (isKnown && series.Points.TryGetValue(timestamp, out string? found) && found == value) continue;
                return $"{key} {family} at {timestamp}: {value}";
            }
        }
        return null;
    }

    /// <summary>How many points a series has; 0 when it is unknown.</summary>
    public int CountOf(string key) => _series.TryGetValue(key, out var series) ? series.Points.Count : 0;

    /// <summary>A line for each series: key, family, points, first and last timestamp, a checksum of everything.
    /// </summary>
    public string Digest()
    {
        var text = new StringBuilder();
        foreach ((string key, (ValueFamily family, SortedDictionary<long, string> points)) in _series)
        {
            var all = new StringBuilder();
            (long first, long last) = (long.MaxValue, long.MinValue);
            foreach ((long timestamp, string value) in points)
            {
                all.Append(CultureInfo.InvariantCulture, $"{timestamp} {value}\n");
                (first, last) = (Math.Min(first, timestamp), Math.Max(last, timestamp));
            }
            uint checksum = Crc32C.Of(Encoding.ASCII.GetBytes(all.ToString()));
            text.Append(CultureInfo.InvariantCulture,
                $"{key} {family}: {points.Count} points from {first} to {last}, crc32c {checksum:x8}\n");
        }
        return text.ToString();
    }
}
