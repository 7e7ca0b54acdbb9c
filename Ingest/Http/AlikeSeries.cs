using System;
using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http;

/// <summary>Series that have the same labels in PromQL (see <see cref="SeriesLabels"/>): one series to whoever asks by
/// labels, and of points at one time the last series' counts.</summary>
/// <param name="Labels">Of each of them.</param>
/// <param name="Ids">At least one, see <see cref="SeriesView.SortAlike"/>.</param>
internal sealed record AlikeSeries(Label[] Labels, SeriesId[] Ids)
{
    /// <summary>The matching series with points in the range, by labels.</summary>
    public static List<AlikeSeries> Select(SeriesView view, SeriesSelector selector, TimeRange range)
    {
        List<SeriesId> ids = [];
        view.SelectWithPoints(selector, range, ids);
        List<AlikeSeries> series = new(ids.Count);
        foreach (SeriesId id in ids)
        {
            ValueFamily family = view.FamilyOf(id);
            if (family.IsNumeric() || family == ValueFamily.Histogram) series.Add(Of(view, id));
        }
        Merge(view, series);
        return series;
    }

    /// <summary>Which of very many series look alike, without the labels of all at once.</summary>
    /// <param name="view">The store.</param>
    /// <param name="series">All that are asked for, ascending.</param>
    /// <returns>By the first of them all that look alike; by the others of these none. Who looks like no other is not
    /// there.</returns>
    public static Dictionary<SeriesId, SeriesId[]> Find(SeriesView view, List<SeriesId> series)
    {
        Dictionary<SeriesId, SeriesId[]> found = [];
        ILabelSymbols? symbols = view.Symbols;
        if (symbols is not null && series.TrueForAll(symbols.IsPlain)) return found;
        int[] looks = new int[series.Count];
        SeriesId[] ids = [.. series];
        for (int i = 0; i < ids.Length; i++) looks[i] = LookOf(view.KeyOf(ids[i]).ToLabels());
        Array.Sort(looks, ids);
        for (int start = 0, end; start < ids.Length; start = end)
        {
            for (end = start + 1; end < ids.Length && looks[end] == looks[start]; end++) { }
            if (end == start + 1) continue;
            List<AlikeSeries> near = [.. Array.ConvertAll(ids[start..end], id => Of(view, id))];
            Merge(view, near);
            foreach (AlikeSeries alike in near)
            {
                if (alike.Ids.Length == 1) continue;
                SeriesId first = alike.Ids[0];
                foreach (SeriesId id in alike.Ids)
                {
                    found[id] = [];
                    if (id.Value < first.Value) first = id;
                }
                found[first] = alike.Ids;
            }
        }
        return found;
    }

    private static AlikeSeries Of(SeriesView view, SeriesId id) => new(view.KeyOf(id).ToLabels(), [id]);

    private static void Merge(SeriesView view, List<AlikeSeries> series)
    {
        series.Sort(static (a, b) => SeriesLabels.Compare(a.Labels, b.Labels));
        int kept = 0;
        for (int i = 1; i < series.Count; i++)
        {
            if (SeriesLabels.Compare(series[kept].Labels, series[i].Labels) != 0) series[++kept] = series[i];
            else series[kept] = series[kept] with { Ids = [.. series[kept].Ids, .. series[i].Ids] };
        }
        if (series.Count > 0) series.RemoveRange(kept + 1, series.Count - kept - 1);
        foreach (AlikeSeries alike in series)
            if (alike.Ids.Length > 1) view.SortAlike(alike.Ids);
    }

    private static int LookOf(Label[] labels)
    {
        HashCode look = default;
        foreach (Label label in labels) look.Add(label);
        return look.ToHashCode();
    }
}
