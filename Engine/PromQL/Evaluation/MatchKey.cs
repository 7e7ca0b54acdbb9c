using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>The labels by which elements of two vectors find each other.</summary>
internal sealed class MatchKey(VectorMatching matching)
{
    private readonly string[] _ignored = [SeriesLabels.Name, .. matching.Labels];

    public LabelSet Of(LabelSet labels) => matching.On ? labels.Only(matching.Labels) : labels.Without(_ignored);
}
