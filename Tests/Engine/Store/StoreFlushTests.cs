using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Engine.Fakes;
using Xunit;

namespace Slungd.Tests.Engine.Store;

public class StoreFlushTests
{
    [Fact]
    public void ManyPointsAreFlushed()
    {
        using var fixture = new StoreFixture(static o => o with { FlushPoints = 100 });
        SeriesId series = fixture.Series("a");
        for (int i = 0; i < 99; i++) fixture.Put(series, i, i);
        fixture.Store.Step();
        Assert.Equal(0, fixture.Store.Statistics().Segments);
        fixture.Put(series, 99, 99);
        fixture.Store.Step();
        StoreStatistics now = fixture.Store.Statistics();
        Assert.Equal((1L, 100L, 0L, 1L, 100L),
            (now.Segments, now.SegmentPoints, now.MemtablePoints, now.Flushes, now.FlushedPoints));
        Assert.Equal(100, fixture.Read(series).Count);
    }

    [Fact]
    public void OldPointsAreFlushed()
    {
        using var fixture = new StoreFixture();
        fixture.Clock.Advance(TimeSpan.FromHours(1));
        fixture.Store.Step();
        fixture.Put(fixture.Series("a"), 1, 1);
        fixture.Clock.Advance(TimeSpan.FromMinutes(9.9));
        fixture.Put(fixture.Series("a"), 2, 1);
        fixture.Store.Step();
        Assert.Equal(0, fixture.Store.Statistics().Segments);
        fixture.Clock.Advance(TimeSpan.FromMinutes(0.2));
        fixture.Store.Step();
        Assert.Equal(1, fixture.Store.Statistics().Segments);
        fixture.Clock.Advance(TimeSpan.FromHours(1));
        fixture.Store.Step(); // nothing new, no empty segment
        Assert.Equal(1, fixture.Store.Statistics().Segments);
    }

    [Fact]
    public void AQuarterOfTheArenaIsFlushed()
    {
        using var fixture = new StoreFixture(static o => o with { ArenaBytes = 16 << 20 });
        SeriesId series = fixture.Series("a");
        var refusals = new RefusalLog();
        long at = 0;
        while (fixture.Store.Statistics().MemtableBytes < 4 << 20)
        {
            fixture.Store.Step();
            Assert.Equal(0, fixture.Store.Statistics().Segments);
            fixture.Store.AppendRegular(1, series, ValueFamily.Float, at, 1, new ulong[1000], refusals);
            at += 1000;
        }
        fixture.Store.Step();
        Assert.Equal(1, fixture.Store.Statistics().Segments);
        Assert.Equal(at, fixture.Count(series));
    }

    [Fact]
    public void TheSmallestArenaThatMayBeAskedForHoldsPoints()
    {
        using var fixture = new StoreFixture(static o => o with { ArenaBytes = MemoryLimits.MinArena });
        SeriesId series = fixture.Series("a");
        for (int round = 0; round < 5; round++)
        {
            for (int i = 0; i < 1000; i++) fixture.Put(series, round * 1000 + i, i);
            fixture.Store.Flush();
        }
        Assert.Equal(5000, fixture.Count(series));
    }

    [Fact]
    public void MemoryComesBackAfterAFlush()
    {
        using var fixture = new StoreFixture();
        SeriesId series = fixture.Series("a");
        long used = fixture.Store.Statistics().ArenaUsedBytes;
        for (int round = 0; round < 5; round++)
        {
            for (int i = 0; i < 1000; i++) fixture.Put(series, i, i);
            Assert.True(fixture.Store.Statistics().ArenaUsedBytes > used);
            fixture.Store.Flush();
            Assert.Equal(used, fixture.Store.Statistics().ArenaUsedBytes);
        }
    }

    /// <summary>Writers that wait for memory ask for no group that would take the log's hands off it.</summary>
    [Fact]
    public void MemoryComesBackAfterAFlushThoughNothingMoreIsLogged()
    {
        using var fixture = new StoreFixture(static o => o with { LogSync = LogSync.Always });
        SeriesId series = fixture.Series("a");
        long used = fixture.Store.Statistics().ArenaUsedBytes;
        for (int i = 0; i < 1000; i++) fixture.Put(series, i, i);
        fixture.Store.Step(); // all of it is in the log
        fixture.Store.Flush();
        fixture.Store.Step();
        Assert.Equal(used, fixture.Store.Statistics().ArenaUsedBytes);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WritersAreHeldBackWhileAFlushIsOverdueButNotForLong(bool isFlushed)
    {
        using var fixture = new StoreFixture(static o => o with { FlushPoints = 1_000 });
        Fill(fixture);
        Assert.Equal(SinkState.MemoryShort, fixture.Store.State);
        Assert.Contains("faster", fixture.Store.StateReason);
        if (isFlushed) fixture.Store.Step();
        else fixture.Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(SinkState.Ready, fixture.Store.State);
    }

    [Fact]
    public void WithoutADiskNoFlushIsWaitedFor()
    {
        using var fixture = new StoreFixture(static o => o with { FlushPoints = 1_000, DataDirectory = null });
        Fill(fixture);
        Assert.Equal(SinkState.Ready, fixture.Store.State);
    }

    private static void Fill(StoreFixture fixture)
    {
        SeriesId series = fixture.Series("a");
        for (int i = 0; i < 5; i++)
            fixture.Store.AppendRegular(1, series, ValueFamily.Float, i * 1_000, 1, new ulong[1_000], new RefusalLog());
    }

    [Fact]
    public void AQuietStoreGivesItsMemoryBackToTheSystem()
    {
        using var fixture = new StoreFixture(static o => o with { ArenaBytes = 64 << 20, FlushPoints = 1_000_000 });
        SeriesId series = fixture.Series("a");
        var refusals = new RefusalLog();
        for (int i = 0; i < 500; i++)
            fixture.Store.AppendRegular(1, series, ValueFamily.Float, i * 1_000, 1, new ulong[1_000], refusals);
        fixture.Store.Flush();
        Assert.InRange(fixture.Store.Statistics().ArenaWarmBytes, 8 << 20, 32 << 20); // for the next burst
        for (int i = 0; i < 3; i++) // a trickle
        {
            fixture.Put(series, i, 1);
            fixture.Store.Flush();
        }
        Assert.InRange(fixture.Store.Statistics().ArenaWarmBytes, 0, 4 << 20);
        fixture.Store.Step();
        Assert.Equal(0, fixture.Store.Statistics().ArenaWarmBytes);
    }

    [Fact]
    public void NamesAreNeverUsedTwice()
    {
        using var fixture = new StoreFixture();
        var names = new HashSet<string>();
        for (int round = 0; round < 20; round++)
        {
            fixture.Put(fixture.Series("a"), round, round);
            fixture.Store.Flush();
            if (round % 3 == 0) fixture.Reopen();
            foreach (string file in Directory.GetFiles(fixture.Segments)) names.Add(Path.GetFileName(file));
        }
        Assert.Equal(40, names.Count);
    }

    [Fact]
    public void TheLastWriteWinsAcrossSegmentsAndRestarts()
    {
        using var fixture = new StoreFixture();
        for (int round = 0; round < 6; round++)
        {
            SeriesId series = fixture.Series("a");
            for (int i = 0; i < 100; i += round + 1) fixture.Put(series, i, round);
            if (round % 2 == 0) fixture.Store.Flush();
            if (round == 3) fixture.Reopen();
        }
        fixture.Reopen();
        foreach ((long at, ulong bits) in fixture.Read(fixture.Series("a")))
        {
            int expected = Enumerable.Range(0, 6).Last(round => at % (round + 1) == 0);
            Assert.Equal(expected, BitConverter.UInt64BitsToDouble(bits));
        }
    }

    [Fact]
    public void SeriesComeBackWithTheirKeysAndFamilies()
    {
        using var fixture = new StoreFixture();
        for (int i = 0; i < 50; i++)
        {
            SeriesId id = fixture.Series("name" + i % 7, ValueFamily.Int, "host=" + i, "muted");
            var row = new EventRow { Series = id, Timestamp = i, Bits = (ulong)i, Family = ValueFamily.Int };
            fixture.Put([row]);
            if (i % 10 == 0) fixture.Store.Flush();
        }
        fixture.Reopen();
        using SeriesView view = fixture.Store.OpenView();
        var ids = new List<SeriesId>();
        view.Select(new SeriesSelector(null, TagExpression.All.Instance), TimeRange.All, ids);
        Assert.Equal(50, ids.Count);
        foreach (SeriesId id in ids)
        {
            Assert.Equal(ValueFamily.Int, view.FamilyOf(id));
            SeriesKey key = view.KeyOf(id);
            Assert.Equal("muted", key.Tags[1]);
            int i = int.Parse(key.Tags[0].AsSpan(5), System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal("name" + i % 7, key.Name);
            Assert.Equal([(i, (ulong)i)], fixture.Read(id));
        }
    }

    [Fact]
    public void ManySeriesSortInWhateverOrderTheyCome()
    {
        using var fixture = new StoreFixture();
        var random = new Random(3);
        var expected = new Dictionary<string, int>();
        for (int round = 0; round < 6; round++)
        {
            for (int i = 0; i < (round == 4 ? 1 : 200); i++)
            {
                string name = "n" + random.Next(round == 0 ? 100_000 : 2_000);
                fixture.Put(fixture.Series(name), round, 1);
                expected[name] = expected.GetValueOrDefault(name) | 1 << round;
            }
            fixture.Store.Flush();
        }
        fixture.Reopen();
        foreach ((string name, int rounds) in expected)
            Assert.Equal(rounds, fixture.Read(fixture.Series(name)).Sum(static p => 1 << (int)p.Timestamp));
    }

    /// <summary>The background thread flushes every few thousand points while one thread writes and two count: the
    /// count of a view never falls short of what was written before, never beyond what was begun, and never goes
    /// back.</summary>
    [Fact]
    public void CountsNeverDipWhileFlushesRun()
    {
        string root = Directory.CreateTempSubdirectory("slungd-flush-").FullName;
        try
        {
            const int Total = 60_000, Batch = 50;
            var options = new StoreOptions
            {
                DataDirectory = root, ArenaBytes = 64 << 20, FlushPoints = 2_000, PagePoints = 64, ShardCount = 4,
                MinFreeDisk = FreeDiskRule.None, Limits = new Limits { MaxSeries = 100 },
            };
            using var store = new TimeSeriesStore(options, PosixDisk.Instance, TimeProvider.System);
            store.Open();
            store.Resolve(FakeEventSink.WireKey("a"), ValueFamily.Float, out SeriesId series);
            long begun = 0, done = 0;
            Exception? failure = null;
            void Count()
            {
                try
                {
                    long last = 0;
                    while (Volatile.Read(ref done) < Total)
                    {
                        long low = Volatile.Read(ref done);
                        long count = CountOnce(store, series);
                        long high = Volatile.Read(ref begun);
                        Assert.InRange(count, Math.Max(low, last), high);
                        last = count;
                    }
                }
                catch (Exception e) { failure = e; }
            }
            Thread[] readers = [new(Count), new(Count)];
            foreach (Thread reader in readers) reader.Start();
            var refusals = new RefusalLog();
            var rows = new EventRow[Batch];
            for (int i = 0; i < Total; i += Batch)
            {
                // Every other batch is late: it lies between points that are in segments already.
                for (int n = 0; n < Batch; n++)
                    rows[n] = new EventRow
                    {
                        Series = series, Timestamp = i / Batch % 2 == 0 ? 2 * (i + n) : 2 * (i + n) - 1001,
                        Family = ValueFamily.Float,
                    };
                Volatile.Write(ref begun, i + Batch);
                store.AppendRows(1, rows, default, refusals);
                Volatile.Write(ref done, i + Batch);
                // On a busy machine the background thread comes late: every so often it is given the time.
                if (i % 10_000 == 0) SpinWait.SpinUntil(() => store.Statistics().Flushes >= i / 10_000);
            }
            foreach (Thread reader in readers) reader.Join();
            Assert.Null(failure);
            Assert.Equal(0, refusals.Points);
            Assert.Equal(Total, CountOnce(store, series));
            Assert.True(store.Statistics().Flushes >= 5);
            Assert.True(store.Stop());
        }
        finally { Directory.Delete(root, recursive: true); }
    }

    private static long CountOnce(TimeSeriesStore store, SeriesId series)
    {
        using SeriesView view = store.OpenView();
        using SeriesCursor cursor = view.Open(series, TimeRange.All, acceptSummaries: true);
        long count = 0;
        while (cursor.MoveNext()) count += cursor.IsSummary ? cursor.Summary.Count : cursor.Timestamps.Length;
        return count;
    }

    [Fact]
    public void ManyWritersLoseNothing()
    {
        string root = Directory.CreateTempSubdirectory("slungd-flush-").FullName;
        try
        {
            const int Writers = 4, Each = 20_000;
            var options = new StoreOptions
            {
                DataDirectory = root, ArenaBytes = 64 << 20, FlushPoints = 5_000, ShardCount = 4,
                MinFreeDisk = FreeDiskRule.None, Limits = new Limits { MaxSeries = 1000 },
            };
            using (var store = new TimeSeriesStore(options, PosixDisk.Instance, TimeProvider.System))
            {
                store.Open();
                Thread[] threads = Enumerable.Range(0, Writers)
                    .Select(w => new Thread(() => Write(store, w, Each))).ToArray();
                foreach (Thread thread in threads) thread.Start();
                foreach (Thread thread in threads) thread.Join();
                Assert.Equal(Writers * Each, store.Statistics().PointsAccepted);
            }
            using var again = new TimeSeriesStore(options, PosixDisk.Instance, TimeProvider.System);
            again.Open();
            for (int i = 0; i < 10; i++)
            {
                again.Resolve(FakeEventSink.WireKey("s" + i), ValueFamily.Float, out SeriesId series);
                Assert.Equal(Writers * Each / 10, CountOnce(again, series));
            }
        }
        finally { Directory.Delete(root, recursive: true); }
    }

    /// <summary>Ten series, their timestamps disjoint between writers.</summary>
    private static void Write(TimeSeriesStore store, int writer, int points)
    {
        var refusals = new RefusalLog();
        var rows = new EventRow[100];
        for (int i = 0; i < points; i += rows.Length)
        {
            for (int n = 0; n < rows.Length; n++)
            {
                store.Resolve(FakeEventSink.WireKey("s" + n % 10), ValueFamily.Float, out SeriesId series);
                (rows[n].Series, rows[n].Timestamp) = (series, (i + n) * 4 + writer);
                rows[n].Family = ValueFamily.Float;
            }
            store.AppendRows(1, rows, default, refusals);
        }
    }
}
