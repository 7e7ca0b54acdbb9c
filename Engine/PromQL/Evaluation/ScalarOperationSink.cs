using System;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>An operator between a vector and a scalar.</summary>
/// <param name="context">The query.</param>
/// <param name="binary">The expression.</param>
/// <param name="scalars">The scalar at each step.</param>
/// <param name="scalarLeft">The scalar is the left side.</param>
/// <param name="to">Where results go.</param>
internal sealed class ScalarOperationSink(QueryContext context, BinaryExpr binary, double[] scalars, bool scalarLeft,
    ColumnSink to) : ColumnSink
{
    private readonly ElementOperation _operation = new(context, binary);
    private readonly bool _comparison = binary.Op.IsComparison();

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        if (column.Histograms is null) ApplyToFloats(column);
        else ApplyToAny(column);
        if (column.IsEmpty) return;
        LabelSet kept = !_comparison || binary.ReturnBool ? NameDrop.From(labels, context, ref dropName) : labels;
        to.Accept(kept, dropName, column);
    }

    private void ApplyToFloats(StepColumn column)
    {
        TokenKind op = binary.Op;
        Span<double> values = column.Values;
        if (!_comparison && !scalarLeft)
        {
            for (int i = 0; i < values.Length; i++) values[i] = ScalarOperation.Apply(op, values[i], scalars[i]);
            return;
        }
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
        {
            double left = scalarLeft ? scalars[step] : values[step], right = scalarLeft ? values[step] : scalars[step];
            if (!_comparison) values[step] = ScalarOperation.Apply(op, left, right);
            else if (binary.ReturnBool) values[step] = ScalarOperation.Holds(op, left, right) ? 1 : 0;
            else if (!ScalarOperation.Holds(op, left, right)) column.Remove(step);
        }
    }

    private void ApplyToAny(StepColumn column)
    {
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
        {
            FloatHistogram? histogram = column.HistogramAt(step);
            double scalar = scalars[step], value = column.Values[step];
            bool fits = scalarLeft
                ? _operation.TryApply(scalar, null, value, histogram, out double result, out FloatHistogram? made,
                    out bool keep)
                : _operation.TryApply(value, histogram, scalar, null, out result, out made, out keep);
            if (!fits || _comparison && !binary.ReturnBool && !keep) column.Remove(step);
            else if (binary.ReturnBool) column.Set(step, keep ? 1 : 0);
            else if (_comparison) continue; // the vector's element stays as it is
            else if (made is not null) column.Set(step, made);
            else column.Set(step, result);
        }
    }
}
