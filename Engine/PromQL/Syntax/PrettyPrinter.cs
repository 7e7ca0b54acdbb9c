using System;
using System.Text;

namespace Slungd.Engine.PromQL.Syntax;

/// <summary>Prints a query over several lines where it is longer than one (promql/parser/prettier.go).</summary>
internal static class PrettyPrinter
{
    private const int MaxLine = 100;

    public static string Print(Expr expr)
    {
        StringBuilder into = new();
        Write(expr, 0, into);
        return into.ToString();
    }

    private static void Write(Expr expr, int level, StringBuilder into)
    {
        string line = expr.ToString();
        if (line.Length <= MaxLine)
        {
            Indent(level, into).Append(line);
            return;
        }
        switch (expr)
        {
            case AggregateExpr aggregate:
                Indent(level, into).Append(ExprPrinter.Head(aggregate));
                WriteList(aggregate.Parameter is { } p ? [p, aggregate.Operand] : [aggregate.Operand], level, into);
                break;
            case CallExpr call:
                Indent(level, into).Append(call.Function.Name);
                WriteList(call.Arguments, level, into);
                break;
            case ParenExpr paren:
                Indent(level, into);
                WriteList([paren.Inner], level, into);
                break;
            case BinaryExpr binary:
                Write(binary.Left, level + 1, into);
                Indent(level, into.Append('\n')).Append(ExprPrinter.Operator(binary)).Append('\n');
                Write(binary.Right, level + 1, into);
                break;
            case UnaryExpr unary:
                StringBuilder operand = new();
                Write(unary.Operand, level, operand);
                Indent(level, into).Append(unary.Negative ? '-' : '+').Append(operand.ToString().AsSpan().TrimStart(
                    ' '));
                break;
            case SubqueryExpr subquery:
                Write(subquery.Inner, level, into);
                into.Append(ExprPrinter.Suffix(subquery));
                break;
            default:
                Indent(level, into).Append(line);
                break;
        }
    }

    private static void WriteList(Expr[] items, int level, StringBuilder into)
    {
        into.Append("(\n");
        for (int i = 0; i < items.Length; i++)
        {
            if (i > 0) into.Append(",\n");
            Write(items[i], level + 1, into);
        }
        Indent(level, into.Append('\n')).Append(')');
    }

    private static StringBuilder Indent(int level, StringBuilder into) => into.Append(' ', 2 * level);
}
