using System;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL;
using Slungd.Engine.PromQL.Evaluation;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Engine.PromQL.Syntax;
using Slungd.Tests.Engine.Fakes;
using Slungd.Tests.Engine.Query;
using Xunit;

namespace Slungd.Tests.Engine.PromQL;

/// <summary>Bounds, statuses, precisions and families: what the scripts don't reach.</summary>
public sealed class PromQLEngineTests
{
    private readonly FakeSeriesReader _store = new(Precision.Milliseconds, blockLength: 100);
    private readonly PromQLEngine _engine;

    public PromQLEngineTests()
    {
        for (int i = 0; i < 10; i++)
        {
            SeriesId series = _store.Series("m", $"i={i}");
            for (int step = 0; step < 1000; step++) _store.Put(series, step * 1000, step);
        }
        _engine = new PromQLEngine(_store, new FakeClock());
    }

    [Fact]
    public void A_text_that_is_no_query_is_refused_with_its_place()
    {
        PromQLResult result = _engine.Instant("sum(", 0, new PromQLOptions());
        Assert.Equal(PromQLStatus.BadQuery, result.Status);
        Assert.Equal("1:5: parse error: unexpected end of input", result.Error);
    }

    [Theory]
    [InlineData("m[5m]", 0, 10, 1, "invalid expression type \"range vector\" for range query")]
    [InlineData("\"a\"", 0, 10, 1, "invalid expression type \"string\" for range query")]
    [InlineData("m", 10, 0, 1, "end timestamp must not be before start time")]
    [InlineData("m", 0, 10, 0, "zero or negative query resolution step")]
    [InlineData("m", 0, 1_000_000, 1, "exceeded maximum resolution of 11,000 points")]
    [InlineData("m", 0, 11_001, 1, "exceeded maximum resolution of 11,000 points")]
    [InlineData("m", long.MinValue, long.MaxValue, long.MaxValue, "timestamp out of bounds")]
    public void Times_that_make_no_sense_are_refused(string query, long start, long end, long step, string error)
    {
        PromQLResult result = _engine.Range(query, start, end, step, new PromQLOptions());
        Assert.Equal(error.Contains("type", StringComparison.Ordinal) ? PromQLStatus.BadQuery : PromQLStatus.BadTimes,
            result.Status);
        Assert.StartsWith(error, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(11_000)]
    [InlineData(11_000_000_000_000_999)] // the last step is not a whole one
    public void Eleven_thousand_steps_from_the_start_are_answered(long end)
    {
        long step = end / 11_000;
        PromQLResult result = _engine.Range("1", 0, end, step, new PromQLOptions());
        Assert.Equal(PromQLStatus.Done, result.Status);
        Assert.Equal(11_001, Assert.Single(result.Series).Times.Length);
    }

    [Theory]
    [InlineData("m", 1, "10")]
    [InlineData("sum(m) + sum(m)", 3, "20,20,20")]
    [InlineData("sum_over_time(m[10s])", 3, "100,100,100")] // a sample counts for each window
    [InlineData("max_over_time(sum(m)[5s:1s])", 3, "5,5,5")] // what subqueries read does not count
    [InlineData("max_over_time(sum_over_time(m[10s])[5s:1s])", 2, "50,50")]
    [InlineData("sum_over_time(m[10s] @ 100)", 3, "100,100,100")]
    [InlineData("m @ 5", 2, "10,10")]
    [InlineData("m[10s]", 1, "100")]
    [InlineData("sum(m)[5s:1s]", 1, "50")]
    [InlineData("m[10s:5s] @ 500", 1, "20")]
    [InlineData("m{i=\"1\"} offset 995s", 8, "0,0,0,0,0,1,1,1")]
    [InlineData("absent_over_time(m[10s])", 2, "100,100")]
    [InlineData("vector(1) + scalar(m{i=\"1\"})", 2, "1,1")]
    public void Samples_are_counted_as_Prometheus_does(string query, int steps, string counts)
    {
        PromQLOptions options = new() { WantsStatistics = true };
        PromQLResult result = steps == 1 ? _engine.Instant(query, 990_000, options)
            : _engine.Range(query, 990_000, 990_000 + (steps - 1) * 1000, 1000, options);
        Assert.Equal(PromQLStatus.Done, result.Status);
        Assert.Equal(counts, string.Join(',', result.Statistics!.SamplesOfSteps));
        Assert.Null(_engine.Instant(query, 990_000, new PromQLOptions()).Statistics);
    }

    [Theory]
    [InlineData("m", 99, 10, "the query would hold more than 99 samples")]
    [InlineData("sum_over_time(vector(1)[10m:1s])", 2_000, 10, "the query would hold more than 2000 samples")]
    [InlineData("sum(m)[10y:1s]", 1_000_000, 10, "a subquery would have")]
    [InlineData("quantile_over_time(0.5, m[10m])", 50_000, 9, "a selector matches more than 9 series")]
    public void Large_queries_are_refused(string query, int samples, int series, string error)
    {
        PromQLOptions options = new() { MaxSamples = samples, MaxSeries = series };
        PromQLResult result = query[0] == 'm'
            ? _engine.Range(query, 0, 100_000, 1000, options) : _engine.Instant(query, 900_000, options);
        Assert.Equal(PromQLStatus.TooLarge, result.Status);
        Assert.StartsWith(error, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_that_grow_and_grow_are_refused()
    {
        string query = "m{i=\"1\"}";
        for (int i = 0; i < 40; i++) query = $"label_replace({query}, \"i\", \"$1$1\", \"i\", \"(.*)\")";
        PromQLResult result = _engine.Instant(query, 900_000, new PromQLOptions());
        Assert.Equal(PromQLStatus.TooLarge, result.Status);
        Assert.Equal("the value of label i would be longer than 65536", result.Error);
    }

    [Fact]
    public void A_cancelled_query_ends()
    {
        using CancellationTokenSource source = new();
        source.Cancel();
        PromQLOptions options = new() { Cancellation = source.Token };
        PromQLResult result = _engine.Range("rate(m[1m])", 0, 900_000, 1000, options);
        Assert.Equal(PromQLStatus.Cancelled, result.Status);
    }

    [Fact]
    public void A_query_out_of_time_ends()
    {
        PromQLEngine engine = new(_store, new RunningClock());
        PromQLOptions options = new() { TimeLimit = TimeSpan.FromSeconds(1) };
        PromQLResult result = engine.Range("rate(m[1m])", 0, 900_000, 1000, options);
        Assert.Equal(PromQLStatus.TimedOut, result.Status);
        Assert.Equal(0, _store.OpenViews);
    }

    [Fact]
    public void Long_windows_over_many_steps_are_ended_too()
    {
        const string query = "quantile_over_time(0.5, vector(time())[1h:1s])"; // reads nothing, and takes a second
        PromQLOptions options = new() { TimeLimit = TimeSpan.FromSeconds(1) };
        PromQLEngine engine = new(_store, new RunningClock());
        Assert.Equal(PromQLStatus.TimedOut, engine.Range(query, 0, 10_000_000, 1000, options).Status);
        Assert.Equal(1, engine.Results(PromQLStatus.TimedOut));
        Assert.Equal(0, engine.Results(PromQLStatus.Done));
    }

    [Fact]
    public void Too_many_queries_at_once_are_refused()
    {
        PromQLEngine none = new(_store, new FakeClock(), maxConcurrent: 0);
        Assert.Equal(PromQLStatus.Busy, none.Instant("1", 0, new PromQLOptions()).Status);
    }

    [Theory]
    [InlineData("ns")]
    [InlineData("us")]
    [InlineData("ms")]
    [InlineData("s")]
    public void Every_precision_answers_the_same(string unit)
    {
        Assert.True(Precisions.TryParse(unit, out Precision precision));
        FakeSeriesReader store = new(precision, blockLength: 5);
        SeriesId counter = store.Series("c_total");
        for (int i = 0; i < 100; i++) store.Put(counter, i * 10 * precision.PerSecond(), i * 5);
        PromQLEngine engine = new(store, new FakeClock());
        PromQLOptions options = new();
        Assert.Equal(0.5, Only(engine.Instant("rate(c_total[1m])", 500_000, options)), 12);
        Assert.Equal(500.0, Only(engine.Instant("timestamp(c_total)", 504_000, options)));
        Assert.Equal(245.0, Only(engine.Instant("c_total offset 5500ms", 500_000, options)));
        Assert.Equal(6.1, Only(engine.Instant("count_over_time(c_total[1m:500ms] @ 59.5) / 10 - 5.9", 0, options)), 9);
        PromQLResult raw = engine.Instant("c_total[20s]", 500_000, options);
        Assert.Equal([490_000L, 500_000L], raw.Series[0].Times);
    }

    [Theory]
    [InlineData("ns")]
    [InlineData("us")]
    [InlineData("ms")]
    public void Timestamps_are_the_nearest_floats(string unit)
    {
        Assert.True(Precisions.TryParse(unit, out Precision precision));
        FakeSeriesReader store = new(precision);
        SeriesId series = store.Series("t");
        for (int i = 0; i < 1000; i++)
        {
            long time = 1_700_004_965_587 + i * 7_919; // milliseconds
            store.Put(series, time * (precision.PerSecond() / 1000), i);
        }
        PromQLEngine engine = new(store, new FakeClock());
        for (int i = 0; i < 1000; i++)
        {
            long time = 1_700_004_965_587 + i * 7_919;
            Assert.Equal(time / 1000.0, Only(engine.Instant("timestamp(t)", time, new PromQLOptions())));
        }
    }

    /// <summary>Where the scripts are silent, as Prometheus answers.</summary>
    [Theory]
    [InlineData("count(count_values without (i) (\"i\", m))", 1)]
    [InlineData("count(count_values without (job) (\"i\", m))", 1)] // all have one value
    [InlineData("count(count_values without (i, job) (\"job\", m))", 1)]
    [InlineData("sum(count_values without (i, job) (\"job\", m))", 10)]
    [InlineData("count(count_values by (i) (\"job\", m))", 10)]
    [InlineData("sum(clamp_min(m * NaN, Inf))", double.PositiveInfinity)]
    [InlineData("sum(clamp_max(m * NaN, -Inf))", double.NegativeInfinity)]
    [InlineData("sum(clamp_min(m * NaN, 3))", double.NaN)]
    [InlineData("sum(clamp(m * NaN, 1, 2))", double.NaN)]
    [InlineData("sum(clamp(m, -Inf, Inf))", 1000)]
    [InlineData("year(vector(1.7e12))", 55_840)]
    [InlineData("hour(vector(1e12))", 1)]
    [InlineData("year(vector(-62135596801))", 0)]
    [InlineData("year(vector(-1e12))", -29_719)]
    [InlineData("month(vector(-62135596801))", 12)]
    [InlineData("day_of_month(vector(-62135596801))", 31)]
    [InlineData("days_in_month(vector(951782400))", 29)]
    [InlineData("days_in_month(vector(951782400 + 400000 * 31556952))", 29)]
    [InlineData("day_of_week(vector(951782400 + 400000 * 31556952))", 2)]
    [InlineData("hour(vector(1e30))", double.NaN)]
    [InlineData("hour(vector(-Inf))", double.NaN)]
    public void Corners_answer_as_elsewhere(string query, double expected) =>
        Assert.Equal(expected, Only(_engine.Instant(query, 100_000, new PromQLOptions())));

    [Theory]
    [InlineData("topk(0, m % on () m)")]
    [InlineData("bottomk(0, m % on () m)")]
    public void None_of_something_wrong_is_wrong(string query) =>
        Assert.Equal(PromQLStatus.Failed, _engine.Instant(query, 100_000, new PromQLOptions()).Status);

    [Fact]
    public void Resets_behind_a_huge_drop_count()
    {
        FakeSeriesReader store = new(Precision.Milliseconds);
        SeriesId counter = store.Series("c_total");
        double[] values = [1e300, 0, 21, 0, 21, 0, 21];
        for (int i = 0; i < values.Length; i++) store.Put(counter, i * 10_000, values[i]);
        PromQLEngine engine = new(store, new FakeClock());
        Assert.Equal(42.7, Only(engine.Instant("increase(c_total[61s])", 60_000, new PromQLOptions())), 9);
    }

    /// <summary>A point that has just been stamped and kept is in the answer of a query for this millisecond, which is
    /// where Prometheus would have put it.</summary>
    [Theory]
    [InlineData("ns", 1_000_000)]
    [InlineData("us", 1_000)]
    public void Samples_belong_to_the_millisecond_they_lie_in(string unit, long perMillisecond)
    {
        Assert.True(Precisions.TryParse(unit, out Precision precision));
        FakeSeriesReader store = new(precision, blockLength: 4);
        SeriesId counter = store.Series("c_total");
        for (int i = 0; i <= 60; i++) store.Put(counter, (i * 1000 + 1) * perMillisecond - 1, i); // .9 of each second
        PromQLEngine engine = new(store, new FakeClock());
        Assert.Equal(7.0, At("c_total", 7_000));
        Assert.Equal(6.0, At("c_total", 6_999));
        Assert.Equal(7.0, At("c_total @ 7", 0));
        Assert.Equal(7.0, At("c_total offset 1s", 8_000));
        Assert.Equal(10.0, At("count_over_time(c_total[10s])", 10_000)); // not the one of second 0
        Assert.Equal(55.0, At("sum_over_time(c_total[10s])", 10_000));
        Assert.Equal(10.0, At("last_over_time(c_total[10s])", 10_000));
        Assert.Equal(60.0, At("count_over_time(c_total[1m:1s] @ 60)", 0));
        Assert.Equal(10.0, At("increase(c_total[10s])", 10_000), 2);
        Assert.Equal(10.0, At("increase(c_total[10s] anchored)", 10_000), 2);
        Assert.Equal(10.0, At("increase(c_total[10s] smoothed)", 10_000), 2);
        PromQLResult raw = engine.Instant("c_total[3s]", 9_000, new PromQLOptions());
        Assert.Equal([7_000L, 8_000L, 9_000L], raw.Series[0].Times);
        PromQLResult range = engine.Range("c_total", 5_000, 7_000, 1_000, new PromQLOptions());
        Assert.Equal([5.0, 6.0, 7.0], range.Series[0].Values);

        double At(string query, long time) =>
            Only(engine.Instant(query, time, new PromQLOptions { Language = ParserOptions.Everything }));
    }

    [Fact]
    public void Integers_and_booleans_read_as_floats_and_texts_are_left_out()
    {
        FakeSeriesReader store = new(Precision.Milliseconds);
        store.Put(store.Series("v", "k=int"), 0, ValueFamily.Int, unchecked((ulong)-3L), default);
        store.Put(store.Series("v", "k=uint"), 0, ValueFamily.UInt, ulong.MaxValue, default);
        store.Put(store.Series("v", "k=bool"), 0, ValueFamily.Bool, 1, default);
        store.Put(store.Series("v", "k=text"), 0, "hello");
        PromQLEngine engine = new(store, new FakeClock());
        PromQLResult result = engine.Instant("sort(v)", 0, new PromQLOptions());
        Assert.Equal(3, result.Series.Count);
        Assert.Equal([-3.0, 1.0, ulong.MaxValue], Array.ConvertAll([.. result.Series], s => s.Values[0]));
        Assert.Equal(-3.0, Only(engine.Instant("min(sum_over_time(v[1m]))", 0, new PromQLOptions())));
    }

    [Fact]
    public void Series_that_look_alike_are_one()
    {
        FakeSeriesReader store = new(Precision.Milliseconds);
        store.Put(store.Series("v", "muted"), 0, 1);
        store.Put(store.Series("v", "muted"), 1000, 2);
        store.Put(store.Series("v", "muted=true"), 1000, 3);
        store.Put(store.Series("v", "muted=true", "empty="), 2000, 4);
        PromQLEngine engine = new(store, new FakeClock());
        PromQLResult result = engine.Instant("v[1m]", 5000, new PromQLOptions());
        PromQLSeries series = Assert.Single(result.Series);
        Assert.Equal("{__name__=\"v\", muted=\"true\"}", series.Labels.ToString());
        Assert.Equal([1.0, 3.0, 4.0], series.Values);
        Assert.Equal(8.0, Only(engine.Instant("sum_over_time(v[1m])", 5000, new PromQLOptions())));
    }

    /// <summary>Whichever series was made first.</summary>
    [Theory]
    [InlineData("muted", "muted=true", "=histogram")]
    [InlineData("=histogram", "muted=true", "muted")]
    [InlineData("muted=true", "muted", "=histogram")]
    public void Of_points_at_one_time_that_of_the_last_alike_series_counts(params string[] tags)
    {
        FakeSeriesReader store = new(Precision.Milliseconds);
        foreach (string tag in tags)
        {
            if (tag != "=histogram")
            {
                for (int time = tag == "muted" ? 2 : 3; time <= 3; time++)
                    store.Put(store.Series("v", tag), time, tag.Length);
                continue;
            }
            byte[] histogram = HistogramCodec.Encode(new FloatHistogram { Sum = 3, Count = 1 });
            SeriesId id = store.Series("v", "muted", tag);
            for (int time = 1; time <= 3; time++) store.Put(id, time, ValueFamily.Histogram, 0, histogram);
            store.Put(id, 4, ValueFamily.Histogram, 0, [255]); // of a later version
        }
        PromQLEngine engine = new(store, new FakeClock());
        PromQLSeries series = Assert.Single(engine.Instant("v[1m]", 5000, new PromQLOptions()).Series);
        Assert.Equal([1L, 2, 3], series.Times);
        Assert.Equal(3, series.Histograms![0]!.Sum);
        Assert.Equal([5.0, 10.0], series.Values[1..]);
    }

    [Fact]
    public void Stale_markers_are_seen_through_summaries()
    {
        FakeSeriesReader store = new(Precision.Milliseconds, blockLength: 2);
        SeriesId series = store.Series("v");
        for (int i = 0; i < 9; i++) store.Put(series, i, i == 4 ? StaleMarker.Value : i);
        PromQLEngine engine = new(store, new FakeClock());
        Assert.Equal(8.0, Only(engine.Instant("count_over_time(v[1m])", 100, new PromQLOptions())));
        Assert.Equal(32.0, Only(engine.Instant("sum_over_time(v[1m])", 100, new PromQLOptions())));
        Assert.True(store.SummariesGiven > 0);
    }

    [Fact]
    public void Long_windows_are_answered_from_summaries()
    {
        PromQLOptions options = new();
        double[] fast = _engine.Range("sum(avg_over_time(m[10m]))", 600_000, 990_000, 30_000, options).Series[0].Values;
        Assert.True(_store.SummariesGiven > 100);
        double[] plain = _engine.Range("sum(avg_over_time(m[10m:1s]))", 600_000, 990_000, 30_000,
            options).Series[0].Values;
        for (int i = 0; i < plain.Length; i++) Assert.Equal(plain[i], fast[i], 9);
    }

    [Fact]
    public void Type_and_unit_labels_tell_counters()
    {
        FakeSeriesReader store = new(Precision.Milliseconds);
        foreach (string type in new[] { "gauge", "counter" })
            for (int i = 0; i < 5; i++) store.Put(store.Series("v_total", $"__type__={type}", $"i={type}"), i * 1000,
                i);
        PromQLEngine engine = new(store, new FakeClock());
        Assert.Empty(engine.Instant("rate(v_total[1m])", 5000, new PromQLOptions()).Annotations);
        PromQLResult result = engine.Instant("rate(v_total[1m])", 5000, new PromQLOptions { TypeAndUnitLabels = true });
        PromQLAnnotation only = Assert.Single(result.Annotations);
        Assert.Equal("PromQL info: metric might not be a counter, __type__ label is not set to \"counter\" or " +
            "\"histogram\", got \"gauge\": \"v_total\" (1:6)", only.In("rate(v_total[1m])"));
    }

    private static double Only(PromQLResult result)
    {
        Assert.True(result.Error is null, result.Error);
        return Assert.Single(result.Series).Values[0];
    }

    private sealed class RunningClock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => _now++;
    }
}
