using System;
using System.Collections.Generic;
using System.Linq;

namespace Slungd.Tests.EndToEnd;

/// <summary>What the answers must be: last write wins, then the aggregates by their definitions, with decimals wide
/// enough that no rounding of ours matters.</summary>
internal sealed class PlainComputation
{
    private readonly Point[] _points;

    public PlainComputation(IEnumerable<Point> points)
    {
        var last = new Dictionary<(string, string, long), Point>();
        foreach (Point point in points)
            last[(point.Series, string.Join('\n', point.Tags.Order(StringComparer.Ordinal)), point.Timestamp)] = point;
        _points = last.Values.OrderBy(static p => p.Timestamp).ToArray();
    }

    private PlainComputation(Point[] points) => _points = points;

    public long Count => _points.Length;

    public long Start => _points[0].Timestamp;

    public long End => _points[^1].Timestamp;

    public PlainComputation Where(Func<Point, bool> condition) => new(_points.Where(condition).ToArray());

    /// <summary>Groups by a tag's value, in the order of the values.</summary>
    public IEnumerable<(string Value, PlainComputation Points)> By(string key) => _points
        .GroupBy(p => p.Tags.Single(t => t.StartsWith(key + "=", StringComparison.Ordinal))[(key.Length + 1)..])
        .OrderBy(static g => g.Key, StringComparer.Ordinal).Select(static g =>
            (g.Key, new PlainComputation(g.ToArray())));

    /// <summary>Tumbling windows aligned to the epoch, without the empty ones.</summary>
    public IEnumerable<(long Start, PlainComputation Points)> Windows(long length) => _points
        .GroupBy(p => p.Timestamp - Modulo(p.Timestamp, length)).OrderBy(static g => g.Key)
        .Select(static g => (g.Key, new PlainComputation(g.ToArray())));

    /// <summary>The value, and how far an answer may lie from it.</summary>
    public (double Value, double Tolerance) Aggregate(string op) => op switch
    {
        "COUNT" => (Count, 0),
        "MIN" => (_points.Min(static p => p.Value), 0),
        "MAX" => (_points.Max(static p => p.Value), 0),
        "SUM" => (Sum(), SumTolerance()),
        "AVG" => (Sum() / Count, SumTolerance() / Count + Math.Abs(Sum() / Count) * 1e-15),
        "FIRST" => (_points.First().Value, 0),
        "LAST" => (_points.Last().Value, 0),
        _ => throw new ArgumentOutOfRangeException(nameof(op)),
    };

    /// <summary>Points that share the first or last timestamp: which of them FIRST or LAST names is not
    /// defined.</summary>
    public double[] Candidates(string op)
    {
        long timestamp = op == "FIRST" ? Start : End;
        return _points.Where(p => p.Timestamp == timestamp).Select(static p => p.Value).ToArray();
    }

    private double SumTolerance() => 1e-15 * _points.Sum(static p => Math.Abs(p.Value));

    // Neumaier's sum in the order of time: the error is that of one rounding.
    private double Sum()
    {
        double sum = 0, low = 0;
        foreach (Point point in _points)
        {
            double next = sum + point.Value;
            low += Math.Abs(sum) >= Math.Abs(point.Value) ? sum - next + point.Value : point.Value - next + sum;
            sum = next;
        }
        return sum + low;
    }

    private static long Modulo(long value, long length) => (value % length + length) % length;
}
