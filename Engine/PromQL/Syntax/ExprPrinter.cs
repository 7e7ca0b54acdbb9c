using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Prints a query on one line (promql/parser/printer.go): what is printed reads back as the same
/// tree.</summary>
internal static class ExprPrinter
{
    public static string Print(Expr expr)
    {
        StringBuilder into = new();
        Write(expr, into);
        return into.ToString();
    }

    /// <summary>`sum by (a) `, the part before an aggregation's parentheses.</summary>
    public static string Head(AggregateExpr aggregate)
    {
        string op = aggregate.Op.Text();
        if (aggregate.Without) return $"{op} without ({Labels(aggregate.Grouping)}) ";
        return aggregate.Grouping.Length > 0 ? $"{op} by ({Labels(aggregate.Grouping)}) " : op;
    }

    /// <summary>`+ on (a) group_left (b)`, the part between the sides.</summary>
    public static string Operator(BinaryExpr binary)
    {
        StringBuilder text = new(binary.Op.Text());
        if (binary.ReturnBool) text.Append(" bool");
        if (binary.Matching is not { } matching) return text.ToString();
        bool grouped = matching.Cardinality is MatchCardinality.ManyToOne or MatchCardinality.OneToMany;
        if (matching.Labels.Length == 0 && !matching.On && !grouped) return text.ToString();
        text.Append(matching.On ? " on (" : " ignoring (").Append(Labels(matching.Labels)).Append(')');
        if (!grouped) return text.ToString();
        text.Append(matching.Cardinality == MatchCardinality.ManyToOne ? " group_left (" : " group_right (");
        return text.Append(Labels(matching.Include)).Append(')').ToString();
    }

    /// <summary>`[5m:1m] @ 10.000 offset 1m`</summary>
    public static string Suffix(SubqueryExpr subquery)
    {
        StringBuilder text = new("[");
        WriteDuration(subquery.Range, subquery.RangeExpr, text);
        text.Append(':');
        if (subquery.Step != 0 || subquery.StepExpr is not null) WriteDuration(subquery.Step, subquery.StepExpr, text);
        text.Append(']');
        WriteShift(subquery.Shift, text);
        return text.ToString();
    }

    private static void Write(Expr expr, StringBuilder into)
    {
        switch (expr)
        {
            case NumberLiteral number:
                into.Append(number.IsDuration
                    ? DurationText.Format((long)Math.Round(number.Value * 1000))
                    : NumberText.Format(number.Value));
                break;
            case StringLiteral text:
                into.Append(StringText.Quote(text.Value));
                break;
            case ParenExpr paren:
                into.Append('(');
                Write(paren.Inner, into);
                into.Append(')');
                break;
            case UnaryExpr unary:
                into.Append(unary.Negative ? '-' : '+');
                Write(unary.Operand, into);
                break;
            case BinaryExpr binary:
                Write(binary.Left, into);
                into.Append(' ').Append(Operator(binary)).Append(' ');
                Write(binary.Right, into);
                break;
            case AggregateExpr aggregate:
                into.Append(Head(aggregate));
                WriteList(aggregate.Parameter is { } p ? [p, aggregate.Operand] : [aggregate.Operand], into);
                break;
            case CallExpr call:
                into.Append(call.Function.Name);
                WriteList(call.Arguments, into);
                break;
            case VectorSelector selector:
                WriteSelector(selector, into);
                WriteEdges(selector.Edges, into);
                WriteShift(selector.Shift, into);
                break;
            case MatrixSelector matrix:
                WriteSelector(matrix.Selector, into);
                into.Append('[');
                WriteDuration(matrix.Range, matrix.RangeExpr, into);
                into.Append(']');
                WriteEdges(matrix.Selector.Edges, into);
                WriteShift(matrix.Selector.Shift, into);
                break;
            case SubqueryExpr subquery:
                Write(subquery.Inner, into);
                into.Append(Suffix(subquery));
                break;
            case DurationExpr duration:
                WriteComputed(duration, into);
                break;
        }
    }

    private static void WriteList(Expr[] arguments, StringBuilder into)
    {
        into.Append('(');
        for (int i = 0; i < arguments.Length; i++)
        {
            if (i > 0) into.Append(", ");
            Write(arguments[i], into);
        }
        into.Append(')');
    }

    private static void WriteSelector(VectorSelector selector, StringBuilder into)
    {
        List<string> matchers = [];
        foreach (LabelMatcher matcher in selector.Matchers)
        {
            bool shown = selector.Name.Length > 0 && matcher is { Name: SeriesLabels.Name, Op: LabelMatchOp.Equal } &&
                matcher.Value == selector.Name;
            if (shown) continue;
            string name = LabelName.IsLegacy(matcher.Name) ? matcher.Name : StringText.Quote(matcher.Name);
            matchers.Add(name + matcher.Op.ToText() + StringText.Quote(matcher.Value));
        }
        into.Append(selector.Name);
        matchers.Sort(StringComparer.Ordinal);
        if (matchers.Count > 0 || selector.Name.Length == 0) into.Append('{').AppendJoin(',', matchers).Append('}');
    }

    private static void WriteEdges(RangeEdges edges, StringBuilder into)
    {
        if (edges != RangeEdges.Plain) into.Append(edges == RangeEdges.Anchored ? " anchored" : " smoothed");
    }

    private static void WriteShift(in TimeShift shift, StringBuilder into)
    {
        if (shift.Anchor == TimeAnchor.Fixed)
            into.Append(CultureInfo.InvariantCulture, $" @ {shift.At / 1000m:0.000}");
        else if (shift.Anchor != TimeAnchor.None)
            into.Append(shift.Anchor == TimeAnchor.Start ? " @ start()" : " @ end()");
        if (!shift.HasOffset) return;
        into.Append(" offset ");
        WriteDuration(shift.Offset, shift.OffsetExpr, into);
    }

    private static void WriteDuration(long milliseconds, DurationExpr? computed, StringBuilder into)
    {
        if (computed is null) into.Append(DurationText.Format(milliseconds));
        else Write(computed, into);
    }

    private static void WriteComputed(DurationExpr duration, StringBuilder into)
    {
        if (duration.Wrapped) into.Append('(');
        if (duration.Op is TokenKind.Step or TokenKind.Range)
        {
            into.Append(duration.Op.Text()).Append("()");
        }
        else if (duration.Op is TokenKind.Min or TokenKind.Max)
        {
            into.Append(duration.Op.Text());
            WriteList([duration.Left!, duration.Right!], into);
        }
        else
        {
            if (duration.Left is not null) Write(duration.Left, into);
            into.Append(duration.Left is null ? "" : " ").Append(duration.Op.Text());
            into.Append(duration.Left is null ? "" : " ");
            Write(duration.Right!, into);
        }
        if (duration.Wrapped) into.Append(')');
    }

    private static string Labels(string[] labels) => string.Join(", ", Array.ConvertAll(labels,
        label => LabelName.IsLegacyMetric(label) ? label : StringText.Quote(label)));
}
