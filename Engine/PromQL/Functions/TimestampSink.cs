using Slungd.Engine.PromQL.Evaluation;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>timestamp(): of a selector the samples' own times, which come as values; of anything else the step's.
/// </summary>
internal sealed class TimestampSink(QueryContext context, bool valuesAreTimes, StepRange range, ColumnSink to)
    : ColumnSink
{
    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        for (int step = valuesAreTimes ? -1 : column.Next(0); step >= 0; step = column.Next(step + 1))
            column.Set(step, range.TimeOf(step) / 1000.0);
        LabelSet kept = NameDrop.From(labels, context, ref dropName);
        to.Accept(kept, dropName, column);
    }
}
