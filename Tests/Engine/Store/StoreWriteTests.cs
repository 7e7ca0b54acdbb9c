using System;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Xunit;

namespace Slungd.Tests.Engine.Store;

public class StoreWriteTests
{
    private readonly RefusalLog _refusals = new();

    [Fact]
    public void OnlyTheWrongRowsAreRefusedAndIntegersConvert()
    {
        using var fixture = new StoreFixture();
        SeriesId floats = fixture.Series("f"), integers = fixture.Series("i", ValueFamily.Int);
        EventRow[] rows =
        [
            Row(floats, 1, ValueFamily.Float, BitConverter.DoubleToUInt64Bits(1.5)),
            Row(floats, 2, ValueFamily.Bool, 1),
            Row(floats, 3, ValueFamily.Int, unchecked((ulong)-3L)),
            Row(floats, 4, ValueFamily.UInt, 4),
            Row(floats, 5, ValueFamily.String, 0),
            Row(integers, 6, ValueFamily.Int, 6),
            Row(integers, 7, ValueFamily.Float, BitConverter.DoubleToUInt64Bits(7)),
            Row(integers, 8, ValueFamily.Int, 8),
        ];
        fixture.Store.AppendRows(1, rows, default, _refusals);
        Assert.Equal([new Refusal(1, 1, RefusalCode.ValueFamily), new Refusal(3, 2, RefusalCode.ValueFamily),
            new Refusal(6, 1, RefusalCode.ValueFamily)], _refusals.Runs.ToArray());
        Assert.Equal([(1L, 1.5), (3L, -3.0)],
            fixture.Read(floats).Select(static p => (p.Timestamp, BitConverter.UInt64BitsToDouble(p.Bits))));
        Assert.Equal([(6L, 6UL), (8L, 8UL)], fixture.Read(integers));
        StoreStatistics now = fixture.Store.Statistics();
        Assert.Equal((4L, 4L), (now.PointsAccepted, now.PointsRefused[(int)RefusalCode.ValueFamily]));
    }

    [Fact]
    public void ColumnsOfAnotherFamilyAreRefusedWholeAndIntegersConvert()
    {
        using var fixture = new StoreFixture();
        SeriesId floats = fixture.Series("f");
        long[] timestamps = Enumerable.Range(0, 1000).Select(static i => (long)i).ToArray();
        ulong[] values = timestamps.Select(static t => (ulong)-t).ToArray();
        fixture.Store.AppendColumn(1, floats, ValueFamily.UInt, timestamps, values, _refusals);
        fixture.Store.AppendRegular(1, floats, ValueFamily.Bool, 0, 1, values, _refusals);
        Assert.Equal(2000, _refusals.Points);
        fixture.Store.AppendColumn(1, floats, ValueFamily.Int, timestamps, values, _refusals);
        fixture.Store.AppendRegular(1, floats, ValueFamily.Int, 1000, 1, values, _refusals);
        Assert.Equal(2000, _refusals.Points);
        var points = fixture.Read(floats);
        Assert.Equal(2000, points.Count);
        Assert.All(points, static p =>
            Assert.Equal(-(double)(p.Timestamp % 1000), BitConverter.UInt64BitsToDouble(p.Bits)));
    }

    [Fact]
    public void PointsBeyondTheFutureLimitAreRefusedOneByOne()
    {
        using var fixture = new StoreFixture(static o => o with { FutureLimit = TimeSpan.FromSeconds(10) });
        SeriesId series = fixture.Series("a");
        long limit = fixture.Store.Precision.Now(fixture.Clock) + 10_000_000;
        long[] timestamps = [limit - 1, limit + 1, limit, limit + 2, limit + 3, 5];
        var values = new ulong[6];
        EventRow[] rows = timestamps.Select(t => Row(series, t, ValueFamily.Float, 0)).ToArray();
        fixture.Store.AppendRows(1, rows, default, _refusals);
        Refusal[] expected = [new(1, 1, RefusalCode.TooNew), new(3, 2, RefusalCode.TooNew)];
        Assert.Equal(expected, _refusals.Runs.ToArray());
        _refusals.Clear();
        fixture.Store.AppendColumn(1, series, ValueFamily.Float, timestamps, values, _refusals);
        Assert.Equal(expected, _refusals.Runs.ToArray());
        _refusals.Clear();
        fixture.Store.AppendRegular(1, series, ValueFamily.Float, limit - 600, 1, new ulong[1000], _refusals);
        Assert.Equal([new Refusal(601, 399, RefusalCode.TooNew)], _refusals.Runs.ToArray());
        Assert.Equal(602, fixture.Count(series));
        Assert.Equal(2 * 3 + 399, fixture.Store.Statistics().PointsRefused[(int)RefusalCode.TooNew]);
    }

    [Fact]
    public void AnUnsetClockLimitsNothing()
    {
        using var fixture = new StoreFixture(
            static o => o with { FutureLimit = TimeSpan.FromSeconds(10), Retention = TimeSpan.FromDays(1) });
        fixture.Clock.Start = new DateTimeOffset(1970, 1, 1, 0, 5, 0, TimeSpan.Zero);
        fixture.Put(fixture.Series("a"), 1_700_000_000_000_000, 1);
    }

    [Fact]
    public void PointsOlderThanTheRetentionAreRefused()
    {
        using var fixture = new StoreFixture(static o => o with { Retention = TimeSpan.FromSeconds(1) });
        SeriesId series = fixture.Series("a");
        long now = fixture.Store.Precision.Now(fixture.Clock);
        fixture.Put(series, now - 5_000_000, 1); // the newest so far
        fixture.Store.AppendRows(1, [Row(series, now - 6_000_001, ValueFamily.Float, 0),
            Row(series, now - 6_000_000, ValueFamily.Float, 0)], default, _refusals);
        Assert.Equal([new Refusal(0, 1, RefusalCode.TooOld)], _refusals.Runs.ToArray());
        fixture.Put(series, now + 1_000_000_000, 1); // a point from the future moves nothing beyond the clock
        fixture.Put(series, now - 1_000_000, 1);
        _refusals.Clear();
        fixture.Store.AppendRows(1, [Row(series, now - 1_000_001, ValueFamily.Float, 0)], default, _refusals);
        Assert.Equal(1, _refusals.Points);
        fixture.Reopen(); // remembered by what is on disk
        series = fixture.Series("a");
        fixture.Store.AppendRows(1, [Row(series, now - 1_000_001, ValueFamily.Float, 0)], default, _refusals);
        Assert.Equal(2, _refusals.Points);
    }

    [Fact]
    public void ExpiredSegmentsAreRemoved()
    {
        using var fixture = new StoreFixture(static o => o with { Retention = TimeSpan.FromHours(1) });
        SeriesId series = fixture.Series("a");
        fixture.Put(series, fixture.Store.Precision.Now(fixture.Clock), 1);
        fixture.Store.Flush();
        fixture.Clock.Advance(TimeSpan.FromHours(1.1));
        fixture.Store.Step(); // no newer point has come: nothing is expired
        Assert.Equal(1, fixture.Store.Statistics().Segments);
        using (SeriesView view = fixture.Store.OpenView())
        {
            fixture.Put(series, fixture.Store.Precision.Now(fixture.Clock), 2);
            fixture.Store.Step();
            Assert.Equal(0, fixture.Store.Statistics().Segments);
            using SeriesCursor cursor = view.Open(series, TimeRange.All, acceptSummaries: false);
            Assert.True(cursor.MoveNext()); // who was inside keeps it
            Assert.True(cursor.MoveNext());
        }
        Assert.Equal(1, fixture.Count(series));
        Assert.Empty(System.IO.Directory.GetFiles(fixture.Segments));
    }

    [Fact]
    public void CommitNumbersGrowAndAreKeptAtOnce()
    {
        using var fixture = new StoreFixture();
        SeriesId series = fixture.Series("a");
        ulong last = 0;
        for (int i = 0; i < 10; i++)
        {
            ulong commit = fixture.Store.AppendRows(1, [Row(series, i, ValueFamily.Float, 0)], default, _refusals);
            Assert.True(commit > last);
            Assert.True(fixture.Store.KeptThrough >= commit);
            last = commit;
        }
    }

    [Fact]
    public void EmptyBatchesAreFine()
    {
        using var fixture = new StoreFixture();
        SeriesId series = fixture.Series("a");
        fixture.Store.AppendRows(1, default, default, _refusals);
        fixture.Store.AppendColumn(1, series, ValueFamily.Float, default, default, _refusals);
        fixture.Store.AppendRegular(1, series, ValueFamily.Float, long.MaxValue, 1, default, _refusals);
        Assert.Equal(0, _refusals.Points);
        Assert.Empty(fixture.Read(series));
    }

    [Fact]
    public void TheEndsOfTimeAreTimestampsLikeOthers()
    {
        using var fixture = new StoreFixture();
        SeriesId series = fixture.Series("a");
        long[] ends = [long.MinValue, long.MinValue + 1, -1, 0, long.MaxValue - 1, long.MaxValue];
        foreach (long end in ends) fixture.Put(series, end, 1);
        fixture.Store.Flush();
        foreach (long end in ends) fixture.Put(series, end, 2); // merged, the newer wins
        Assert.Equal(ends, fixture.Read(series).Select(static p => p.Timestamp));
        Assert.All(fixture.Read(series), static p => Assert.Equal(2.0, BitConverter.UInt64BitsToDouble(p.Bits)));
        Assert.Single(fixture.Read(series, new TimeRange(long.MaxValue, long.MaxValue)));
        Assert.Single(fixture.Read(series, new TimeRange(long.MinValue, long.MinValue)));
        Assert.Empty(fixture.Read(series, new TimeRange(1, 0)));
        fixture.Reopen();
        Assert.Equal(6, fixture.Count(fixture.Series("a")));
    }

    [Fact]
    public void FullMemoryRefusesAndRecoversByAFlush()
    {
        using var fixture = new StoreFixture(static o => o with { ArenaBytes = 8 << 20, FlushArenaShare = 1 });
        SeriesId series = fixture.Series("a");
        long at = 0;
        var values = new ulong[1000];
        while (fixture.Store.State == SinkState.Ready)
        {
            fixture.Store.AppendRegular(1, series, ValueFamily.Float, at, 1, values, _refusals);
            at += values.Length;
        }
        Assert.Equal(SinkState.MemoryShort, fixture.Store.State);
        Assert.Contains("--memory", fixture.Store.StateReason, StringComparison.Ordinal);
        Assert.Equal(0, _refusals.Points); // a batch begun while Ready has room
        while (_refusals.Points == 0)
        {
            fixture.Store.AppendRegular(1, series, ValueFamily.Float, at, 1, values, _refusals);
            at += values.Length;
        }
        Assert.All(_refusals.Runs.ToArray(), static r => Assert.Equal(RefusalCode.Memory, r.Code));
        long stored = at - _refusals.Points;
        Assert.Equal(_refusals.Points, fixture.Store.Statistics().PointsRefused[(int)RefusalCode.Memory]);
        fixture.Store.Step();
        Assert.Equal(SinkState.Ready, fixture.Store.State);
        Assert.Equal(stored, fixture.Count(series));
        Assert.Equal(1, fixture.Store.Statistics().Segments);
    }

    [Fact]
    public void AppendsAllocateNothing()
    {
        using var fixture = new StoreFixture();
        SeriesId[] series = Enumerable.Range(0, 100).Select(i => fixture.Series("s" + i)).ToArray();
        var rows = new EventRow[1000];
        var timestamps = new long[1000];
        var values = new ulong[1000];
        byte[] wireKey = Fakes.FakeEventSink.WireKey("s5");
        long at = 0;
        void Round()
        {
            for (int i = 0; i < rows.Length; i++)
            {
                rows[i] = Row(series[i % 100], at + i, i % 97 == 0 ? ValueFamily.Int : ValueFamily.Float, (ulong)i);
                timestamps[i] = at + i;
            }
            at += rows.Length;
            fixture.Store.Resolve(wireKey, ValueFamily.Float, out _);
            fixture.Store.AppendRows(1, rows, default, _refusals);
            fixture.Store.AppendColumn(1, series[1], ValueFamily.Float, timestamps, values, _refusals);
            fixture.Store.AppendColumn(1, series[2], ValueFamily.Int, timestamps, values, _refusals);
            fixture.Store.AppendRegular(1, series[3], ValueFamily.Float, at, 1, values, _refusals);
        }
        for (int i = 0; i < 50; i++) Round();
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            for (int i = 0; i < 8; i++) Round();
        }));
        Assert.Equal(0, _refusals.Points);
    }

    [Fact]
    public void AReusedCursorAllocatesNothing()
    {
        using var fixture = new StoreFixture();
        SeriesId series = fixture.Series("a");
        for (int i = 0; i < 300; i++) fixture.Put(series, i * 2, i);
        fixture.Store.Flush();
        for (int i = 0; i < 300; i++) fixture.Put(series, i * 3, i);
        using SeriesView view = fixture.Store.OpenView();
        SeriesCursor? cursor = null;
        long points = 0;
        void Walk()
        {
            cursor = view.Open(series, new TimeRange(5, 800), acceptSummaries: true, cursor);
            while (cursor.MoveNext()) points += cursor.IsSummary ? cursor.Summary.Count : cursor.Timestamps.Length;
        }
        long walks = 0;
        Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            for (int i = 0; i < 30; i++, walks++) Walk();
        }));
        Assert.Equal(walks * fixture.Read(series, new TimeRange(5, 800)).Count, points);
    }

    private static EventRow Row(SeriesId series, long timestamp, ValueFamily family, ulong bits) =>
        new() { Series = series, Timestamp = timestamp, Family = family, Bits = bits };
}
