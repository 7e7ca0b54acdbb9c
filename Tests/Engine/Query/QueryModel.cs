using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Tests.Engine.Query;

/// <summary>What a query answers, in the plainest words: the reference for the executor.</summary>
internal sealed class QueryModel
{
    public sealed record Point(SeriesKey Key, ValueFamily Family, long Timestamp, double Number, string? Text);

    /// <summary>One line of an answer: a window of a group.</summary>
    public sealed record Line(string By, long Start, double? Number, string? Text, long Count, double Magnitude);

    public List<Point> Points { get; } = [];

    public List<Line> Answer(DslQuery query, long now)
    {
        List<Point> points = Matching(query, now);
        if (query.Op is QueryOp.First or QueryOp.Last) points = points.FindAll(p => p.Family != ValueFamily.Histogram);
        else if (query.Op != QueryOp.Count) points = points.FindAll(p => p.Family.IsNumeric());
        List<Line> lines = points
            .GroupBy(p => (By: ByText(query, p.Key), Start: query.HasWindows ? WindowOf(p.Timestamp, query.Window) : 0))
            .Select(group => LineOf(query.Op, group.Key.By, group.Key.Start, group.ToList()))
            .OrderBy(line => line.By, StringComparer.Ordinal).ThenBy(line => line.Start)
            .ToList();
        if (lines.Count == 0 && !query.IsGrouped && !query.HasWindows)
            lines.Add(new Line("", 0, query.Op == QueryOp.Count ? 0 : null, null, 0, 0));
        return lines;
    }

    public List<Point> Raw(DslQuery query, long now) =>
        Matching(query, now).FindAll(p => p.Family != ValueFamily.Histogram);

    /// <summary>A value of RAW.</summary>
    public static QueryValue ValueOf(Point point) => point.Text is null ? QueryValue.Of(point.Number)
        : new QueryValue(point.Family, 0, Encoding.UTF8.GetBytes(point.Text));

    /// <summary>Values that are the same have the same text.</summary>
    public static string TextOf(QueryValue value) => value.Payload is null ? $"{value.Number}"
        : $"{value.Family} {Encoding.UTF8.GetString(value.Payload)}";

    /// <summary>The answer of the executor in the same form.</summary>
    public static List<Line> Lines(QueryResult result)
    {
        List<Line> lines = [];
        foreach (QueryGroup group in result.Groups)
        {
            string by = string.Concat(group.By.Select(ByPart));
            if (!result.Query.HasWindows)
            {
                lines.Add(LineOf(by, 0, group.Value(result.Query.Op), group.Count));
                continue;
            }
            foreach (Bucket window in group.Windows.Span)
                lines.Add(LineOf(by, window.Start, window.Answer(result.Query.Op), window.Count));
        }
        return lines;
    }

    /// <summary>Equal but for the last bits of sums: 1e-15 of the sum of magnitudes (design, section 3).</summary>
    public static bool Same(Line expected, Line got)
    {
        if ((expected with { Number = got.Number, Magnitude = 0 }) != got) return false;
        if (expected.Number is not double a || got.Number is not double b) return expected.Number == got.Number;
        return a.Equals(b) || Math.Abs(a - b) <= 1e-15 * expected.Magnitude;
    }

    private List<Point> Matching(DslQuery query, long now)
    {
        TimeRange range = query.RangeAt(now);
        return Points
            .Where(p => query.Selector.Matches(p.Key) && range.Contains(p.Timestamp))
            .Where(p => BitConverter.DoubleToUInt64Bits(p.Number) != Bucket.StaleMarker)
            .OrderBy(p => p.Timestamp).ThenBy(p => p.Key, SeriesKeyOrder.Instance)
            .ToList();
    }

    private static Line LineOf(QueryOp op, string by, long start, List<Point> points)
    {
        double[] values = points.Select(p => p.Number).ToArray();
        double[] real = values.Where(v => !double.IsNaN(v)).ToArray();
        double magnitude = real.Sum(Math.Abs);
        Point first = points[0], last = points[^1];
        (double? Number, string? Text) answer = op switch
        {
            QueryOp.Count => (points.Count, null),
            QueryOp.First => (first.Text is null ? first.Number : null, first.Text),
            QueryOp.Last => (last.Text is null ? last.Number : null, last.Text),
            QueryOp.Min => (real.Length == 0 ? double.NaN : real.Min(), null),
            QueryOp.Max => (real.Length == 0 ? double.NaN : real.Max(), null),
            QueryOp.Sum => (ExactSum(values), null),
            _ => (ExactSum(values) / values.Length, null),
        };
        return new Line(by, start, answer.Number, answer.Text, points.Count, magnitude);
    }

    private static Line LineOf(string by, long start, QueryValue value, long count) =>
        new(by, start, value.Family == ValueFamily.Float ? value.Number : null,
            value.Payload is null ? null : Encoding.UTF8.GetString(value.Payload), count, 0);

    /// <summary>Values are multiples of 1/8 below 2^20, so decimal holds every sum exactly.</summary>
    private static double ExactSum(double[] values) =>
        values.All(double.IsFinite) ? (double)values.Sum(v => (decimal)v) : values.Sum();

    private static long WindowOf(long timestamp, long width)
    {
        Int128 start = timestamp / width * (Int128)width;
        if (start > timestamp) start -= width;
        return (long)Int128.Max(start, long.MinValue);
    }

    private static string ByText(DslQuery query, SeriesKey key)
    {
        string text = "";
        foreach (string by in query.By)
        {
            bool found = key.TryGetTagValue(Encoding.UTF8.GetBytes(by), out ReadOnlySpan<byte> value);
            text += ByPart(found ? Encoding.UTF8.GetString(value) : null);
        }
        return text;
    }

    /// <summary>Sorts as the values do.</summary>
    private static string ByPart(string? value) => value is null ? "0\0" : $"1{value}\0";
}
