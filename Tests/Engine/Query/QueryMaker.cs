using System;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Query;

namespace Slungd.Tests.Engine.Query;

/// <summary>Makes random queries, with every odd character where the language allows it.</summary>
internal sealed class QueryMaker(int seed)
{
    private static readonly string[] s_pieces =
    [
        "a", "b", "cpu", "=", "*", ":", "[", "]", "(", ")", "\"", "\\", " ", "\t", ",", "AND", "or", "é", "\U0001F600",
    ];

    private readonly Random _random = new(seed);

    public DslQuery Next()
    {
        QueryOp op = (QueryOp)_random.Next(1, 9);
        Precision precision = (Precision)_random.Next(1, 5);
        bool hasRange = _random.Next(2) == 0;
        bool mayFold = op != QueryOp.Raw;
        return new DslQuery
        {
            Op = op,
            Precision = precision,
            Selector = new SeriesSelector(Utf8(Text()), _random.Next(4) == 0 ? TagExpression.All.Instance : Tags(4)),
            Range = hasRange ? new QueryRange(Point(precision), Point(precision), precision) : null,
            Window = mayFold && hasRange && _random.Next(2) == 0 ? Length() : 0,
            By = mayFold && _random.Next(3) == 0
                ? Enumerable.Range(0, _random.Next(1, 4)).Select(i => i + Text().Replace("=", "")).ToArray()
                : [],
        };
    }

    /// <summary>Whether two queries are the same, part by part.</summary>
    public static string Parts(DslQuery query) =>
        $"{query.Op}/{Convert.ToHexString(query.Selector.Name!)}/{Hex(query.Selector.Tags)}"
        + $"/{query.Range}/{query.Window}/{string.Join('/', query.By.Select(key => Convert.ToHexString(Utf8(key))))}";

    private static string Hex(TagExpression expression) => expression switch
    {
        TagExpression.All => "all",
        TagExpression.Tag tag => Convert.ToHexString(tag.Text),
        TagExpression.HasKey key => $"has({Convert.ToHexString(key.Key)})",
        TagExpression.Not not => $"not({Hex(not.Operand)})",
        TagExpression.And and => $"and({Hex(and.Left)},{Hex(and.Right)})",
        TagExpression.Or or => $"or({Hex(or.Left)},{Hex(or.Right)})",
        _ => throw new ArgumentOutOfRangeException(nameof(expression)),
    };

    private TagExpression Tags(int depth)
    {
        switch (depth == 0 ? 4 : _random.Next(6))
        {
            case 0:
                return new TagExpression.And(Tags(depth - 1), Tags(depth - 1));
            case 1:
                return new TagExpression.Or(Tags(depth - 1), Tags(depth - 1));
            case 2:
                TagExpression operand = Tags(depth - 1);
                return operand is TagExpression.Not ? operand : new TagExpression.Not(operand);
            case 3:
                return new TagExpression.HasKey(Utf8(new string('k', _random.Next(3))));
            default:
                return new TagExpression.Tag(Utf8(Text()));
        }
    }

    private TimePoint Point(Precision precision)
    {
        Int128 unit = 1_000_000_000 / precision.PerSecond();
        return _random.Next(4) switch
        {
            0 => TimePoint.Now,
            1 => new TimePoint(true, (Int128)_random.Next() * (_random.Next(2) == 0 ? 1 : 1_000_000)),
            2 => new TimePoint(false, _random.NextInt64(long.MinValue, long.MaxValue) * unit),
            _ => new TimePoint(false, _random.NextInt64(-5_000_000_000_000_000_000, 5_000_000_000_000_000_000)),
        };
    }

    private long Length() => _random.Next(3) switch
    {
        0 => 1,
        1 => _random.NextInt64(1, 1_000_000),
        _ => _random.NextInt64(1, long.MaxValue),
    };

    private string Text()
    {
        StringBuilder text = new();
        do text.Append(s_pieces[_random.Next(s_pieces.Length)]);
        while (_random.Next(3) != 0);
        return text.ToString();
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
