using System;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Tests.Engine.Query;

/// <summary>Shorthand for tests that write queries as text.</summary>
internal static class DslTexts
{
    public static readonly Limits Limits = new();

    public static DslQuery Parse(string text, Precision precision = Precision.Microseconds) =>
        DslParser.TryParse(text, precision, Limits, out DslQuery? query, out QueryParseError error)
            ? query!
            : throw new FormatException($"{text}: {error}");

    public static QueryParseError Error(string text, Precision precision = Precision.Microseconds) =>
        DslParser.TryParse(text, precision, Limits, out DslQuery? query, out QueryParseError error)
            ? throw new FormatException($"{text} reads as {query}")
            : error;

    /// <summary>A series key from `name tag tag ...`.</summary>
    public static SeriesKey Key(string words)
    {
        string[] parts = words.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        byte[][] tags = Array.ConvertAll(parts[1..], Encoding.UTF8.GetBytes);
        Array.Sort(tags, static (a, b) => a.AsSpan().SequenceCompareTo(b));
        return new SeriesKey(Encoding.UTF8.GetBytes(parts[0]), tags);
    }

    /// <summary>The tree of a tag expression with every pair in parentheses.</summary>
    public static string Tree(TagExpression expression) => expression switch
    {
        TagExpression.All => "all",
        TagExpression.Tag tag => Encoding.UTF8.GetString(tag.Text),
        TagExpression.HasKey key => $"has({Encoding.UTF8.GetString(key.Key)})",
        TagExpression.Not not => $"!{Tree(not.Operand)}",
        TagExpression.And and => $"({Tree(and.Left)} & {Tree(and.Right)})",
        TagExpression.Or or => $"({Tree(or.Left)} | {Tree(or.Right)})",
        _ => throw new ArgumentOutOfRangeException(nameof(expression)),
    };
}
