using System.Collections.Generic;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>limitk: the first k elements of each group at each step, in the order of the store.</summary>
internal sealed class LimitSink(Grouping grouping, double[] ks, ColumnSink to) : ColumnSink
{
    private readonly Dictionary<LabelSet, int[]> _taken = [];

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        LabelSet key = grouping.Of(labels);
        if (!_taken.TryGetValue(key, out int[]? taken)) _taken.Add(key, taken = new int[ks.Length]);
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
        {
            if (taken[step] + 1 <= ks[step]) taken[step]++;
            else column.Remove(step);
        }
        if (!column.IsEmpty) to.Accept(labels, dropName, column);
    }
}
