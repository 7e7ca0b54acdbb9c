using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Engine.Store;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Engine.Store;
using Xunit;

namespace Slungd.Tests.Engine.Query;

/// <summary>Random queries over the real store, its points spread over memory and several flushes in any order of time,
/// against the same points in a fake one.</summary>
public sealed class QueryOverStoreTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void The_store_answers_what_a_plain_one_answers(int seed)
    {
        Random random = new(seed);
        FakeSeriesReader plain = new();
        QueryModel model = QueryExecutorTests.Fill(plain, random);
        using StoreFixture fixture = new(options => options with { PagePoints = 16 });
        QueryModel.Point[] points = [.. model.Points];
        random.Shuffle(points);
        for (int i = 0; i < points.Length; i++)
        {
            Put(fixture, points[i]);
            if (random.Next(40) == 0) fixture.Store.Flush();
        }
        QueryExecutor executor = new(fixture.Store, new FakeClock(), new Limits());
        for (int i = 0; i < 150; i++) Compare(executor, model, QueryExecutorTests.RandomAggregate(random), random);
        CompareRaw(executor, model, random.Next(1, 9));
        fixture.Reopen();
        executor = new QueryExecutor(fixture.Store, new FakeClock(), new Limits());
        for (int i = 0; i < 150; i++) Compare(executor, model, QueryExecutorTests.RandomAggregate(random), random);
        CompareRaw(executor, model, 10_000);
    }

    private static void Compare(QueryExecutor executor, QueryModel model, string text, Random random)
    {
        DslQuery query = DslTexts.Parse(text);
        QueryResult result = executor.Execute(query, new QueryOptions { ForceScan = random.Next(2) == 0 });
        Assert.Equal(QueryStatus.Done, result.Status);
        List<QueryModel.Line> expected = model.Answer(query, 0), got = QueryModel.Lines(result);
        bool same = expected.Count == got.Count && expected.Zip(got).All(p => QueryModel.Same(p.First, p.Second));
        Assert.True(same, $"{text}\nwant {string.Join('\n', expected)}\ngot {string.Join('\n', got)}");
    }

    private static void CompareRaw(QueryExecutor executor, QueryModel model, int limit)
    {
        DslQuery query = DslTexts.Parse("RAW:m:[]");
        List<(string, long, string)> got = [];
        string? next = null;
        do
        {
            QueryResult page = executor.Execute(query, new QueryOptions { Limit = limit, Cursor = next });
            foreach (QueryPoint point in page.Points.Span)
                got.Add((Tags(point.Series), point.Timestamp, QueryModel.TextOf(point.Value)));
            next = page.Next;
            Assert.True(got.Count < 10_000, "the pages have no end");
        }
        while (next is not null);
        Assert.Equal(model.Raw(query, 0).ConvertAll(p =>
            (Tags(p.Key), p.Timestamp, QueryModel.TextOf(QueryModel.ValueOf(p)))), got);
    }

    private static string Tags(SeriesKey key) => string.Join(',', key.Tags);

    private static void Put(StoreFixture fixture, QueryModel.Point point)
    {
        SeriesId series = fixture.Series(point.Key.Name, point.Family, [.. point.Key.Tags]);
        byte[] payload = point.Text is null ? [] : Encoding.UTF8.GetBytes(point.Text);
        ulong bits = point.Family switch
        {
            ValueFamily.Float => BitConverter.DoubleToUInt64Bits(point.Number),
            ValueFamily.Int => (ulong)(long)point.Number,
            ValueFamily.UInt or ValueFamily.Bool => (ulong)point.Number,
            _ => new PayloadRef(0, (uint)payload.Length).ToBits(),
        };
        EventRow row = new() { Series = series, Timestamp = point.Timestamp, Bits = bits, Family = point.Family };
        fixture.Put([row], payload);
    }
}
