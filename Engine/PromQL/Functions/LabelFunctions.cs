using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Model.Regexes;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Engine.PromQL.Functions;

/// <summary>label_replace() and label_join(): they look at labels alone.</summary>
internal sealed class LabelFunctions : ColumnSink
{
    /// <summary>Nested calls double a value each.</summary>
    public const int MaxValueChars = 65_536;


    private readonly QueryContext _context;
    private readonly string _target;
    private readonly ColumnSink _to;
    private readonly Func<LabelSet, string?> _valueOf;

    private LabelFunctions(QueryContext context, string target, Func<LabelSet, string?> valueOf, ColumnSink to)
    {
        _context = context;
        _target = target;
        _valueOf = valueOf;
        _to = to;
    }

    /// <summary>label_replace(v, target, replacement, source, pattern)</summary>
    public static ColumnSink Replace(QueryContext context, CallExpr call, ColumnSink to)
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
        return new LabelFunctions(context, target,
            labels => template.Replace(labels.Get(source), MaxValueChars, context.Look), to);
    }

    /// <summary>label_join(v, target, separator, source...)</summary>
    public static ColumnSink Join(QueryContext context, CallExpr call, ColumnSink to)
    {
        string target = Evaluator.TextOf(call.Arguments[1]), separator = Evaluator.TextOf(call.Arguments[2]);
        string[] sources = Array.ConvertAll(call.Arguments[3..], Evaluator.TextOf);
        foreach (string source in sources)
            if (!LabelName.IsValid(source))
                throw QueryFailure.Execution($"invalid source label name in label_join(): {source}");
        if (!LabelName.IsValid(target))
            throw QueryFailure.Execution($"invalid destination label name in label_join(): {target}");
        return new LabelFunctions(context, target, labels => Joined(labels, sources, separator), to);
    }

    private static string Joined(LabelSet labels, string[] sources, string separator)
    {
        StringBuilder text = new();
        for (int i = 0; i < sources.Length && text.Length <= MaxValueChars; i++)
        {
            if (i > 0) text.Append(separator);
            text.Append(labels.Get(sources[i]));
        }
        return text.ToString();
    }

    public override void Accept(LabelSet labels, bool dropName, StepColumn column)
    {
        _context.Read(0);
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
