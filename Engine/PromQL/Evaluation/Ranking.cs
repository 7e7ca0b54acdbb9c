using System;
using System.Collections.Generic;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>topk and bottomk: at each step and in each group a heap of the best elements, the worst of them on top.
/// </summary>
internal sealed class Ranking(QueryContext context, Grouping grouping, AggregateExpr aggregate, double[] ks)
    : ColumnSink
{
    private readonly bool _top = aggregate.Op == TokenKind.Topk;
    private readonly Dictionary<LabelSet, PriorityQueue<(int Series, double Value), Rank>[]> _groups = [];
    private readonly List<(LabelSet Labels, bool DropName)> _series = [];

    // NaN is the worst, whichever way; of equals the later one is.
    private readonly record struct Rank(double Value, int Order, bool Top) : IComparable<Rank>
    {
        public int CompareTo(Rank other)
        {
            if (double.IsNaN(Value) || double.IsNaN(other.Value))
            {
                int nan = double.IsNaN(other.Value).CompareTo(double.IsNaN(Value));
                if (nan != 0) return nan;
            }
            else if (Value != other.Value)
            {
                return Top ? Value.CompareTo(other.Value) : other.Value.CompareTo(Value);
            }
            return other.Order.CompareTo(Order);
        }
    }

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        LabelSet key = grouping.Of(labels);
        if (!_groups.TryGetValue(key, out PriorityQueue<(int, double), Rank>[]? heaps))
        {
            heaps = new PriorityQueue<(int, double), Rank>[ks.Length];
            for (int i = 0; i < heaps.Length; i++) heaps[i] = new PriorityQueue<(int, double), Rank>();
            _groups.Add(key, heaps);
        }
        int series = _series.Count;
        _series.Add((labels, dropName));
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
        {
            if (column.HistogramAt(step) is not null)
            {
                if (ks[step] >= 1)
                    context.Annotations.HistogramIgnoredInAggregation(aggregate.Op.Text(), aggregate.Position);
                continue;
            }
            double value = column.Values[step];
            Rank rank = new(value, series, _top);
            PriorityQueue<(int, double), Rank> heap = heaps[step];
            if (heap.Count < Math.Truncate(ks[step]))
            {
                context.Reserve(2);
                heap.Enqueue((series, value), rank);
            }
            else if (ks[step] >= 1)
            {
                heap.EnqueueDequeue((series, value), rank);
            }
        }
    }

    /// <summary>Hands the winners on: of one step best first, else by series.</summary>
    public void Emit(ColumnSink to)
    {
        StepColumn column = new(ks.Length);
        foreach (PriorityQueue<(int Series, double Value), Rank>[] heaps in _groups.Values)
        {
            Dictionary<int, List<(int Step, double Value)>> winners = [];
            List<int> order = [];
            for (int step = 0; step < heaps.Length; step++)
            {
                while (heaps[step].TryDequeue(out (int Series, double Value) element, out _))
                {
                    if (!winners.TryGetValue(element.Series, out List<(int, double)>? values))
                    {
                        winners.Add(element.Series, values = []);
                        order.Add(element.Series);
                    }
                    values.Add((step, element.Value));
                }
            }
            order.Reverse();
            foreach (int series in order)
            {
                column.Clear();
                foreach ((int step, double value) in winners[series]) column.Set(step, value);
                to.Accept(_series[series].Labels, _series[series].DropName, column);
            }
        }
    }
}
