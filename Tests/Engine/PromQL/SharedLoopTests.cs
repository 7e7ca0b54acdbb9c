using System;
using System.Globalization;
using System.Text;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Engine.Query;
using Xunit;

namespace Slungd.Tests.Engine.PromQL;

/// <summary>Queries whose series are shared among threads answer, and fail, exactly as on one thread.</summary>
public sealed class SharedLoopTests
{
    private const long End = 400_000;
    private readonly FakeSeriesReader _store = new(Precision.Milliseconds, blockLength: 30);
    private readonly QueryWorkers _workers = new(4, worthwhile: 1);
    private readonly PromQLEngine _alone;
    private readonly PromQLEngine _shared;

    public SharedLoopTests()
    {
        Random random = new(7);
        for (int i = 0; i < 90; i++)
        {
            SeriesId series = _store.Series(i % 3 == 0 ? "a" : "b_total", $"i={i}", $"job={i % 7}");
            int count = i == 50 ? 4000 : random.Next(300); // one is much larger than the others
            for (int at = 0; at < count; at++)
                _store.Put(series, at * End / count, random.Next(20) == 0 ? double.NaN : random.NextDouble() * 1e9);
        }
        _alone = new PromQLEngine(_store, new FakeClock(), workers: new QueryWorkers(1));
        _shared = new PromQLEngine(_store, new FakeClock(), workers: _workers);
    }

    [Fact]
    public void Random_queries_answer_bit_by_bit_as_on_one_thread()
    {
        Random random = new(11);
        for (int round = 0; round < 400; round++)
        {
            string query = QueryOf(random, depth: 3);
            PromQLOptions options = new()
            {
                MaxSamples = random.Next(3) == 0 ? random.Next(30_000) : 50_000_000,
                DelayedNameRemoval = random.Next(2) == 0,
                WantsStatistics = random.Next(2) == 0,
            };
            long start = random.Next((int)End), step = random.Next(1, 20_000);
            bool instant = random.Next(4) == 0;
            string alone = Text(Ask(_alone)), shared = Text(Ask(_shared));
            Assert.True(alone == shared, $"{query}\n{alone}\n{shared}");

            PromQLResult Ask(PromQLEngine engine) =>
                instant ? engine.Instant(query, start, options) : engine.Range(query, start, End, step, options);
        }
        Assert.Equal(0, _store.OpenViews);
        Assert.Equal(0, _store.OpenCursors);
    }

    [Fact]
    public void Idle_processors_help()
    {
        // The pool may be busy with other tests: then the query's own thread has done it all when a helper comes.
        for (int i = 0; i < 5_000 && _workers.Helped == 0; i++)
            Assert.Null(_shared.Range("rate(b_total[1m])", 0, End, 500, new PromQLOptions()).Error);
        Assert.True(_workers.Helped > 0);
    }

    [Fact]
    public void One_processor_has_no_helpers()
    {
        QueryWorkers single = new(1, worthwhile: 1);
        PromQLEngine engine = new(_store, new FakeClock(), workers: single);
        Assert.Null(engine.Range("rate(b_total[1m])", 0, End, 500, new PromQLOptions()).Error);
        Assert.Equal(0, single.Helped);
    }

    [Fact]
    public void A_cancelled_query_ends_with_its_helpers()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        PromQLOptions options = new() { Cancellation = source.Token };
        for (int i = 0; i < 20; i++)
        {
            PromQLResult result = _shared.Range("rate(b_total[1m])", 0, End, 1000, options);
            Assert.Equal(PromQLStatus.Cancelled, result.Status);
            Assert.Equal(0, _store.OpenViews);
            Assert.Equal(0, _store.OpenCursors);
        }
    }

    [Fact]
    public void No_more_than_the_processors_are_taken()
    {
        QueryWorkers workers = new(3);
        workers.Enter();
        Assert.True(workers.TryEnter());
        Assert.True(workers.TryEnter());
        Assert.False(workers.TryEnter());
        workers.Leave();
        Assert.True(workers.TryEnter());
        workers.Enter(); // queries are counted, not refused
        workers.Leave();
        Assert.False(workers.TryEnter());
    }

    private static string QueryOf(Random random, int depth)
    {
        string[] selectors = ["a", "b_total", "{job=~\"[0-4]\"}", "a{job!=\"2\"}", "{i=~\".+\"}"];
        string[] ranges = ["rate", "increase", "sum_over_time", "avg_over_time", "max_over_time", "last_over_time",
            "stddev_over_time", "irate", "changes", "count_over_time"];
        string[] aggregations = ["sum", "avg", "stddev", "sum by (job)", "max without (i)", "topk by (job) (2, ",
            "quantile(0.7, ", "count_values(\"v\", ", "limitk(5, "];
        string selector = selectors[random.Next(selectors.Length)];
        int kind = depth == 0 ? random.Next(2) : random.Next(6);
        switch (kind)
        {
            case 0: return selector;
            case 1 or 2: return $"{ranges[random.Next(ranges.Length)]}({selector}[{random.Next(1, 200)}s])";
            case 3: return $"{ranges[random.Next(ranges.Length)]}(({QueryOf(random, depth - 1)})[100s:{
                random.Next(2, 30)}s])";
            case 4: return $"({QueryOf(random, depth - 1)}) + on (i, job) ({QueryOf(random, depth - 1)})";
            default:
                string aggregation = aggregations[random.Next(aggregations.Length)];
                bool open = aggregation.EndsWith(", ", StringComparison.Ordinal);
                return $"{aggregation}{(open ? "" : "(")}{QueryOf(random, depth - 1)})";
        }
    }

    // All there is to know about an answer; floats by their bits.
    private static string Text(PromQLResult result)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{result.Status} {result.Error} {result.SamplesRead} ");
        text.Append(CultureInfo.InvariantCulture, $"{result.SamplesHeld}\n");
        if (result.Statistics is { } statistics) text.AppendJoin(',', statistics.SamplesOfSteps).Append('\n');
        foreach (PromQLAnnotation annotation in result.Annotations) text.Append(annotation).Append('\n');
        foreach (PromQLSeries series in result.Series)
        {
            text.Append(series.Labels).Append(':');
            for (int i = 0; i < series.Values.Length; i++)
                text.Append(CultureInfo.InvariantCulture,
                    $" {BitConverter.DoubleToInt64Bits(series.Values[i]):x}@{series.Times[i]}");
            text.Append('\n');
        }
        return text.ToString();
    }
}
