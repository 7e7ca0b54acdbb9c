using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Tests.Fuzz;

/// <summary>No text makes the parser of the query language throw; an error lies inside the text; what reads prints, and
/// what is printed reads back the same.</summary>
internal static class DslFuzz
{
    public static readonly byte[][] Seeds =
    [
        "AVG:cpu.total:[region=us-west AND NOT host=test]:[1700000000,1700000100]"u8.ToArray(),
        "max:\"a\\\"b:c\":[(a OR \"x y\") NOT NOT k=*]:[1h]:[10 s] BY host,\"d c\""u8.ToArray(),
        "RAW:x:[]:[2024-01-31T13:00:00.123456789+01:00,now]"u8.ToArray(),
        "COUNT:x:[host=a:8080]:[-5,9223372036854775807]:[1 minute] BY a"u8.ToArray(),
    ];

    private static readonly Limits s_limits = new();

    public static void Run(ReadOnlySpan<byte> input)
    {
        string text = Encoding.UTF8.GetString(input);
        for (Precision precision = Precision.Nanoseconds; precision <= Precision.Seconds; precision++)
        {
            if (!DslParser.TryParse(text, precision, s_limits, out DslQuery? query, out QueryParseError error))
            {
                bool inside = error.At >= 0 && error.At <= text.Length;
                Expect(query is null && inside && error.Message.Length > 0, $"{error}");
                continue;
            }
            TimeRange range = query!.RangeAt(1_700_000_000);
            Expect(query.Range is null || range.Start <= range.End || range.Start == range.End + 1, $"{range}");
            string printed = query.ToString();
            bool reads = DslParser.TryParse(printed, precision, s_limits, out DslQuery? again, out error);
            Expect(reads, $"{printed}: {error}");
            Expect(again!.ToString() == printed, $"{printed} became {again}");
            Expect(again.RangeAt(1_700_000_000) == range && again.Window == query.Window, printed);
        }
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }
}
