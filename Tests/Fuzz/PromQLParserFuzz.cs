using System;
using System.Text;
using Slungd.Engine.PromQL.Syntax;

namespace Slungd.Tests.Fuzz;

/// <summary>No text makes the parser of PromQL throw; an error lies inside the text; what reads prints, on one line and
/// over several, and both read back the same.</summary>
internal static class PromQLParserFuzz
{
    public static readonly byte[][] Seeds =
    [
        "sum by (a, \"b.c\") (rate(foo{x=~\"a|b.*\",y!=''}[5m] offset -1m)) / on(a) group_left {\"my.m\"}"u8.ToArray(),
        "histogram_quantile(0.9, -foo[5m:1m] @ start()) > bool 0x1F ^ -2 or topk(3, bar) unless vector(1e3)"u8.ToArray(
            ),
        "label_replace(foo offset (1h-step()), `d`, '$1', \"\\xc5\\u65e5\", \"(.*)\") # x\n + NaN"u8.ToArray(),
        "limit_ratio(-.5, foo[max(1m, 2s * 3):(1d)]) without () and ignoring(a) b @ end() smoothed"u8.ToArray(),
    ];

    public static void Run(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        if (!Parser.TryParse(text, ParserOptions.Everything, out Expr? query, out SyntaxError error))
        {
            bool inside = error.Position.Start >= 0 && error.Position.Start <= text.Length;
            Expect(inside && error.Message.Length > 0 && error.In(text).Length > 0, $"{error}");
            return;
        }
        string printed = query.ToString();
        Same(printed, printed);
        Same(PrettyPrinter.Print(query), printed);
    }

    private static void Same(string text, string printed)
    {
        bool reads = Parser.TryParse(text, ParserOptions.Everything, out Expr? again, out SyntaxError error);
        Expect(reads, $"{text}: {error}");
        Expect(again!.ToString() == printed, $"{printed} became {again}");
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }
}
