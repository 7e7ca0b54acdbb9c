using System.Collections.Generic;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>A series of a result while it is put together.</summary>
internal sealed record ColumnEntry(LabelSet Labels, bool DropName, StepColumn Column);

/// <summary>Collects series. With merging, series of the same labels become one as long as they don't meet at a step:
/// there they would be two values of the same thing.</summary>
internal sealed class ColumnTable(QueryContext context, bool merges) : ColumnSink
{
    private readonly Dictionary<(LabelSet, bool), ColumnEntry> _byLabels = [];

    /// <summary>In the order they first came.</summary>
    public List<ColumnEntry> Entries { get; } = [];

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        if (column.IsEmpty) return;
        if (merges && _byLabels.TryGetValue((labels, dropName), out ColumnEntry? known))
        {
            if (!known.Column.TryMerge(column)) throw QueryFailure.SameLabels();
            return;
        }
        context.Reserve(column.Steps);
        StepColumn copy = new(column.Steps);
        copy.CopyFrom(column);
        ColumnEntry entry = new(labels, dropName, copy);
        Entries.Add(entry);
        if (merges) _byLabels.Add((labels, dropName), entry);
    }

    /// <summary>Hands all series on.</summary>
    public void Drain(ColumnSink to)
    {
        foreach (ColumnEntry entry in Entries) to.Accept(entry.Labels, entry.DropName, entry.Column);
    }
}
