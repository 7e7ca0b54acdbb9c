using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Functions;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Evaluation;

/// <summary>info(): adds labels of info metrics that share job and instance (experimental; Prometheus,
/// promql/info.go).</summary>
internal sealed partial class Evaluator
{
    private void EvaluateInfo(CallExpr call, StepRange range, ColumnSink to)
    {
        ColumnTable table = new(context, merges: false);
        Evaluate(call.Arguments[0], range, table);
        LabelMatcher[] matchers = call.Arguments.Length > 1 ? ((VectorSelector)Unwrap(call.Arguments[1])).Matchers : [];
        LabelMatcher[] names = Array.FindAll(matchers, static m => m.Name == SeriesLabels.Name);
        if (names.Length == 0) names = [LabelMatcher.Equal(SeriesLabels.Name, InfoJoin.DefaultMetric)];
        LabelMatcher[] data = Array.FindAll(matchers, static m => m.Name != SeriesLabels.Name);
        InfoJoin join = new(data, range.Count);
        List<LabelMatcher> wanted = [.. names, .. data];
        if (AddIdentifying(table, names, wanted)) EvaluateInfoSeries(wanted, range, join);
        ColumnTable results = new(context, merges: true);
        foreach (ColumnEntry entry in table.Entries)
        {
            if (IsInfo(entry.Labels, names)) results.Accept(entry.Labels, entry.DropName, entry.Column);
            else join.Emit(entry, results);
        }
        results.Drain(to);
    }

    private static bool IsInfo(LabelSet labels, LabelMatcher[] names) =>
        Array.TrueForAll(names, matcher => matcher.Matches(System.Text.Encoding.UTF8.GetBytes(labels.Name)));

    // Only info series of the same jobs and instances can match. False when the series have neither.
    private static bool AddIdentifying(ColumnTable table, LabelMatcher[] names, List<LabelMatcher> wanted)
    {
        bool any = false;
        foreach (string label in InfoJoin.Identifying)
        {
            SortedSet<string> values = new(StringComparer.Ordinal);
            foreach (ColumnEntry entry in table.Entries)
            {
                string value = entry.Labels.Get(label);
                if (value.Length > 0 && !IsInfo(entry.Labels, names)) values.Add(LabelPattern.Escape(value));
            }
            if (values.Count == 0) continue;
            any = true;
            if (!LabelMatcher.TryCreate(label, LabelMatchOp.Regex, string.Join('|', values), out LabelMatcher? matcher,
                out string? error)) throw QueryFailure.Execution(error!);
            wanted.Add(matcher!);
        }
        return any;
    }

    private void EvaluateInfoSeries(List<LabelMatcher> wanted, StepRange range, InfoJoin join)
    {
        VectorSelector selector = new("", [.. wanted]);
        EvaluateSelector(selector, range, SampleAspect.Time, join);
    }
}
