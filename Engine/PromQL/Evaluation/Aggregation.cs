using System;
using System.Collections.Generic;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>sum, avg, min, max, count, group, stddev, stdvar and quantile: series flow in and only the groups'
/// running values are kept.</summary>
internal sealed class Aggregation(QueryContext context, Grouping grouping, AggregateExpr aggregate, double[] quantiles,
    int steps) : ColumnSink
{
    private readonly Dictionary<LabelSet, AggregateGroup> _byLabels = [];
    private readonly List<AggregateGroup> _groups = [];

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        LabelSet key = grouping.Of(labels);
        if (!_byLabels.TryGetValue(key, out AggregateGroup? group))
        {
            context.Reserve(steps * 3);
            group = new AggregateGroup(key, aggregate, steps, context.Annotations);
            _byLabels.Add(key, group);
            _groups.Add(group);
        }
        group.DropName |= dropName;
        group.Add(labels, column);
    }

    public void Emit(ColumnSink to)
    {
        StepColumn column = new(steps);
        foreach (AggregateGroup group in _groups)
        {
            column.Clear();
            group.Finish(column, quantiles);
            if (!column.IsEmpty) to.Accept(group.Labels, group.DropName, column);
        }
    }
}
