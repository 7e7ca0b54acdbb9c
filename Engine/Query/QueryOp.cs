using System;

namespace Slungd.Engine.Query;

/// <summary>What a query answers.</summary>
internal enum QueryOp : byte
{
    Avg = 1,
    Min,
    Max,
    Sum,
    Count,
    First,
    Last,
    Raw,
}

internal static class QueryOps
{
    /// <summary>The words of the query language, for messages.</summary>
    public const string Words = "AVG, MIN, MAX, SUM, COUNT, FIRST, LAST or RAW";

    /// <summary>Reads an op in any letter case.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out QueryOp op)
    {
        for (op = QueryOp.Avg; op <= QueryOp.Raw; op++)
            if (text.Equals(op.ToText(), StringComparison.OrdinalIgnoreCase)) return true;
        op = 0;
        return false;
    }

    public static string ToText(this QueryOp op) => op switch
    {
        QueryOp.Avg => "AVG",
        QueryOp.Min => "MIN",
        QueryOp.Max => "MAX",
        QueryOp.Sum => "SUM",
        QueryOp.Count => "COUNT",
        QueryOp.First => "FIRST",
        QueryOp.Last => "LAST",
        QueryOp.Raw => "RAW",
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };
}
