using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Store;

public class StoreDeleteTests
{
    [Fact]
    public void WhatWasWrittenBeforeIsGoneAndWhatComesAfterStays()
    {
        using var fixture = new StoreFixture();
        SeriesId a = fixture.Series("a"), b = fixture.Series("b");
        Fill(fixture, a, 0, 100);
        fixture.Store.Flush();
        Fill(fixture, a, 50, 150); // in memory
        Fill(fixture, b, 0, 100);
        Assert.Equal(1, Delete(fixture, 30, 120, "a").Series);
        AssertTimes(fixture, a, (0, 29), (121, 149));
        AssertTimes(fixture, b, (0, 99));
        Fill(fixture, a, 60, 70);
        AssertTimes(fixture, a, (0, 29), (60, 69), (121, 149));
        Assert.Equal(69, fixture.Count(a));
        fixture.Store.Flush();
        AssertTimes(fixture, a, (0, 29), (60, 69), (121, 149));
        fixture.Reopen();
        AssertTimes(fixture, a, (0, 29), (60, 69), (121, 149));
        Assert.Equal(69, fixture.Count(a));
        fixture.Store.Compact();
        AssertTimes(fixture, a, (0, 29), (60, 69), (121, 149));
        AssertTimes(fixture, b, (0, 99));
    }

    [Fact]
    public void NothingInTheRangeIsNoDelete()
    {
        using var fixture = new StoreFixture();
        SeriesId a = fixture.Series("a");
        Fill(fixture, a, 0, 10);
        Assert.Equal(default, Delete(fixture, 100, 200, "a"));
        Assert.Equal(default, Delete(fixture, 5, 4, "a"));
        Assert.Equal(default, Delete(fixture, 0, 10, "b"));
        Assert.Equal(0, fixture.Store.Statistics().Segments);
        Assert.False(File.Exists(fixture.Data + "/tombstones"));
    }

    [Fact]
    public void MemoryThatHoldsNoneOfItIsNotFlushed()
    {
        using var fixture = new StoreFixture();
        SeriesId a = fixture.Series("a");
        Fill(fixture, a, 0, 10);
        fixture.Store.Flush();
        Fill(fixture, fixture.Series("b"), 0, 10);
        Assert.Equal(1, Delete(fixture, 0, 100, "a").Series);
        Assert.Equal(1, fixture.Store.Statistics().Segments);
        Fill(fixture, a, 3, 4);
        fixture.Reopen();
        AssertTimes(fixture, a, (3, 3));
        AssertTimes(fixture, fixture.Series("b"), (0, 9));
    }

    [Fact]
    public void SelectorsAreJoined()
    {
        using var fixture = new StoreFixture();
        SeriesId a1 = fixture.Series("a", ValueFamily.Float, "n=1"), a2 = fixture.Series("a", ValueFamily.Float, "n=2");
        SeriesId b = fixture.Series("b", ValueFamily.Float, "n=1"), c = fixture.Series("c", ValueFamily.Float, "n=3");
        foreach (SeriesId series in new[] { a1, a2, b, c }) Fill(fixture, series, 0, 50);
        var selector = SeriesSelector.AnyOf(new SeriesSelector("a"u8.ToArray(), TagExpression.All.Instance),
            new SeriesSelector(null, new TagExpression.Tag("n=1"u8.ToArray())));
        Assert.Equal(new DeleteResult(3, null), fixture.Store.Delete(selector, TimeRange.All));
        Assert.Equal((0, 0, 0, 50), (fixture.Count(a1), fixture.Count(a2), fixture.Count(b), fixture.Count(c)));
    }

    [Fact]
    public void SeriesWithoutPointsVanishAndComeBackWithThem()
    {
        using var fixture = new StoreFixture();
        SeriesId a = fixture.Series("a"), b = fixture.Series("b");
        Fill(fixture, a, 0, 50);
        Fill(fixture, b, 0, 50);
        Delete(fixture, 0, 40, "a");
        Assert.Equal([a, b], Selected(fixture));
        Delete(fixture, 0, 49, "a");
        Assert.Equal([b], Selected(fixture));
        fixture.Put(a, 20, 1);
        Assert.Equal([a, b], Selected(fixture));
        Delete(fixture, 0, 49, "a");
        fixture.Reopen();
        Assert.Equal([b], Selected(fixture).ConvertAll(id => fixture.Store.Registry.KeyOf(id).Name == "b" ? b : a));
        fixture.Store.CleanTombstones();
        fixture.Reopen();
        Assert.Equal(1, fixture.Store.Statistics().Series);
    }

    [Fact]
    public void CleaningErasesAndDropsTheTombstones()
    {
        using var fixture = new StoreFixture();
        SeriesId a = fixture.Series("a"), b = fixture.Series("b");
        for (int flush = 0; flush < 3; flush++)
        {
            Fill(fixture, a, flush * 1000, flush * 1000 + 500);
            Fill(fixture, b, flush * 1000, flush * 1000 + 500);
            fixture.Store.Flush();
        }
        Delete(fixture, 100, 1200, "a");
        Assert.Equal(1, fixture.Store.Statistics().Tombstones);
        string untouched = Directory.GetFiles(fixture.Segments, "*.dat").Order().Last();
        fixture.Store.CleanTombstones();
        Assert.Equal(0, fixture.Store.Statistics().Tombstones);
        Assert.Equal(3, fixture.Store.Statistics().Segments);
        Assert.Equal(3000 - 400 - 201, fixture.Store.Statistics().SegmentPoints);
        Assert.Contains(untouched, Directory.GetFiles(fixture.Segments));
        Assert.Equal(6, Directory.GetFiles(fixture.Segments).Length);
        AssertTimes(fixture, a, (0, 99), (1201, 1499), (2000, 2499));
        fixture.Reopen();
        Assert.Equal(0, fixture.Store.Statistics().Tombstones);
        AssertTimes(fixture, a, (0, 99), (1201, 1499), (2000, 2499));
        fixture.Store.CleanTombstones(); // nothing to do
    }

    [Fact]
    public void ASegmentOfWhichNothingIsLeftGoes()
    {
        var disk = new FaultyDisk();
        using var fixture = new StoreFixture(static o => o with { LogSync = LogSync.Always }, disk);
        SeriesId a = fixture.Series("a");
        Fill(fixture, a, 0, 500);
        Delete(fixture, long.MinValue, long.MaxValue, "a");
        disk.Claim = new DiskSpace(1 << 30, 0); // erasing a whole segment needs no room
        fixture.Store.CleanTombstones();
        disk.Claim = null;
        Assert.Empty(Directory.GetFiles(fixture.Segments));
        Assert.Empty(fixture.Read(a));
        fixture.Put(a, 1, 1);
        fixture.Reopen();
        Assert.Single(fixture.Read(fixture.Series("a")));
    }

    [Fact]
    public void CompactionAcrossADeleteKeepsTheLaterWrites()
    {
        using var fixture = new StoreFixture();
        SeriesId a = fixture.Series("a");
        Fill(fixture, a, 0, 500);
        fixture.Store.Flush();
        Delete(fixture, 0, 300, "a");
        Fill(fixture, a, 100, 200);
        fixture.Store.Flush();
        fixture.Store.Compact();
        Assert.Equal(1, fixture.Store.Statistics().Segments);
        AssertTimes(fixture, a, (100, 199), (301, 499));
        Delete(fixture, 150, 400, "a"); // of both
        AssertTimes(fixture, a, (100, 149), (401, 499));
        fixture.Reopen();
        AssertTimes(fixture, a, (100, 149), (401, 499));
    }

    [Fact]
    public void TheBackgroundRewritesWhatIsMostlyDead()
    {
        using var fixture = new StoreFixture();
        SeriesId a = fixture.Series("a");
        Fill(fixture, a, 0, 1000);
        Delete(fixture, 0, 100, "a");
        Assert.False(fixture.Store.CleanOnce(0.25, isPaced: false));
        Delete(fixture, 0, 400, "a");
        Assert.True(fixture.Store.CleanOnce(0.25, isPaced: false));
        Assert.False(fixture.Store.CleanOnce(0.25, isPaced: false));
        Assert.Equal(599, fixture.Store.Statistics().SegmentPoints);
        Assert.Equal(0, fixture.Store.Statistics().Tombstones);
    }

    [Fact]
    public void PayloadsAndSummariesAreCutToo()
    {
        using var fixture = new StoreFixture();
        SeriesId text = fixture.Series("t", ValueFamily.String);
        var rows = new EventRow[100];
        byte[] payload = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 100).Select(static i => $"{i:d3}")));
        for (int i = 0; i < 100; i++)
        {
            rows[i] = new EventRow
            {
                Series = text, Timestamp = i, Family = ValueFamily.String,
                Bits = new PayloadRef((uint)i * 3, 3).ToBits(),
            };
        }
        fixture.Put(rows, payload);
        Delete(fixture, 10, 80, "t");
        using (SeriesView view = fixture.Store.OpenView())
        {
            using SeriesCursor cursor = view.Open(text, TimeRange.All, acceptSummaries: false);
            int seen = 0;
            while (cursor.MoveNext())
            {
                for (int i = 0; i < cursor.Timestamps.Length; i++, seen++)
                    Assert.Equal($"{cursor.Timestamps[i]:d3}", Encoding.ASCII.GetString(cursor.PayloadAt(i)));
            }
            Assert.Equal(29, seen);
        }
        Assert.Equal(29, fixture.Count(text));
    }

    [Fact]
    public void TooManyAreRefusedUntilTheyAreErased()
    {
        using var fixture = new StoreFixture(static o => o with { Limits = o.Limits with { MaxTombstones = 3 } });
        SeriesId a = fixture.Series("a");
        Fill(fixture, a, 0, 100);
        for (int i = 0; i < 3; i++) Assert.Equal(1, Delete(fixture, i * 10, i * 10, "a").Series);
        DeleteResult refused = Delete(fixture, 50, 50, "a");
        Assert.Contains("clean_tombstones", refused.Refusal, StringComparison.Ordinal);
        Assert.Equal(97, fixture.Count(a));
        Assert.Equal(1, Delete(fixture, 10, 30, "a").Series); // takes the place of others
        fixture.Store.CleanTombstones();
        Assert.Equal(1, Delete(fixture, 50, 50, "a").Series);
        Assert.Equal(100 - 1 - 21 - 1, fixture.Count(a));
    }

    [Fact]
    public void ADamagedFileIsPutAside()
    {
        using var fixture = new StoreFixture();
        SeriesId a = fixture.Series("a");
        Fill(fixture, a, 0, 100);
        Delete(fixture, 0, 50, "a");
        fixture.Close();
        byte[] bytes = File.ReadAllBytes(fixture.Data + "/tombstones");
        bytes[20] ^= 1;
        File.WriteAllBytes(fixture.Data + "/tombstones", bytes);
        fixture.Open();
        Assert.Equal(100, fixture.Count(a));
        Assert.Equal(1, fixture.Store.Statistics().Quarantined);
        Assert.True(File.Exists(fixture.Data + "/quarantine/tombstones"));
        Assert.Equal(1, Delete(fixture, 0, 50, "a").Series);
        Fill(fixture, a, 10, 20);
        fixture.Reopen();
        AssertTimes(fixture, a, (10, 19), (51, 99));
    }

    [Fact]
    public void ADeleteThatFailedNeverTouchesWhatComesAfter()
    {
        var disk = new FaultyDisk();
        using var fixture = new StoreFixture(null, disk);
        SeriesId a = fixture.Series("a");
        Fill(fixture, a, 0, 100);
        fixture.Store.Flush();
        // The new file has its name, but the directory can't be synced.
        disk.Fault = (operation, path) =>
            operation == "sync directory" && path == fixture.Data ? DiskFault.Failed : null;
        Assert.Throws<DiskException>(() => Delete(fixture, 0, 50, "a"));
        Assert.Equal(100, fixture.Count(a));
        Fill(fixture, a, 10, 20);
        Assert.Throws<DiskException>(fixture.Store.Flush); // nothing is written until it is known what the file says
        Assert.Throws<DiskException>(() => fixture.Store.Compact());
        disk.Fault = null;
        fixture.Store.Flush();
        fixture.Reopen();
        Assert.Equal(100, fixture.Count(a));
        Assert.Equal(1, Delete(fixture, 0, 50, "a").Series);
        AssertTimes(fixture, a, (51, 99));
    }

    [Theory]
    [InlineData(SimCrash.Kill)]
    [InlineData(SimCrash.PowerCut)]
    public void ACrashAtAnyCallLeavesAllOrNoneOfIt(object how)
    {
        long calls = long.MaxValue;
        for (long crash = 1; crash <= calls; crash++)
        {
            var disk = new SimDisk((ulong)crash);
            using var fixture = new StoreFixture(
                static o => o with { LogSync = LogSync.Always, LogFileBytes = 32768 }, disk);
            disk.CreateDirectory(fixture.Root);
            for (string path = fixture.Root; path.Length > 0;)
                disk.SyncDirectory(path = path[..path.LastIndexOf('/')]);
            SeriesId a = fixture.Series("a");
            Fill(fixture, a, 0, 100);
            fixture.Store.Flush();
            Fill(fixture, a, 100, 200);
            fixture.Store.Wal!.Step();
            long start = disk.Calls;
            disk.CrashAtCall = start + crash;
            bool isDeleted = false;
            try
            {
                Delete(fixture, 50, 150, "a");
                isDeleted = true;
                Fill(fixture, a, 120, 130);
                fixture.Store.Wal!.Step();
                fixture.Store.CleanTombstones();
                fixture.Store.Compact();
                calls = disk.Calls - start;
            }
            catch (SimCrashException) { /* the machine is down */ }
            fixture.Crash((SimCrash)how);
            long[] left = [.. fixture.Read(fixture.Series("a")).Select(static p => p.Timestamp)];
            bool isGone = !left.Contains(60L);
            long[] expected = [.. Enumerable.Range(0, 200).Select(static i => (long)i)
                .Where(i => !isGone || i < 50 || i > 150 || (i is >= 120 and < 130 && left.Contains(i)))];
            Assert.Equal(expected, left);
            Assert.True(isGone || !isDeleted);
            Assert.Equal(0, fixture.Store.Statistics().Quarantined);
            Delete(fixture, long.MinValue, long.MaxValue, "a");
            fixture.Store.CleanTombstones();
            fixture.Crash((SimCrash)how);
            Assert.Empty(fixture.Read(fixture.Series("a")));
            Assert.Empty(disk.ListFiles(fixture.Segments));
        }
        Assert.InRange(calls, 20, 1000);
    }

    [Fact]
    public void CountingReadersSeeAllOrNoneOfEachDelete()
    {
        using var fixture = new StoreFixture();
        SeriesId series = fixture.Series("a");
        const int Blocks = 40, BlockPoints = 100;
        long deleted = 0; // blocks surely gone
        long written = 0; // blocks surely there
        bool isOver = false;
        Exception? trouble = null;
        var reader = new Thread(() =>
        {
            try
            {
                while (!Volatile.Read(ref isOver))
                {
                    long gone = Volatile.Read(ref deleted), there = Volatile.Read(ref written);
                    long seen = fixture.Count(series);
                    long most = Volatile.Read(ref written) + 1 - gone, least = there - Volatile.Read(ref deleted) - 1;
                    if (seen % BlockPoints != 0 || seen > most * BlockPoints || seen < least * BlockPoints)
                        throw new InvalidOperationException($"{seen}, where {least} to {most} blocks are there");
                }
            }
            catch (Exception e) { trouble = e; }
        });
        reader.Start();
        for (int block = 0; block < Blocks; block++)
        {
            PutBlock(fixture, series, block);
            Volatile.Write(ref written, block + 1);
            if (block % 3 == 0) fixture.Store.Flush();
            if (block >= 5)
            {
                Delete(fixture, (block - 5) * BlockPoints, (block - 4) * BlockPoints - 1, "a");
                Volatile.Write(ref deleted, block - 4);
            }
            if (block % 4 == 0) fixture.Store.CleanTombstones();
            if (block % 7 == 0) fixture.Store.Compact();
        }
        Volatile.Write(ref isOver, true);
        reader.Join();
        Assert.Null(trouble);
        Assert.Equal(5 * BlockPoints, fixture.Count(series));

        static void PutBlock(StoreFixture fixture, SeriesId series, int block)
        {
            var values = new ulong[BlockPoints];
            var refusals = new RefusalLog();
            fixture.Store.AppendRegular(1, series, ValueFamily.Float, (long)block * BlockPoints, 1, values, refusals);
        }
    }

    private static DeleteResult Delete(StoreFixture fixture, long start, long end, string name) =>
        fixture.Store.Delete(new SeriesSelector(Encoding.UTF8.GetBytes(name), TagExpression.All.Instance),
            new TimeRange(start, end));

    private static void Fill(StoreFixture fixture, SeriesId series, long from, long to)
    {
        for (long at = from; at < to; at++) fixture.Put(series, at, at * 0.5);
    }

    private static List<SeriesId> Selected(StoreFixture fixture)
    {
        List<SeriesId> ids = [];
        using SeriesView view = fixture.Store.OpenView();
        view.SelectWithPoints(SeriesSelector.All, TimeRange.All, ids);
        return ids;
    }

    private static void AssertTimes(StoreFixture fixture, SeriesId series, params (long First, long Last)[] runs)
    {
        var expected = new List<long>();
        foreach ((long first, long last) in runs)
            for (long at = first; at <= last; at++) expected.Add(at);
        string name = fixture.Store.Registry.KeyOf(series).Name;
        Assert.Equal(expected, fixture.Read(fixture.Series(name)).Select(static p => p.Timestamp));
        Assert.Equal(expected.Count, fixture.Count(series));
    }
}
