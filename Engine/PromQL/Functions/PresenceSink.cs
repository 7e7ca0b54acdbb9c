using Slungd.Engine.PromQL.Evaluation;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>Remembers at which steps there was anything, for absent().</summary>
internal sealed class PresenceSink(int steps) : ColumnSink
{
    private readonly StepColumn _any = new(steps);

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        for (int i = 0; i < _any.Present.Length; i++) _any.Present[i] |= column.Present[i];
    }

    /// <summary>A one wherever there was nothing.</summary>
    public void EmitAbsent(LabelSet labels, ColumnSink to)
    {
        StepColumn absent = new(steps);
        for (int step = 0; step < steps; step++)
            if (!_any.Has(step)) absent.Set(step, 1);
        if (!absent.IsEmpty) to.Accept(labels, false, absent);
    }
}
