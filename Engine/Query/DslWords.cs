using System;

namespace Slungd.Engine.Query;

/// <summary>The words inside the brackets of a query that are not plain tags.</summary>
internal static class DslWords
{
    public static bool IsAnd(ReadOnlySpan<char> word) => word.Equals("AND", StringComparison.OrdinalIgnoreCase);

    public static bool IsOr(ReadOnlySpan<char> word) => word.Equals("OR", StringComparison.OrdinalIgnoreCase);

    public static bool IsNot(ReadOnlySpan<char> word) => word.Equals("NOT", StringComparison.OrdinalIgnoreCase);

    public static bool IsOperator(ReadOnlySpan<char> word) => IsAnd(word) || IsOr(word) || IsNot(word);

    /// <summary>True for `k=*`, where the first `=` stands before the star: any value of k.</summary>
    public static bool IsAnyValue(ReadOnlySpan<char> word) =>
        word.EndsWith("=*") && word.IndexOf('=') == word.Length - 2;
}
