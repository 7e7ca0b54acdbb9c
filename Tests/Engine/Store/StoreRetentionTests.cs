using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Store;

public class StoreRetentionTests
{
    private const long Second = 1_000_000;

    [Fact]
    public void WhatIsExpiredIsNotShownAnyMore()
    {
        using var fixture = new StoreFixture(static o => o with { Retention = TimeSpan.FromSeconds(100) });
        SeriesId a = fixture.Series("a"), old = fixture.Series("old");
        fixture.Put(old, 0, 1);
        for (int i = 0; i <= 100; i++) fixture.Put(a, i * Second, i);
        Assert.Equal(101, fixture.Count(a));
        fixture.Store.Flush();
        fixture.Put(a, 150 * Second, 1); // in memory, and all else on disk
        Assert.Equal(1, fixture.Store.Statistics().Segments);
        Assert.Equal([.. Enumerable.Range(50, 51).Select(static i => i * Second), 150 * Second], Times(fixture, a));
        Assert.Equal(52, fixture.Count(a));
        Assert.Empty(fixture.Read(old));
        Assert.Equal([a], Selected(fixture));
        using SeriesView before = fixture.Store.OpenView();
        fixture.Put(a, 190 * Second, 1);
        Assert.Equal(53, Count(before, a)); // what a view shows does not expire
        Assert.Equal(13, fixture.Count(a));
        fixture.Reopen();
        Assert.Equal(13, fixture.Count(fixture.Series("a")));
    }

    [Fact]
    public void ASegmentThatIsMostlyExpiredIsRewritten()
    {
        using var fixture = new StoreFixture(static o => o with { Retention = TimeSpan.FromSeconds(100) });
        SeriesId a = fixture.Series("a");
        for (int i = 0; i < 100; i++) fixture.Put(a, i * Second, i);
        fixture.Put(a, long.MaxValue / 2, 1); // keeps the segment from ever expiring
        fixture.Store.Flush();
        fixture.Put(a, 110 * Second, 1);
        Assert.False(fixture.Store.CleanOnce(0.25, isPaced: false)); // a tenth
        fixture.Put(a, 150 * Second, 1);
        Assert.True(fixture.Store.CleanOnce(0.25, isPaced: false));
        Assert.Equal(51, fixture.Store.Statistics().SegmentPoints);
        Assert.False(fixture.Store.CleanOnce(0.25, isPaced: false));
        Assert.Equal(53, fixture.Count(a));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void OneAbsurdTimestampDoesNotMoveTheRetention(bool isColumn)
    {
        using var fixture = new StoreFixture(static o => o with { Retention = TimeSpan.FromHours(1) });
        SeriesId a = fixture.Series("a");
        long then = fixture.Store.Precision.Now(fixture.Clock) - 400L * 86400 * Second; // history, long ago
        long absurd = fixture.Store.Precision.Now(fixture.Clock) + 900L * 86400 * Second;
        if (isColumn) Append(fixture, a, [then, absurd, then + 1]);
        else
        {
            fixture.Put(a, then, 1);
            fixture.Put(a, absurd, 1);
            fixture.Put(a, then + 1, 1);
        }
        fixture.Put(a, then - 3000 * Second, 1); // an hour has not passed
        Assert.Equal(4, fixture.Count(a));
        AssertTooOld(fixture, a, then - 3700 * Second);
        fixture.Store.Flush();
        fixture.Store.Step();
        Assert.Equal(4, fixture.Count(a));
        fixture.Reopen();
        a = fixture.Series("a");
        Assert.Equal(4, fixture.Count(a));
        AssertTooOld(fixture, a, then - 3700 * Second);
        fixture.Put(a, then + 1000 * Second, 1);
        Assert.Equal(4, fixture.Count(a)); // one came, one went
        fixture.Clock.Start += TimeSpan.FromDays(1000); // the absurd time is past by now; so is everything else
        fixture.Reopen();
        Assert.Equal([absurd], Times(fixture, fixture.Series("a")));
    }

    [Fact]
    public void WithAFutureLimitTheNewestIsInsideIt()
    {
        using var fixture = new StoreFixture(static o => o with
        {
            Retention = TimeSpan.FromSeconds(60), FutureLimit = TimeSpan.FromSeconds(10),
        });
        SeriesId a = fixture.Series("a");
        long now = fixture.Store.Precision.Now(fixture.Clock);
        fixture.Put(a, now + 10 * Second, 1);
        fixture.Put(a, now - 50 * Second, 1);
        AssertTooOld(fixture, a, now - 51 * Second);
    }

    /// <summary>In an empty store, too, and wherever the newest point stands.</summary>
    [Fact]
    public void WhatItsOwnNeighboursMakeTooOldIsRefused()
    {
        using var fixture = new StoreFixture(static o => o with { Retention = TimeSpan.FromSeconds(60) });
        SeriesId a = fixture.Series("a");
        var refusals = new RefusalLog();
        long now = fixture.Store.Precision.Now(fixture.Clock);
        long[] times = [now - 61 * Second, now, now - 60 * Second, now - 61 * Second];
        fixture.Store.AppendColumn(1, a, ValueFamily.Float, times, new ulong[4], refusals);
        Assert.Equal([new Refusal(0, 1, RefusalCode.TooOld), new Refusal(3, 1, RefusalCode.TooOld)],
            refusals.Runs.ToArray());
        Assert.Equal([now - 60 * Second, now], Times(fixture, a));
    }

    /// <summary>By whatever call: what is accepted is shown, and what is refused would not be. Points of another family
    /// than their series', and from a far future, make nothing too old.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void WhatIsAcceptedIsShown(int seed)
    {
        using var fixture = new StoreFixture(static o => o with { Retention = TimeSpan.FromSeconds(60) });
        SeriesId[] series = [fixture.Series("a"), fixture.Series("b"), fixture.Series("text", ValueFamily.String)];
        var random = new Random(seed);
        var refusals = new RefusalLog();
        long now = fixture.Store.Precision.Now(fixture.Clock), absurd = now + 900L * 86400 * Second;
        int refused = 0;
        for (int call = 0; call < 100; call++)
        {
            long[] times = new long[1 + random.Next(6)];
            long start = now + (call * 20 - 1900) * Second, step = random.Next(-30, 30) * Second;
            for (int i = 0; i < times.Length; i++)
                times[i] = random.Next(8) == 0 ? absurd + i : start + random.Next(100) * Second;
            SeriesId[] owners = [.. times.Select(_ => series[random.Next(3)])];
            int way = random.Next(4);
            if (way == 3) for (int i = 0; i < times.Length; i++) times[i] = start + i * step;
            if (way > 1) Array.Fill(owners, series[0]);
            refusals.Clear();
            Append(fixture, way, owners, times, step, refusals);
            Dictionary<SeriesId, List<long>> shown = series.ToDictionary(static id => id, id => Times(fixture, id));
            long newest = shown.Values.SelectMany(static all => all).Where(time => time < absurd).Max();
            for (int i = 0; i < times.Length; i++)
            {
                RefusalCode expected = owners[i] == series[2] ? RefusalCode.ValueFamily
                    : times[i] < Math.Min(newest, now) - 60 * Second ? RefusalCode.TooOld : RefusalCode.None;
                Assert.Equal(expected, refusals.CodeOf(i));
                if (expected == RefusalCode.None) Assert.Contains(times[i], shown[owners[i]]);
                if (expected == RefusalCode.TooOld) refused++;
            }
        }
        Assert.InRange(refused, 10, 300);
    }

    [Fact]
    public void TheOldestSegmentsGoWhenThereIsTooMuch()
    {
        using var fixture = new StoreFixture(static o => o with { RetentionSize = 40_000 });
        SeriesId a = fixture.Series("a"), late = fixture.Series("late");
        var random = new Random(1);
        for (int flush = 0; flush < 30; flush++)
        {
            for (int i = 0; i < 200; i++) fixture.Put(a, flush * 1000 + i, random.NextDouble());
            if (flush == 20) fixture.Put(late, 5, 1); // written late
            fixture.Store.Flush();
            fixture.Store.KeepSize();
            Assert.InRange(fixture.Store.Statistics().SegmentBytes, 1, 40_000);
            while (fixture.Store.CompactOnce(false, false) || fixture.Store.CleanOnce(0.25, false)) { }
        }
        long first = fixture.Read(a)[0].Timestamp;
        Assert.InRange(first, 5_000, 25_000);
        Assert.Equal(Enumerable.Range(0, 30_000).Select(static i => (long)i)
            .Where(i => i >= first && i % 1000 < 200), Times(fixture, a));
        Assert.Empty(fixture.Read(late)); // all that is before the first point went
        Assert.Equal(fixture.Store.Statistics().Segments * 2, Directory.GetFiles(fixture.Segments).Length);
        fixture.Reopen();
        Assert.Equal(first, fixture.Read(fixture.Series("a"))[0].Timestamp);
        fixture.Put(fixture.Series("late"), 6, 1); // what comes afterwards is welcome
        fixture.Store.Flush();
        Assert.Equal([6L], Times(fixture, fixture.Series("late")));
    }

    [Fact]
    public void TheNewestSegmentStaysHoweverLargeItIs()
    {
        using var fixture = new StoreFixture(static o => o with { RetentionSize = 1 });
        SeriesId a = fixture.Series("a");
        fixture.Put(a, 1, 1);
        fixture.Store.Flush();
        fixture.Put(a, 2, 1);
        fixture.Store.Flush();
        fixture.Store.KeepSize();
        Assert.Equal([2L], Times(fixture, a));
        fixture.Store.KeepSize();
        Assert.Equal([2L], Times(fixture, a));
        Assert.Equal(1, fixture.Store.Statistics().Segments);
    }

    /// <summary>Values that were overwritten before must not come back when the segment with the later ones
    /// goes.</summary>
    [Fact]
    public void NothingOverwrittenComesToLight()
    {
        using var fixture = new StoreFixture(static o => o with { RetentionSize = 2_000 });
        SeriesId a = fixture.Series("a");
        fixture.Put(a, 1, 1);
        fixture.Put(a, 100, 1); // the older write is in the segment with the newer end
        fixture.Store.Flush();
        fixture.Put(a, 1, 2);
        fixture.Store.Flush();
        for (int i = 0; i < 300; i++) fixture.Put(a, 200 + i, Math.Sqrt(i));
        fixture.Store.Flush();
        fixture.Store.KeepSize();
        Assert.DoesNotContain(1L, Times(fixture, a));
        fixture.Reopen();
        Assert.DoesNotContain(1L, Times(fixture, fixture.Series("a")));
    }

    [Theory]
    [InlineData(SimCrash.Kill)]
    [InlineData(SimCrash.PowerCut)]
    public void ACrashWhileSegmentsGoBringsNothingBack(object how)
    {
        long calls = long.MaxValue;
        for (long crash = 1; crash <= calls; crash++)
        {
            var disk = new SimDisk((ulong)crash);
            using var fixture = new StoreFixture(static o => o with { RetentionSize = 6_000 }, disk);
            disk.CreateDirectory(fixture.Root);
            for (string path = fixture.Root; path.Length > 0;)
                disk.SyncDirectory(path = path[..path.LastIndexOf('/')]);
            SeriesId a = fixture.Series("a");
            for (int flush = 0; flush < 5; flush++)
            {
                for (int i = 0; i < 200; i++) fixture.Put(a, flush * 1000 + i, Math.Sqrt(i + flush));
                fixture.Store.Flush();
            }
            List<long> before = Times(fixture, a);
            disk.CrashAtCall = disk.Calls + crash;
            long start = disk.Calls;
            bool isDone = false;
            try
            {
                fixture.Store.KeepSize();
                calls = disk.Calls - start;
                isDone = true;
            }
            catch (SimCrashException) { /* the machine is down */ }
            fixture.Crash((SimCrash)how);
            List<long> after = Times(fixture, fixture.Series("a"));
            bool isGone = after[0] > 0;
            Assert.True(isGone || !isDone);
            Assert.Equal(before.Where(at => at >= after[0]), after);
            fixture.Store.KeepSize();
            Assert.InRange(fixture.Store.Statistics().SegmentBytes, 1, 6_000);
            Assert.Equal(fixture.Store.Statistics().Segments * 2, disk.ListFiles(fixture.Segments).Length);
        }
        Assert.InRange(calls, 8, 100);
    }

    /// <summary>Segments say up to where the log is done with; when they are gone something else must.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TheLogIsNotMissedWhenItsSegmentsAreGone(bool isDeleted)
    {
        using var fixture = new StoreFixture(static o => o with
        {
            Retention = TimeSpan.FromSeconds(10), LogSync = LogSync.Always, IsReplayStrict = true, LogFileBytes = 32768,
        }, new SimDisk(1));
        SeriesId a = fixture.Series("a");
        fixture.Put(a, 1, 1);
        fixture.Store.Wal!.Step();
        fixture.Store.Flush();
        fixture.Put(a, 100 * Second, 2);
        fixture.Store.Wal!.Step();
        if (isDeleted)
        {
            Assert.Equal(1, fixture.Store.Delete(SeriesSelector.All, new TimeRange(0, 1)).Series);
            fixture.Store.CleanTombstones();
        }
        else fixture.Store.Step();
        Assert.Equal(0, fixture.Store.Statistics().Segments);
        fixture.Crash(SimCrash.Kill);
        Assert.Equal([100 * Second], Times(fixture, fixture.Series("a")));
    }

    private static void Append(StoreFixture fixture, int way, SeriesId[] owners, long[] times, long step,
        RefusalLog refusals)
    {
        ulong[] values = new ulong[times.Length];
        const ValueFamily family = ValueFamily.Float;
        switch (way)
        {
            case 0:
                fixture.Store.AppendRows(1, [.. times.Select((time, i) => new EventRow
                    { Series = owners[i], Timestamp = time, Family = family })], default, refusals);
                break;
            case 1:
                fixture.Store.AppendRuns(1, [.. owners.Select(static owner => new ColumnRun
                    { Series = owner, Family = family, Count = 1 })], times, values, refusals);
                refusals.Sort();
                break;
            case 2: fixture.Store.AppendColumn(1, owners[0], family, times, values, refusals); break;
            default: fixture.Store.AppendRegular(1, owners[0], family, times[0], step, values, refusals); break;
        }
    }

    private static void Append(StoreFixture fixture, SeriesId series, long[] timestamps)
    {
        var refusals = new RefusalLog();
        fixture.Store.AppendColumn(1, series, ValueFamily.Float, timestamps, new ulong[timestamps.Length], refusals);
        Assert.Equal(0, refusals.Points);
    }

    private static void AssertTooOld(StoreFixture fixture, SeriesId series, long timestamp)
    {
        var refusals = new RefusalLog();
        fixture.Store.AppendColumn(1, series, ValueFamily.Float, [timestamp], [0], refusals);
        Assert.Equal([new Refusal(0, 1, RefusalCode.TooOld)], refusals.Runs.ToArray());
    }

    private static List<long> Times(StoreFixture fixture, SeriesId series) =>
        fixture.Read(series).ConvertAll(static p => p.Timestamp);

    private static long Count(SeriesView view, SeriesId series)
    {
        using SeriesCursor cursor = view.Open(series, TimeRange.All, acceptSummaries: true);
        long count = 0;
        while (cursor.MoveNext()) count += cursor.IsSummary ? cursor.Summary.Count : cursor.Timestamps.Length;
        return count;
    }

    private static List<SeriesId> Selected(StoreFixture fixture)
    {
        List<SeriesId> ids = [];
        using SeriesView view = fixture.Store.OpenView();
        view.SelectWithPoints(SeriesSelector.All, TimeRange.All, ids);
        return ids;
    }
}
