namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>Makes columns of one step as long as the query: for what is the same at every step.</summary>
internal sealed class SpreadSink(ColumnSink to, int steps) : ColumnSink
{
    private readonly StepColumn _column = new(steps);

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        if (!column.Has(0)) return;
        _column.Clear();
        for (int i = 0; i < steps; i++) _column.CopyStep(i, column, 0);
        to.Accept(labels, dropName, _column);
    }
}
