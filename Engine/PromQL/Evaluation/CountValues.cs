using System.Collections.Generic;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>count_values: a series for every value that occurs, with the value as a label, unless that is among those
/// grouped without.</summary>
internal sealed class CountValues(QueryContext context, Grouping grouping, bool without, string label, int steps)
    : ColumnSink
{
    private readonly Dictionary<LabelSet, StepColumn> _counts = [];
    private readonly List<LabelSet> _order = [];

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
        {
            string value = column.HistogramAt(step)?.ToString() ?? NumberText.Format(column.Values[step]);
            LabelSet group = grouping.Of(labels.With(label, value));
            if (!without) group = group.With(label, value);
            if (!_counts.TryGetValue(group, out StepColumn? counts))
            {
                context.Reserve(steps);
                _counts.Add(group, counts = new StepColumn(steps));
                _order.Add(group);
            }
            counts.Set(step, counts.Has(step) ? counts.Values[step] + 1 : 1);
        }
    }

    public void Emit(ColumnSink to)
    {
        foreach (LabelSet group in _order) to.Accept(group, false, _counts[group]);
    }
}
