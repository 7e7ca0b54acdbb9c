using System;
using Slungd.Engine.PromQL.Evaluation;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>scalar(): the float of the only series that has one; else NaN.</summary>
internal sealed class ScalarSink : ColumnSink
{
    private readonly double[] _values;
    private readonly bool[] _found;

    public ScalarSink(double[] values)
    {
        _values = values;
        _found = new bool[values.Length];
        values.AsSpan().Fill(double.NaN);
    }

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        for (int step = column.Next(0); step >= 0; step = column.Next(step + 1))
        {
            if (column.HistogramAt(step) is not null) continue;
            _values[step] = _found[step] ? double.NaN : column.Values[step];
            _found[step] = true;
        }
    }
}
