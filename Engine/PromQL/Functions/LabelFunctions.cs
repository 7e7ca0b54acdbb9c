using System;
using System.Text;
using System.Text.RegularExpressions;
using Slungd.Engine.Model;
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
        Regex regex;
        try
        {
            regex = new Regex(@"\A(?s:" + RegexDialect.Translate(pattern) + @")\z",
                RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            throw QueryFailure.Execution($"invalid regular expression in label_replace(): {pattern}");
        }
        if (!LabelName.IsValid(target))
            throw QueryFailure.Execution($"invalid destination label name in label_replace(): {target}");
        return new LabelFunctions(target, labels =>
        {
            Match match = regex.Match(labels.Get(source));
            return match.Success ? Expand(replacement, match) : null;
        }, to);
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

    // $1, ${1}, $name, ${name}; $$ is a dollar. As Go's Regexp.Expand: a name is as long as it can be.
    private static string Expand(string template, Match match)
    {
        if (!template.Contains('$', StringComparison.Ordinal)) return template;
        StringBuilder text = new();
        for (int i = 0; i < template.Length; i++)
        {
            if (template[i] != '$')
            {
                text.Append(template[i]);
                continue;
            }
            if (i + 1 < template.Length && template[i + 1] == '$')
            {
                text.Append('$');
                i++;
                continue;
            }
            bool braces = i + 1 < template.Length && template[i + 1] == '{';
            int from = braces ? i + 2 : i + 1, end = from;
            while (end < template.Length && (char.IsLetterOrDigit(template[end]) || template[end] == '_')) end++;
            bool closed = !braces || end < template.Length && template[end] == '}';
            if (end == from || !closed)
            {
                text.Append('$');
                continue;
            }
            text.Append(match.Groups[template[from..end]].Value);
            i = braces ? end : end - 1;
        }
        return text.ToString();
    }
}
