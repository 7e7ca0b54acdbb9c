using Slungd.Engine.PromQL.Evaluation;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>Maps floats, leaves histograms out, drops names.</summary>
/// <param name="context">The query.</param>
/// <param name="function">Of the float and the step.</param>
/// <param name="to">Where results go.</param>
internal sealed class FloatSink(QueryContext context, FloatStepFunction function, ColumnSink to) : ColumnSink
{
    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        bool mixed = column.Histograms is not null;
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
        {
            if (mixed && column.HistogramAt(step) is not null) column.Remove(step);
            else column.Values[step] = function(column.Values[step], step);
        }
        if (column.IsEmpty) return;
        LabelSet kept = NameDrop.From(labels, context, ref dropName);
        to.Accept(kept, dropName, column);
    }
}

/// <summary>A function of one float at a step.</summary>
internal delegate double FloatStepFunction(double value, int step);
