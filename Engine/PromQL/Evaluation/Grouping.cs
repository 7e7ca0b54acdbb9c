using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>The groups of an aggregation.</summary>
internal sealed class Grouping
{
    private readonly string[] _labels;
    private readonly bool _without;

    public Grouping(AggregateExpr aggregate)
    {
        _without = aggregate.Without;
        _labels = _without ? [.. aggregate.Grouping, SeriesLabels.Name] : aggregate.Grouping;
    }

    /// <summary>The labels of a series' group.</summary>
    public LabelSet Of(LabelSet labels) => _without ? labels.Without(_labels)
        : _labels.Length == 0 ? LabelSet.Empty : labels.Only(_labels);
}
