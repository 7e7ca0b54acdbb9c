using System;
using System.Buffers;
using System.Text;
using Slungd.Engine.Model;

namespace Slungd.Engine.Query;

/// <summary>Writes a query as text: the canonical form, never longer in tokens than what was read.</summary>
internal static class DslPrinter
{
    private static readonly SearchValues<char> s_needQuotes = SearchValues.Create(" \t\r\n()]\"");

    public static string Print(DslQuery query)
    {
        StringBuilder text = new(query.Op.ToText());
        text.Append(':');
        PrintSeries(text, query.Series);
        text.Append(":[");
        if (query.Selector.Tags is not TagExpression.All) PrintExpression(text, query.Selector.Tags);
        text.Append(']');
        if (query.Range is QueryRange range)
            text.Append(":[").Append(range.A.ToText(query.Precision)).Append(',')
                .Append(range.B.ToText(query.Precision)).Append(']');
        if (query.HasWindows)
        {
            Int128 nanoseconds = (Int128)query.Window * (1_000_000_000 / query.Precision.PerSecond());
            text.Append(":[").Append(DurationText.Format(nanoseconds)).Append(']');
        }
        for (int i = 0; i < query.By.Length; i++)
        {
            text.Append(i == 0 ? " BY " : ",");
            PrintKey(text, query.By[i]);
        }
        return text.ToString();
    }

    private static void PrintKey(StringBuilder text, string key)
    {
        if (key.AsSpan().IndexOfAny(s_needQuotes) >= 0 || key.Contains(',')) Quote(text, key);
        else text.Append(key);
    }

    private static void PrintSeries(StringBuilder text, string series)
    {
        bool needsQuotes = series.Length == 0 || series[0] == '"' || series.AsSpan().IndexOfAny(':', '[', ']') >= 0;
        if (needsQuotes) Quote(text, series);
        else text.Append(series);
    }

    /// <summary>Evaluation runs left to right, so only a right operand that is composite needs parentheses.</summary>
    private static void PrintExpression(StringBuilder text, TagExpression expression)
    {
        switch (expression)
        {
            case TagExpression.And(var left, TagExpression.Not(var right)):
                PrintBinary(text, left, " NOT ", right);
                break;
            case TagExpression.And(var left, var right):
                PrintBinary(text, left, " AND ", right);
                break;
            case TagExpression.Or(var left, var right):
                PrintBinary(text, left, " OR ", right);
                break;
            default:
                PrintOperand(text, expression);
                break;
        }
    }

    private static void PrintBinary(StringBuilder text, TagExpression left, string word, TagExpression right)
    {
        PrintExpression(text, left);
        text.Append(word);
        PrintOperand(text, right);
    }

    private static void PrintOperand(StringBuilder text, TagExpression expression)
    {
        switch (expression)
        {
            case TagExpression.Tag tag:
                PrintTag(text, Encoding.UTF8.GetString(tag.Text));
                break;
            case TagExpression.HasKey hasKey:
                text.Append(Encoding.UTF8.GetString(hasKey.Key)).Append("=*");
                break;
            case TagExpression.Not not:
                text.Append("NOT ");
                PrintOperand(text, not.Operand);
                break;
            default:
                text.Append('(');
                PrintExpression(text, expression);
                text.Append(')');
                break;
        }
    }

    private static void PrintTag(StringBuilder text, string tag)
    {
        if (tag.AsSpan().IndexOfAny(s_needQuotes) >= 0 || DslWords.IsOperator(tag) || DslWords.IsAnyValue(tag))
            Quote(text, tag);
        else
            text.Append(tag);
    }

    private static void Quote(StringBuilder text, string raw)
    {
        text.Append('"');
        foreach (char c in raw)
        {
            if (c is '"' or '\\') text.Append('\\');
            text.Append(c);
        }
        text.Append('"');
    }
}
