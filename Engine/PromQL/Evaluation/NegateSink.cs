using Slungd.Engine.PromQL.Histograms;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Unary minus.</summary>
internal sealed class NegateSink(QueryContext context, ColumnSink to) : ColumnSink
{
    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        foreach (ref double value in System.MemoryExtensions.AsSpan(column.Values)) value = -value;
        for (int i = column.Histograms is null ? -1 : column.Next(0); i >= 0; i = column.Next(i + 1))
            if (column.HistogramAt(i) is { } histogram) column.Set(i, histogram.Copy().Multiply(-1));
        LabelSet kept = NameDrop.From(labels, context, ref dropName);
        to.Accept(kept, dropName, column);
    }
}
