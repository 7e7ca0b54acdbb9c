using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;

namespace Slungd.Tests.Conformance;

/// <summary>Labels as tags. A stored series holds either floats or histograms; where PromQL's has both, the histograms
/// go to a second one that looks the same: it has one more tag, with an empty value, which is no label.</summary>
internal static class SeriesTags
{
    public static string[] Of(LabelSet labels, bool histograms)
    {
        List<string> tags = [];
        foreach (Label label in labels.Labels)
            if (label.Name != SeriesLabels.Name) tags.Add($"{label.Name}={label.Value}");
        if (histograms) tags.Add("__histogram__=");
        return [.. tags];
    }
}
