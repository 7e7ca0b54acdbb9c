using System;
using Slungd.Engine.Model;
using Slungd.Engine.Model.Regexes;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>label_replace() and label_join(): they look at labels alone.</summary>
internal sealed class LabelFunctions : ColumnSink
{
    private const int MaxValueChars = 65_536; // nested calls double a value each

    private readonly string _target;
    private readonly ColumnSink _to;
    private readonly Func<LabelSet, string?> _valueOf;

    private LabelFunctions(string target, Func<LabelSet, string?> valueOf, ColumnSink to)
    {
        _target = target;
        _valueOf = valueOf;
        _to = to;
    }

    /// <summary>label_replace(v, target, replacement, source, pattern)</summary>
    public static ColumnSink Replace(CallExpr call, ColumnSink to)
    {
        string target = Evaluator.TextOf(call.Arguments[1]), replacement = Evaluator.TextOf(call.Arguments[2]);
        string source = Evaluator.TextOf(call.Arguments[3]), pattern = Evaluator.TextOf(call.Arguments[4]);
        LabelTemplate template;
        try
        {
            // As Prometheus: in a group, whatever the pattern's parentheses make of it.
            template = new LabelTemplate(RegexProgram.Of($"(?s:{pattern})", dotIsAll: false), replacement);
        }
        catch (RegexSyntaxException)
        {
            throw QueryFailure.Execution($"invalid regular expression in label_replace(): {pattern}");
        }
        if (!LabelName.IsValid(target))
            throw QueryFailure.Execution($"invalid destination label name in label_replace(): {target}");
        return new LabelFunctions(target, labels => template.Replace(labels.Get(source)), to);
    }

    /// <summary>label_join(v, target, separator, source...)</summary>
    public static ColumnSink Join(CallExpr call, ColumnSink to)
    {
        string target = Evaluator.TextOf(call.Arguments[1]), separator = Evaluator.TextOf(call.Arguments[2]);
        string[] sources = Array.ConvertAll(call.Arguments[3..], Evaluator.TextOf);
        foreach (string source in sources)
            if (!LabelName.IsValid(source))
                throw QueryFailure.Execution($"invalid source label name in label_join(): {source}");
        if (!LabelName.IsValid(target))
            throw QueryFailure.Execution($"invalid destination label name in label_join(): {target}");
        return new LabelFunctions(target, labels => string.Join(separator, Array.ConvertAll(sources, labels.Get)), to);
    }

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        if (_valueOf(labels) is not { } value)
        {
            _to.Accept(labels, dropName, column);
            return;
        }
        if (value.Length > MaxValueChars)
            throw new QueryFailure(PromQLStatus.TooLarge, $"the value of label {_target} would be longer than 65536");
        _to.Accept(labels.With(_target, value), dropName && _target != SeriesLabels.Name, column);
    }
}
