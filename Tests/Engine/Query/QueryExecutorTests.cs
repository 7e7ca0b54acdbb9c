using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Tests.Engine.Fakes;
using Xunit;

namespace Slungd.Tests.Engine.Query;

/// <summary>The executor against <see cref="QueryModel"/> on random stores, then its corners one by one.</summary>
public sealed class QueryExecutorTests
{
    private static readonly string[] s_queries =
    [
        "m:[]", "m:[a=1]", "m:[NOT a=1 OR c]", "m:[a=*]", "none:[]", "m:[]:[-50,50]", "m:[]:[0,0]", "m:[c]:[30us,10us]",
    ];

    private const string AllTime = ":[-9223372036854775808,9223372036854775807]";

    private static readonly string[] s_windows =
        ["", ":[1us]", ":[7us]", ":[16us]", ":[1000us]", ":[9223372036854775807us]"];

    private static readonly string[] s_by = ["", " BY a", " BY c", " BY a,b"];

    [Fact]
    public void Answers_what_the_model_answers() =>
        Prop.ForAll<DoNotSize<int>>(seed =>
        {
            Random random = new(seed.Item);
            FakeSeriesReader store = new(blockLength: random.Next(1, 12));
            QueryModel model = Fill(store, random);
            string text = RandomAggregate(random);
            DslQuery query = DslTexts.Parse(text);
            bool scan = random.Next(2) == 0;
            QueryResult result = Executor(store).Execute(query, new QueryOptions { ForceScan = scan });
            List<QueryModel.Line> expected = model.Answer(query, 0), got = QueryModel.Lines(result);
            bool same = result.IsDone && expected.Count == got.Count
                && expected.Zip(got).All(pair => QueryModel.Same(pair.First, pair.Second));
            bool tidy = store.OpenViews == 0 && store.OpenCursors == 0 && (!scan || store.SummariesGiven == 0);
            if (same && tidy) return true.ToProperty();
            return false.Label($"{text}\nwant {string.Join('\n', expected)}\ngot {string.Join('\n', got)}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_500));

    [Fact]
    public void Pages_of_raw_make_the_whole() =>
        Prop.ForAll<DoNotSize<int>>(seed =>
        {
            Random random = new(seed.Item);
            FakeSeriesReader store = new(blockLength: random.Next(1, 12));
            QueryModel model = Fill(store, random);
            DslQuery query = DslTexts.Parse($"RAW:{s_queries[random.Next(s_queries.Length)]}");
            List<string> expected = model.Raw(query, 0).ConvertAll(
                p => Text(p.Key, p.Timestamp, QueryModel.ValueOf(p)));
            List<string> whole = Pages(store, query, 10_000, out int pages);
            List<string> parts = Pages(store, query, random.Next(1, 8), out _);
            if (expected.SequenceEqual(whole) && expected.SequenceEqual(parts) && pages == 1) return true.ToProperty();
            return false.Label($"{query}\nwant {Words(expected)}\ngot {Words(whole)}\nor {Words(parts)}");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    /// <summary>A query over what <see cref="Fill"/> makes; not RAW.</summary>
    internal static string RandomAggregate(Random random)
    {
        string selection = s_queries[random.Next(s_queries.Length)];
        string window = s_windows[random.Next(s_windows.Length)];
        if (window.Length > 0 && selection.Count(c => c == '[') == 1) selection += AllTime;
        return $"{(QueryOp)random.Next(1, 8)}:{selection}{window}{s_by[random.Next(s_by.Length)]}";
    }

    internal static QueryExecutor Executor(ISeriesReader store, TimeProvider? clock = null, Limits? limits = null) =>
        new(store, clock ?? new FakeClock(), limits ?? new Limits());

    private static List<string> Pages(FakeSeriesReader store, DslQuery query, int limit, out int pages)
    {
        List<string> texts = [];
        string? next = null;
        pages = 0;
        do
        {
            QueryResult result = Executor(store).Execute(query, new QueryOptions { Limit = limit, Cursor = next });
            Assert.Equal(QueryStatus.Done, result.Status);
            Assert.InRange(result.Points.Length, pages == 0 ? 0 : 1, limit);
            foreach (QueryPoint p in result.Points.Span) texts.Add(Text(p.Series, p.Timestamp, p.Value));
            next = result.Next;
            Assert.True(++pages < 1_000, "the pages have no end");
        }
        while (next is not null);
        return texts;
    }

    private static string Words(List<string> words) => string.Join(' ', words);

    private static string Text(SeriesKey key, long timestamp, QueryValue value) =>
        $"{key.Name}{{{string.Join(',', key.Tags)}}}@{timestamp}={QueryModel.TextOf(value)}";

    /// <summary>Up to nine series of every family, with equal timestamps across series, both ends of time, and each
    /// kind of NaN.</summary>
    internal static QueryModel Fill(FakeSeriesReader store, Random random)
    {
        QueryModel model = new();
        string[][] tagSets =
            [[], ["a=1"], ["a=2"], ["a="], ["a=1", "b=x"], ["a=2", "b=x"], ["c"], ["a=1", "c"], ["b=y", "c"]];
        bool odd = random.Next(3) == 0;
        foreach (string[] tags in tagSets)
        {
            if (random.Next(3) == 0) continue;
            SeriesId series = store.Series(random.Next(8) == 0 ? "other" : "m", tags);
            ValueFamily family = random.Next(3) == 0 ? (ValueFamily)random.Next(1, 8) : ValueFamily.Float;
            int count = random.Next(40);
            int spread = random.Next(1, 200);
            for (int i = 0; i < count; i++)
            {
                long at = random.Next(-spread, spread);
                if (odd && random.Next(20) == 0)
                    at = random.Next(2) == 0 ? long.MinValue + random.Next(3) : long.MaxValue - random.Next(3);
                ulong bits = Bits(random, family, odd);
                string? text = family.HasPayload() ? $"text{random.Next(100)}" : null;
                store.Put(series, at, family, bits, text is null ? default : Encoding.UTF8.GetBytes(text));
                model.Points.RemoveAll(p => p.Key == store.KeyOf(series) && p.Timestamp == at);
                double number = text is null ? family.ToDouble(bits) : 0;
                model.Points.Add(new QueryModel.Point(store.KeyOf(series), family, at, number, text));
            }
        }
        return model;
    }

    private static ulong Bits(Random random, ValueFamily family, bool odd)
    {
        if (family == ValueFamily.Bool) return (ulong)random.Next(2);
        if (family == ValueFamily.Int) return (ulong)(long)random.Next(-1000, 1000);
        if (family == ValueFamily.UInt) return (ulong)random.Next(1000);
        double value = random.Next(-1 << 20, 1 << 20) / 8.0;
        if (odd && random.Next(10) == 0)
            value = random.Next(4) switch
            {
                0 => double.NaN,
                1 => double.PositiveInfinity,
                2 => double.NegativeInfinity,
                _ => BitConverter.UInt64BitsToDouble(Bucket.StaleMarker),
            };
        return BitConverter.DoubleToUInt64Bits(value);
    }
}
