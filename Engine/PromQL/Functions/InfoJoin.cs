using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>Collects info series, whose values are their samples' times, and gives their labels to others.</summary>
/// <param name="data">The matchers that name the labels to add; all labels when there are none.</param>
/// <param name="steps">Of the range.</param>
internal sealed class InfoJoin(LabelMatcher[] data, int steps) : ColumnSink
{
    public const string DefaultMetric = "target_info";

    /// <summary>What an info series and the series it describes share.</summary>
    public static readonly string[] Identifying = ["instance", "job"];

    private readonly Dictionary<LabelSet, List<(LabelSet Labels, StepColumn Times)>> _byIdentity = [];
    private readonly SortedSet<string> _names = new(StringComparer.Ordinal);

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        LabelSet identity = labels.Only([.. Identifying, SeriesLabels.Name]);
        if (!_byIdentity.TryGetValue(identity, out List<(LabelSet, StepColumn)>? alike))
            _byIdentity.Add(identity, alike = []);
        StepColumn copy = new(steps);
        copy.CopyFrom(column);
        alike.Add((labels, copy));
        _names.Add(labels.Name);
    }

    /// <summary>Hands a series on, with the labels of the info series that describe it at each step.</summary>
    public void Emit(ColumnEntry entry, ColumnSink to)
    {
        Dictionary<LabelSet, StepColumn> results = [];
        LabelSet shared = entry.Labels.Only(Identifying);
        for (int step = entry.Column.Next(0); step >= 0; step = entry.Column.Next(step + 1))
        {
            if (LabelsAt(entry.Labels, shared, step) is not { } labels) continue;
            if (!results.TryGetValue(labels, out StepColumn? column)) results.Add(labels, column = new StepColumn(
                steps));
            column.CopyStep(step, entry.Column, step);
        }
        foreach ((LabelSet labels, StepColumn column) in results) to.Accept(labels, entry.DropName, column);
    }

    // Null when the matchers want an info series and none is there.
    private LabelSet? LabelsAt(LabelSet labels, LabelSet shared, int step)
    {
        LabelSet added = LabelSet.Empty;
        bool matched = false;
        foreach (string name in _names)
        {
            if (Newest(shared.With(SeriesLabels.Name, name), step) is not { } info) continue;
            matched = true;
            foreach (Label label in info.Labels)
            {
                if (label.Name == SeriesLabels.Name || !IsWanted(label.Name)) continue;
                string known = added.Get(label.Name);
                if (known.Length > 0 && known != label.Value)
                    throw QueryFailure.Execution($"conflicting label: {label.Name}");
                if (labels.Get(label.Name).Length == 0) added = added.With(label.Name, label.Value);
            }
        }
        if (!matched && Array.Exists(data, static m => !m.MatchesEmpty)) return null;
        foreach (Label label in added.Labels) labels = labels.With(label.Name, label.Value);
        return labels;
    }

    private bool IsWanted(string label) => data.Length == 0 || Array.Exists(data, m => m.Name == label);

    private LabelSet? Newest(LabelSet identity, int step)
    {
        if (!_byIdentity.TryGetValue(identity, out List<(LabelSet Labels, StepColumn Times)>? alike)) return null;
        LabelSet? newest = null;
        double time = 0;
        foreach ((LabelSet labels, StepColumn times) in alike)
        {
            if (!times.Has(step) || newest is not null && times.Values[step] < time) continue;
            if (newest is not null && times.Values[step] == time)
                throw QueryFailure.Execution("found duplicate series for info metric: existing " +
                    $"{newest} @ {(long)(time * 1000)}, new {labels} @ {(long)(time * 1000)}");
            newest = labels;
            time = times.Values[step];
        }
        return newest;
    }
}
