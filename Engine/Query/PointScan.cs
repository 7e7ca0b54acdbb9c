using System;
using System.Collections.Generic;
using System.IO;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Reads all points of the series that a selector means, series by series and page by page: the raw select of
/// an embedder, and what exports stream. Between pages nothing is held, so a scan may take days; it goes on from a <see
/// cref="ScanPosition"/>, in the same object or another one. Points written behind the position meanwhile are not seen,
/// those written in front of it are; of each series no point is skipped or repeated. Points come as they are stored,
/// stale markers and all.
/// <code>
/// var scan = new PointScan(reader, selector, range);
/// var page = new PointPage();
/// do scan.Read(page, 10_000, page.Next); while (page.Next is not null);
/// </code></summary>
internal sealed class PointScan(ISeriesReader reader, SeriesSelector selector, TimeRange range)
{
    /// <summary>A page ends when its texts and bytes are so many, or one point later.</summary>
    private const int EnoughPayload = 16 * 1024 * 1024;

    private const int MaxAttempts = 8;

    private List<SeriesId>? _series; // ascending, as of the first page

    /// <summary>Reads one page.</summary>
    /// <param name="into">Receives the points; empty at the end.</param>
    /// <param name="limit">Points of the page at most; above 0.</param>
    /// <param name="from">The <see cref="PointPage.Next"/> of the page before; null: from the start.</param>
    /// <exception cref="IOException">The disk is failing.</exception>
    public void Read(PointPage into, int limit, ScanPosition? from = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(limit, 1);
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                using SeriesView view = reader.OpenView();
                ReadOnce(view, into, limit, from);
                return;
            }
            catch (IOException) when (attempt < MaxAttempts)
            {
                // A corrupt file was found, reported and put aside by the store: a new view answers without it.
            }
        }
    }

    private void ReadOnce(SeriesView view, PointPage into, int limit, ScanPosition? from)
    {
        into.Clear();
        if (_series is null)
        {
            _series = [];
            view.Select(selector, range, _series);
        }
        int index = from is { } start ? IndexOf(start.Series) : 0;
        SeriesCursor? cursor = null;
        for (; index < _series.Count; index++)
        {
            SeriesId series = _series[index];
            bool isResumed = from is { } at && at.Series == series;
            TimeRange rest = isResumed ? range with { Start = Math.Max(range.Start, from!.Value.Timestamp) } : range;
            cursor = view.Open(series, rest, acceptSummaries: false, cursor);
            if (!TryAdd(series, cursor, into, limit)) break;
        }
        cursor?.Dispose();
    }

    /// <summary>False when the page was full before the series was through.</summary>
    private static bool TryAdd(SeriesId series, SeriesCursor cursor, PointPage into, int limit)
    {
        while (cursor.MoveNext())
        {
            ReadOnlySpan<long> timestamps = cursor.Timestamps;
            bool isPayload = cursor.Family.HasPayload();
            for (int added = 0; added < timestamps.Length;)
            {
                if (into.Count == limit || into.PayloadBytes >= EnoughPayload)
                {
                    into.Next = new ScanPosition(series, timestamps[added]);
                    return false;
                }
                int count = isPayload ? 1 : Math.Min(limit - into.Count, timestamps.Length - added);
                into.Add(series, cursor, added, count);
                added += count;
            }
        }
        return true;
    }

    private int IndexOf(SeriesId series)
    {
        int index = _series!.BinarySearch(series, s_byId);
        return index < 0 ? ~index : index;
    }

    private static readonly Comparer<SeriesId> s_byId =
        Comparer<SeriesId>.Create(static (a, b) => a.Value.CompareTo(b.Value));
}
