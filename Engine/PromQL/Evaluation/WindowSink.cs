using System;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Turns each series of a subquery's expression into samples under a window.</summary>
internal sealed class WindowSink(QueryContext context, StepRange inner, SampleWindow window, Action<LabelSet, bool> run)
    : ColumnSink
{
    private long[] _times = new long[64];

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        int count = column.Count;
        if (count == 0) return;
        if (_times.Length < count) _times = new long[count];
        for (int step = column.Next(0), i = 0; step >= 0; step = column.Next(step + 1))
            _times[i++] = context.Scale.Units(inner.TimeOf(step));
        window.Open(_times.AsSpan(0, count), column);
        run(labels, dropName);
    }
}
