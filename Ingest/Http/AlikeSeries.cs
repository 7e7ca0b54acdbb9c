using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Http;

/// <summary>Series that have the same labels in PromQL (see <see cref="SeriesLabels"/>): one series to whoever asks by
/// labels, and of points at one time the last series' counts.</summary>
/// <param name="Labels">Of each of them.</param>
/// <param name="Ids">Ascending, at least one.</param>
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
            if (family.IsNumeric() || family == ValueFamily.Histogram)
                series.Add(new AlikeSeries(view.KeyOf(id).ToLabels(), [id]));
        }
        series.Sort(static (a, b) =>
        {
            int order = SeriesLabels.Compare(a.Labels, b.Labels);
            return order != 0 ? order : a.Ids[0].Value.CompareTo(b.Ids[0].Value);
        });
        int kept = 0;
        for (int i = 1; i < series.Count; i++)
        {
            if (SeriesLabels.Compare(series[kept].Labels, series[i].Labels) != 0) series[++kept] = series[i];
            else series[kept] = series[kept] with { Ids = [.. series[kept].Ids, .. series[i].Ids] };
        }
        if (series.Count > 0) series.RemoveRange(kept + 1, series.Count - kept - 1);
        return series;
    }
}
