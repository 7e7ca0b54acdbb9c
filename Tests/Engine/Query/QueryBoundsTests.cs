using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Slungd.Tests.Engine.Fakes;
using Xunit;

namespace Slungd.Tests.Engine.Query;

/// <summary>Limits of time, memory and paging, and which blocks are read.</summary>
public sealed class QueryBoundsTests
{
    private static FakeSeriesReader Ramp(int points, int blockLength)
    {
        FakeSeriesReader store = new(blockLength: blockLength);
        SeriesId series = store.Series("m", "a");
        for (int i = 0; i < points; i++) store.Put(series, i, i);
        return store;
    }

    private static QueryResult Execute(ISeriesReader store, string text, QueryOptions options = default,
        Limits? limits = null, TimeProvider? clock = null) =>
        QueryExecutorTests.Executor(store, clock, limits).Execute(DslTexts.Parse(text), options);

    [Fact]
    public void Whole_blocks_are_answered_by_summaries()
    {
        FakeSeriesReader store = Ramp(1_000, 10);
        QueryResult result = Execute(store, "SUM:m:[]:[5,994]");
        Assert.Equal((990L, 990 * 499.5), (result.Count, result.Value.Number));
        Assert.Equal((98, 2), (store.SummariesGiven, store.BlocksGiven));
    }

    [Fact]
    public void A_scan_can_be_forced()
    {
        FakeSeriesReader store = Ramp(1_000, 10);
        Assert.Equal(499.5, Execute(store, "AVG:m:[]", new QueryOptions { ForceScan = true }).Value.Number);
        Assert.Equal((0, 100), (store.SummariesGiven, store.BlocksGiven));
    }

    [Fact]
    public void Summaries_serve_windows_that_hold_whole_blocks()
    {
        FakeSeriesReader store = Ramp(1_000, 10);
        QueryResult result = Execute(store, "MAX:m:[]:[0,1000]:[100us]");
        Assert.Equal(10, result.Windows.Length);
        Bucket last = result.Windows[9];
        Assert.Equal((900L, 999.0, 100L), (last.Start, last.Answer(QueryOp.Max).Number, last.Count));
        Assert.Equal((100, 0), (store.SummariesGiven, store.BlocksGiven));
    }

    [Fact]
    public void Windows_shorter_than_blocks_are_read_in_one_go()
    {
        FakeSeriesReader store = Ramp(1_000, 100);
        QueryResult result = Execute(store, "COUNT:m:[]:[0,1000]:[8us]");
        Assert.Equal(125, result.Windows.Length);
        Assert.Equal((1, 10), (store.SummariesGiven, store.BlocksGiven));
    }

    [Fact]
    public void Stale_markers_are_no_points_even_inside_summaries()
    {
        FakeSeriesReader store = new(blockLength: 4);
        SeriesId series = store.Series("m");
        double stale = BitConverter.UInt64BitsToDouble(Bucket.StaleMarker);
        double[] values = [stale, 1, 2, stale, 3, 4, 5, 6];
        for (int i = 0; i < values.Length; i++) store.Put(series, i, values[i]);
        Assert.Equal((6L, 3.5), (Execute(store, "AVG:m:[]").Count, Execute(store, "AVG:m:[]").Value.Number));
        Assert.Equal(1, Execute(store, "FIRST:m:[]").Value.Number);
        Assert.Equal(2, Execute(store, "LAST:m:[]:[0,3]").Value.Number);
        Assert.Equal(6, Execute(store, "COUNT:m:[]").Value.Number);
        Assert.Equal(6, Execute(store, "RAW:m:[]").Points.Length);
        Assert.True(Execute(store, "AVG:m:[]:[0,0]").Value.IsNull);
        Assert.True(Execute(store, "AVG:m:[]:[0,0]:[1s]").Windows.IsEmpty);
        store.Put(series, 8, double.NaN);
        Assert.Equal((7L, double.NaN), (Execute(store, "SUM:m:[]").Count, Execute(store, "SUM:m:[]").Value.Number));
        Assert.Equal(6, Execute(store, "MAX:m:[]").Value.Number);
    }

    [Fact]
    public void Windows_and_groups_are_bounded()
    {
        FakeSeriesReader store = Ramp(100, 10);
        store.Put(store.Series("m", "b=1"), 0, 1.0);
        Limits limits = new() { MaxWindows = 100 };
        QueryResult result = Execute(store, "AVG:m:[]:[0,99]:[1us] BY b", default, limits);
        Assert.Equal(QueryStatus.TooLarge, result.Status);
        Assert.Equal("more than 100 windows and groups: expected a shorter range, longer windows or fewer BY keys",
            result.Error);
        Assert.True(Execute(store, "AVG:m:[]:[0,99]:[1us]", default, limits).IsDone);
        Assert.Equal((0, 0), (store.OpenViews, store.OpenCursors));
    }

    [Fact]
    public void The_time_limit_and_cancellation_end_a_query()
    {
        FakeSeriesReader store = Ramp(10_000, 1);
        FakeClock clock = new() { TicksPerReading = 10_000_000 }; // every look at the clock takes a second
        QueryOptions options = new() { TimeLimit = TimeSpan.FromSeconds(5), ForceScan = true };
        foreach (string text in new[] { "AVG:m:[]", "RAW:m:[]", "COUNT:m:[]:[0,9999]:[3us]" })
        {
            QueryResult result = Execute(store, text, options, null, clock);
            Assert.Equal(QueryStatus.TimedOut, result.Status);
            Assert.Equal("the query took longer than 5 s: expected a shorter range", result.Error);
        }
        Assert.True(Execute(store, "AVG:m:[]", options).IsDone);
        using CancellationTokenSource cancelled = new();
        cancelled.Cancel();
        options = new QueryOptions { Cancellation = cancelled.Token };
        Assert.Equal(QueryStatus.Cancelled, Execute(store, "AVG:m:[]", options).Status);
        Assert.Equal((0, 0), (store.OpenViews, store.OpenCursors));
    }

    [Theory]
    [InlineData("RAW:m:[]", 0, null, "expected a limit from 1 to 100000")]
    [InlineData("RAW:m:[]", 100_001, null, "expected a limit from 1 to 100000")]
    [InlineData("RAW:m:[]", 5, "", "expected as cursor the next of an answer to this query")]
    [InlineData("RAW:m:[]", 5, "AAAA", "expected as cursor the next of an answer to this query")]
    [InlineData("RAW:m:[]", 5, "!", "expected as cursor the next of an answer to this query")]
    [InlineData("AVG:m:[]", 5, null, "expected RAW: only its answers have a limit and a cursor")]
    public void Unusable_options_are_refused(string text, int limit, string? cursor, string error)
    {
        QueryResult result = Execute(Ramp(1, 1), text, new QueryOptions { Limit = limit, Cursor = cursor });
        Assert.Equal((QueryStatus.BadRequest, error), (result.Status, result.Error));
    }

    [Fact]
    public void A_cursor_fits_its_query_alone_and_any_change_of_it_is_noticed()
    {
        FakeSeriesReader store = Ramp(10, 4);
        string next = Execute(store, "RAW:m:[]", new QueryOptions { Limit = 3 }).Next!;
        Assert.True(Execute(store, "raw:m:[ ]", new QueryOptions { Cursor = next }).IsDone);
        Assert.Equal(QueryStatus.BadRequest, Execute(store, "RAW:m:[a]", new QueryOptions { Cursor = next }).Status);
        for (int i = 0; i < next.Length - 1; i++) // the last character has bits that mean nothing
        {
            char[] changed = next.ToCharArray();
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            foreach (string cursor in new[] { new string(changed), next[..i] })
                Assert.False(Execute(store, "RAW:m:[]", new QueryOptions { Cursor = cursor }).IsDone, cursor);
        }
    }

    /// <summary>The pages of a relative range are pages of the range that the first one had.</summary>
    [Fact]
    public void Pages_keep_the_range_of_the_first_one()
    {
        FakeSeriesReader store = Ramp(10, 4); // 0 to 9 us after the epoch
        FakeClock clock = new() { Now = DateTimeOffset.UnixEpoch.AddMicroseconds(7) };
        QueryResult first = Execute(store, "RAW:m:[]:[5us]", new QueryOptions { Limit = 2 }, null, clock);
        Assert.Equal([2L, 3L], first.Points.ToArray().Select(p => p.Timestamp));
        clock.Now = DateTimeOffset.UnixEpoch.AddSeconds(7);
        store.Put(store.Series("m", "0"), 3, 1.0); // new, but before the cursor
        store.Put(store.Series("m", "b"), 3, 1.0); // new, and after it
        QueryResult rest = Execute(store, "RAW:m:[]:[5us]", new QueryOptions { Cursor = first.Next }, null, clock);
        Assert.Equal([3L, 4L, 5L, 6L, 7L], rest.Points.ToArray().Select(p => p.Timestamp));
        Assert.Equal("b", rest.Points.Span[0].Series.Tags[0]);
        Assert.Null(rest.Next);
    }

    [Fact]
    public void Equal_timestamps_over_many_series_are_never_lost_between_pages()
    {
        FakeSeriesReader store = new();
        for (int i = 99; i >= 0; i--) // the order of creation is not the order of the answer
        {
            store.Put(store.Series("m", $"host={i:D2}"), 7, i);
            store.Put(store.Series("m", $"host={i:D2}"), long.MaxValue, i);
        }
        string? next = null;
        int seen = 0;
        do
        {
            QueryResult page = Execute(store, "RAW:m:[]", new QueryOptions { Limit = 7, Cursor = next });
            foreach (QueryPoint point in page.Points.Span) Assert.Equal(seen++ % 100, point.Value.Number);
            next = page.Next;
        }
        while (next is not null && seen <= 200);
        Assert.Equal(200, seen);
    }

    [Fact]
    public void An_answer_holds_so_many_bytes_of_texts_and_goes_on_from_there()
    {
        FakeSeriesReader store = new(blockLength: 4);
        for (int i = 0; i < 60; i++)
        {
            store.Put(store.Series("m", $"text={i % 3}"), i / 2, $"{i} " + new string('x', i % 7 == 0 ? 150 : 10));
            store.Put(store.Series("m", "number"), i, i);
        }
        Limits limits = new() { MaxRawPayloadBytes = 100 };
        List<string> all = [], paged = [];
        QueryResult whole = Execute(store, "RAW:m:[]");
        foreach (QueryPoint point in whole.Points.Span) all.Add($"{point.Timestamp} {QueryModel.TextOf(point.Value)}");
        string? next = null;
        do
        {
            QueryResult page = Execute(store, "RAW:m:[]", new QueryOptions { Cursor = next }, limits);
            int bytes = 0;
            foreach (QueryPoint point in page.Points.Span)
            {
                bytes += point.Value.Payload?.Length ?? 0;
                paged.Add($"{point.Timestamp} {QueryModel.TextOf(point.Value)}");
            }
            Assert.True(bytes <= 100 || page.Points.Length == 1); // one that is longer comes alone
            next = page.Next;
        }
        while (next is not null && paged.Count < 1000);
        Assert.Equal(all, paged);
    }

    [Fact]
    public void Sums_are_compensated_across_blocks_and_series()
    {
        FakeSeriesReader store = new(blockLength: 3);
        double[] values = [1e100, 1, -1e100, 1, 1e60, 3, -1e60];
        for (int i = 0; i < values.Length; i++) store.Put(store.Series("m", $"{i % 2}"), i, values[i]);
        Assert.Equal(0, Execute(store, "SUM:m:[]:[0,1]").Value.Number - 1e100);
        QueryResult sum = Execute(store, "SUM:m:[]");
        Assert.InRange(sum.Value.Number, 5 - 1e-15 * 2.1e100, 5 + 1e-15 * 2.1e100);
        store = new FakeSeriesReader(blockLength: 1_000);
        SeriesId tenths = store.Series("m");
        for (int i = 0; i < 100_000; i++) store.Put(tenths, i, 0.1);
        Assert.Equal(10_000.0, Execute(store, "SUM:m:[]").Value.Number, 1e-11);
        Assert.Equal(0.1, Execute(store, "AVG:m:[]", new QueryOptions { ForceScan = true }).Value.Number, 1e-16);
    }
}
