using System;
using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Finds the series of a selector. Matchers are answered by the store's postings.</summary>
internal static class SeriesFinder
{
    /// <summary>The matching series that PromQL can read, in the order of their creation; a few may have no samples in
    /// the range.</summary>
    public static List<SelectedSeries> Find(QueryContext context, ReadOnlySpan<LabelMatcher> matchers, TimeRange range)
    {
        long began = context.BeginPreparing();
        List<SeriesId> ids = [];
        SeriesSelector selector = SeriesSelector.Of(matchers) with { Look = context.Look };
        if (!range.IsEmpty) context.View.Select(selector, range, ids);
        context.CheckSeries(ids.Count);
        List<SelectedSeries> found = new(ids.Count);
        bool alike = false;
        SymbolLabels? symbols = context.SymbolsNow();
        foreach (SeriesId id in ids)
        {
            ValueFamily family = context.View.FamilyOf(id);
            if (!family.IsNumeric() && family != ValueFamily.Histogram) continue;
            bool mayLookAlike = false;
            LabelSet labels = symbols is not null && symbols.Know(id) ? LabelSet.Of(symbols, id)
                : context.Labels.Read(context.View.KeyOf(id), out mayLookAlike);
            alike |= mayLookAlike;
            found.Add(new SelectedSeries(labels, id, null));
            context.Read(0);
        }
        if (alike) found = Merge(context.View, found);
        context.EndPreparing(began);
        return found;
    }

    private static List<SelectedSeries> Merge(SeriesView view, List<SelectedSeries> found)
    {
        Dictionary<LabelSet, int> places = [];
        List<SelectedSeries> merged = new(found.Count);
        foreach (SelectedSeries series in found)
        {
            if (places.TryAdd(series.Labels, merged.Count))
            {
                merged.Add(series);
                continue;
            }
            int at = places[series.Labels];
            merged[at] = merged[at] with { Others = [.. merged[at].Others ?? [], series.Id] };
        }
        for (int i = 0; i < merged.Count; i++)
        {
            if (merged[i].Others is not { } others) continue;
            SeriesId[] ids = [merged[i].Id, .. others];
            view.SortAlike(ids);
            merged[i] = merged[i] with { Id = ids[0], Others = ids[1..] };
        }
        return merged;
    }
}
