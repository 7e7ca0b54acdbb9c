using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.Engine.Fakes;

/// <summary>The fake keeps the promises of the waist that others test against.</summary>
public sealed class FakeSeriesReaderTests
{
    [Fact]
    public void Points_are_sorted_cut_to_the_range_and_the_last_write_wins()
    {
        FakeSeriesReader store = new(blockLength: 2);
        SeriesId series = store.Series("cpu", "b", "a", "", "b");
        Assert.Equal(series, store.Series("cpu", "a", "b"));
        foreach (long at in new long[] { 5, 1, 3, 9, 7, 3 }) store.Put(series, at, at * 10.0);
        store.Put(series, 3, -1.0);

        using SeriesView view = store.OpenView();
        store.Put(series, 2, 99.0); // after the view: not seen
        List<long> seen = [];
        using SeriesCursor cursor = view.Open(series, new TimeRange(3, 8), acceptSummaries: false);
        while (cursor.MoveNext()) seen.AddRange(cursor.Timestamps);
        Assert.Equal([3, 5, 7], seen);

        int summaries = 0;
        view.Open(series, new TimeRange(1, 8), acceptSummaries: true, cursor);
        while (cursor.MoveNext())
        {
            if (!cursor.IsSummary) continue;
            summaries++;
            Assert.Equal(2, cursor.Summary.Count);
        }
        Assert.Equal(2, summaries);
        Assert.Equal(1, store.OpenCursors);
    }

    [Fact]
    public void The_sink_resolves_refuses_and_counts_commits()
    {
        FakeSeriesReader store = new();
        FakeEventSink sink = new(store) { OldestAccepted = 10, MaxSeries = 1, KeepsAtOnce = false };
        Assert.Equal(RefusalCode.None, Resolve(sink, out SeriesId id, "cpu", "b", "a"));
        Assert.Equal(RefusalCode.SeriesLimit, Resolve(sink, out _, "mem"));
        Assert.Equal(RefusalCode.None, Resolve(sink, out SeriesId again, "cpu", "a", "b"));
        Assert.Equal(id, again);

        RefusalLog refusals = new();
        Assert.Equal(1ul, sink.AppendRegular(7, id, ValueFamily.Float, 9, 1, [0, 0, 0], refusals));
        Assert.Equal([new Refusal(0, 1, RefusalCode.TooOld)], refusals.Runs.ToArray());
        Assert.Equal(0ul, sink.KeptThrough);
        int calls = 0;
        sink.OnKept(() => calls++);
        sink.Keep(1);
        Assert.Equal((1ul, 1), (sink.KeptThrough, calls));
    }

    private static RefusalCode Resolve(FakeEventSink sink, out SeriesId id, string name, params string[] tags) =>
        sink.Resolve(FakeEventSink.WireKey(name, tags), ValueFamily.Float, out id);
}
