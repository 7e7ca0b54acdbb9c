using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>The labels of what absent() misses: those that a selector's matchers tell for certain.</summary>
internal static class AbsentLabels
{
    public static LabelSet Of(Expr expr)
    {
        VectorSelector? selector = expr as VectorSelector ?? (expr as MatrixSelector)?.Selector;
        LabelSet labels = LabelSet.Empty;
        HashSet<string> seen = [];
        foreach (LabelMatcher matcher in selector?.Matchers ?? [])
        {
            if (matcher.Name == SeriesLabels.Name) continue;
            bool certain = matcher.Op == LabelMatchOp.Equal && seen.Add(matcher.Name);
            labels = labels.With(matcher.Name, certain ? matcher.Value : "");
        }
        return labels;
    }
}
