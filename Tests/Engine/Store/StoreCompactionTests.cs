using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Store;
using Slungd.Native.Os;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Store;

public class StoreCompactionTests
{
    [Theory]
    [InlineData(64, 16)]
    [InlineData(16, 64)]
    public void AnotherPageSizeIsNoTrouble(int before, int after)
    {
        using var fixture = new StoreFixture(o => o with { PagePoints = before });
        for (int i = 0; i < 200; i++)
        {
            fixture.Put(fixture.Series("a"), i, i);
            if (i % 80 == 79) fixture.Store.Flush();
        }
        fixture.Close();
        fixture.Options = fixture.Options with { PagePoints = after };
        fixture.Open();
        fixture.Store.Compact();
        Assert.Equal(1, fixture.Store.Statistics().Segments);
        Assert.Equal(200, fixture.Read(fixture.Series("a")).Count);
    }

    [Fact]
    public void TheNewestWriteStays()
    {
        using var fixture = new StoreFixture();
        Fill(fixture, 10);
        List<(long, ulong)> a = fixture.Read(fixture.Series("a")), b = fixture.Read(fixture.Series("b"));
        fixture.Store.Compact();
        StoreStatistics now = fixture.Store.Statistics();
        Assert.Equal(1, now.Segments);
        Assert.Equal(a.Count + b.Count, now.SegmentPoints);
        Assert.True(now.Compactions >= 2 && now.CompactionBytesIn > now.CompactionBytesOut);
        Assert.Equal(a, fixture.Read(fixture.Series("a")));
        Assert.Equal(b, fixture.Read(fixture.Series("b")));
        Assert.Equal(2, Directory.GetFiles(fixture.Segments).Length);
        fixture.Reopen();
        Assert.Equal(a, fixture.Read(fixture.Series("a")));
        fixture.Put(fixture.Series("a"), 5, -5); // newer than what was compacted
        fixture.Store.Flush();
        Assert.Contains((5L, BitConverter.DoubleToUInt64Bits(-5)), fixture.Read(fixture.Series("a")));
        fixture.Store.Compact();
        Assert.Contains((5L, BitConverter.DoubleToUInt64Bits(-5)), fixture.Read(fixture.Series("a")));
    }

    [Fact]
    public void TheBackgroundLeavesFewSegmentsAlone()
    {
        using var fixture = new StoreFixture();
        Fill(fixture, 7);
        Assert.False(fixture.Store.CompactOnce(isForced: false, isPaced: true));
        Fill(fixture, 9);
        Assert.True(fixture.Store.CompactOnce(isForced: false, isPaced: false));
        Assert.True(fixture.Store.CompactOnce(isForced: false, isPaced: false));
        Assert.False(fixture.Store.CompactOnce(isForced: false, isPaced: false));
        Assert.Equal(2, fixture.Store.Statistics().Segments);
        Assert.All(Directory.GetFiles(fixture.Segments), static f => Assert.StartsWith("_1_", Path.GetFileName(f)));
    }

    [Fact]
    public void InBulkTheBackgroundWaitsForALullOrForTwoOfItsCompactions()
    {
        using var fixture = new StoreFixture(o => o with { FlushPoints = 4 });
        Assert.False(fixture.Store.MayWait());
        for (int flush = 1; flush <= 16; flush++)
        {
            for (int i = 0; i < 4; i++) fixture.Put(fixture.Series("a"), 4 * flush + i, i);
            fixture.Store.Step();
            Assert.Equal(flush < 16, fixture.Store.MayWait());
        }
        Assert.Equal(16, fixture.Store.Statistics().Segments);
        Assert.True(fixture.Store.CompactOnce(isForced: false, isPaced: false));
        Assert.True(fixture.Store.MayWait());
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(fixture.Store.MayWait());
        fixture.Put(fixture.Series("a"), 1000, 1);
        fixture.Store.Flush(); // before it was full
        Assert.False(fixture.Store.MayWait());
    }

    [Fact]
    public void ACrashAtAnyCallLosesNothingAndDoublesNothing()
    {
        int calls = int.MaxValue;
        for (int crash = 0; crash < calls; crash++)
        {
            var disk = new FaultyDisk();
            using var fixture = new StoreFixture(null, disk);
            Fill(fixture, 4);
            List<(long, ulong)> a = fixture.Read(fixture.Series("a")), b = fixture.Read(fixture.Series("b"));
            long whole = fixture.Store.Statistics().SegmentPoints;
            int start = disk.Calls;
            int dead = crash;
            disk.Fault = (_, _) => disk.Calls - start > dead ? DiskFault.Failed : null; // from here on nothing works
            bool isDone = false;
            try
            {
                fixture.Store.Compact();
                isDone = true;
                calls = disk.Calls - start;
            }
            catch (DiskException) { /* the crash */ }
            Assert.Equal(a, fixture.Read(fixture.Series("a"))); // who reads on is not concerned
            fixture.Close();
            disk.Fault = null;
            fixture.Open();
            Assert.Equal(a, fixture.Read(fixture.Series("a")));
            Assert.Equal(b, fixture.Read(fixture.Series("b")));
            StoreStatistics now = fixture.Store.Statistics();
            Assert.Equal(0, now.Quarantined);
            Assert.Contains((now.Segments, now.SegmentPoints), new[] { (4L, whole), (1L, (long)a.Count + b.Count) });
            Assert.True(!isDone || now.Segments == 1);
            Assert.Equal(now.Segments * 2, Directory.GetFiles(fixture.Segments).Length);
            fixture.Store.Compact();
            Assert.Equal(1, fixture.Store.Statistics().Segments);
            Assert.Equal(a, fixture.Read(fixture.Series("a")));
        }
        Assert.InRange(calls, 10, 1000);
    }

    [Theory]
    [InlineData(SimCrash.Kill)]
    [InlineData(SimCrash.PowerCut)]
    public void WhateverTheMachineForgetsNothingIsLost(object how)
    {
        long calls = long.MaxValue;
        for (long crash = 1; crash <= calls; crash++)
        {
            var disk = new SimDisk((ulong)crash);
            using var fixture = new StoreFixture(null, disk);
            disk.CreateDirectory(fixture.Root);
            for (string path = fixture.Root; path.Length > 0;)
                disk.SyncDirectory(path = path[..path.LastIndexOf('/')]);
            Fill(fixture, 9);
            List<(long, ulong)> a = fixture.Read(fixture.Series("a")), b = fixture.Read(fixture.Series("b"));
            long whole = fixture.Store.Statistics().SegmentPoints;
            long start = disk.Calls;
            disk.CrashAtCall = start + crash;
            try
            {
                fixture.Store.Compact();
                calls = disk.Calls - start;
            }
            catch (SimCrashException) { /* the machine is down */ }
            disk.Restart((SimCrash)how);
            fixture.Reopen();
            Assert.Equal(a, fixture.Read(fixture.Series("a")));
            Assert.Equal(b, fixture.Read(fixture.Series("b")));
            StoreStatistics now = fixture.Store.Statistics();
            Assert.Equal(0, now.Quarantined);
            // Nine flushes; eight of them merged, and one; all of them merged.
            Assert.Contains(now.Segments, new long[] { 9, 2, 1 });
            Assert.InRange(now.SegmentPoints, (long)a.Count + b.Count, whole);
            Assert.Equal(now.Segments * 2, disk.ListFiles(fixture.Segments).Length);
            fixture.Store.Compact();
            Assert.Equal(1, fixture.Store.Statistics().Segments);
            Assert.Equal(a, fixture.Read(fixture.Series("a")));
        }
        Assert.InRange(calls, 20, 1000);
    }

    /// <summary>Windows of 1,024 units, so that the outputs are about eight.</summary>
    private static StoreOptions InWindows(StoreOptions options) =>
        options with { Retention = TimeSpan.FromMicroseconds(8192) };

    [Fact]
    public void OutputsAreCutAtTheBordersOfWindows()
    {
        using var fixture = new StoreFixture(InWindows);
        Spread(fixture, 8);
        List<(long, ulong)> a = fixture.Read(fixture.Series("a")), b = fixture.Read(fixture.Series("b"));
        Assert.True(fixture.Store.CompactOnce(isForced: false, isPaced: false));
        Assert.False(fixture.Store.CompactOnce(isForced: false, isPaced: false));
        Assert.InRange(fixture.Store.Statistics().Segments, 6, 8);
        Check();
        for (int flush = 0; flush < 5; flush++) // into windows that are there
        {
            for (int i = 0; i < 1000; i++) fixture.Put(fixture.Series("a"), i * 7 + flush, -i);
            fixture.Store.Flush();
        }
        a = fixture.Read(fixture.Series("a"));
        fixture.Store.Compact();
        Assert.InRange(fixture.Store.Statistics().Segments, 6, 8); // one for each window
        Check();
        fixture.Reopen();
        Check();
        var windows = new HashSet<long>();
        foreach (string file in Directory.GetFiles(fixture.Segments, "*.idx"))
        {
            Assert.True(SegmentName.TryParse(Path.GetFileName(file), out SegmentName name, out _));
            using SegmentReader reader = SegmentReader.Open(PosixDisk.Instance, fixture.Segments, name);
            Assert.Equal(reader.Footer.MinTimestamp >> 10, reader.Footer.MaxTimestamp >> 10);
            Assert.True(windows.Add(reader.Footer.MinTimestamp >> 10));
        }

        void Check()
        {
            Assert.Equal(a, fixture.Read(fixture.Series("a")));
            Assert.Equal(b, fixture.Read(fixture.Series("b")));
        }
    }

    [Theory]
    [InlineData(SimCrash.Kill)]
    [InlineData(SimCrash.PowerCut)]
    public void SeveralOutputsReplaceTheirSourcesTogether(object how)
    {
        long calls = long.MaxValue;
        int olds = 0, news = 0;
        for (long crash = 1; crash <= calls; crash++)
        {
            var disk = new SimDisk((ulong)crash);
            using var fixture = new StoreFixture(InWindows, disk);
            disk.CreateDirectory(fixture.Root);
            for (string path = fixture.Root; path.Length > 0;)
                disk.SyncDirectory(path = path[..path.LastIndexOf('/')]);
            Spread(fixture, 4);
            List<(long, ulong)> a = fixture.Read(fixture.Series("a")), b = fixture.Read(fixture.Series("b"));
            long whole = fixture.Store.Statistics().SegmentPoints;
            long start = disk.Calls;
            disk.CrashAtCall = start + crash;
            try
            {
                fixture.Store.CompactOnce(isForced: true, isPaced: false);
                calls = disk.Calls - start;
            }
            catch (SimCrashException) { /* the machine is down */ }
            disk.Restart((SimCrash)how);
            fixture.Reopen();
            Assert.Equal(a, fixture.Read(fixture.Series("a")));
            Assert.Equal(b, fixture.Read(fixture.Series("b")));
            StoreStatistics now = fixture.Store.Statistics();
            Assert.Equal(0, now.Quarantined);
            bool isOld = now.Segments == 4;
            if (isOld) olds++;
            else news++;
            Assert.True(isOld || now.Segments is >= 6 and <= 8);
            Assert.Equal(isOld ? whole : a.Count + b.Count, now.SegmentPoints);
            Assert.Equal(now.Segments * 2, disk.ListFiles(fixture.Segments).Length);
        }
        Assert.InRange(calls, 40, 1000);
        Assert.True(olds > 20 && news > 5);
    }

    [Fact]
    public void AFailureAmongSeveralOutputsLeavesTheSources()
    {
        int calls = int.MaxValue;
        for (int failing = 0; failing < calls; failing++)
        {
            var disk = new FaultyDisk(new SimDisk(1)); // without the price of real syncs
            using var fixture = new StoreFixture(InWindows, disk);
            Spread(fixture, 3);
            List<(long, ulong)> a = fixture.Read(fixture.Series("a"));
            int start = disk.Calls, one = failing;
            disk.Fault = (_, _) => disk.Calls - start == one + 1 ? DiskFault.Failed : null; // once
            try
            {
                fixture.Store.Compact();
                calls = disk.Calls - start;
            }
            catch (DiskException)
            {
                Assert.Equal(a, fixture.Read(fixture.Series("a")));
                fixture.Store.Compact();
            }
            Assert.Equal(a, fixture.Read(fixture.Series("a")));
            long segments = fixture.Store.Statistics().Segments;
            Assert.InRange(segments, 6, 8);
            disk.Fault = null;
            fixture.Reopen();
            Assert.Equal(a, fixture.Read(fixture.Series("a")));
            Assert.Equal(segments, fixture.Store.Statistics().Segments);
            Assert.Equal(segments * 2, disk.ListFiles(fixture.Segments).Length);
        }
        Assert.InRange(calls, 40, 1000);
    }

    [Fact]
    public void FilesThatCanNotBeRemovedWait()
    {
        var disk = new FaultyDisk();
        using var fixture = new StoreFixture(null, disk);
        Fill(fixture, 3);
        List<(long, ulong)> points = fixture.Read(fixture.Series("a"));
        disk.Fault = static (operation, _) => operation == "delete" ? DiskFault.Denied : null;
        Assert.Throws<DiskException>(() => fixture.Store.Compact());
        Assert.Equal(1, fixture.Store.Statistics().Segments);
        Assert.Equal(points, fixture.Read(fixture.Series("a")));
        fixture.Reopen(); // they can't be removed at the start, either
        Assert.Equal(1, fixture.Store.Statistics().Segments);
        Assert.Equal(points, fixture.Read(fixture.Series("a")));
        Assert.Equal(8, Directory.GetFiles(fixture.Segments).Length);
        disk.Fault = null;
        fixture.Reopen();
        Assert.Equal(points, fixture.Read(fixture.Series("a")));
        Assert.Equal(2, Directory.GetFiles(fixture.Segments).Length);
    }

    [Fact]
    public void WithoutRoomNothingIsBegun()
    {
        var disk = new FaultyDisk();
        using var fixture = new StoreFixture(null, disk);
        Fill(fixture, 3);
        int calls = disk.Calls;
        disk.Claim = new DiskSpace(1 << 30, 100);
        DiskException e = Assert.Throws<DiskException>(() => fixture.Store.Compact());
        Assert.Equal(DiskFault.NoSpace, e.Fault);
        Assert.Equal(calls, disk.Calls);
    }

    [Fact]
    public void ACorruptSourceGoesIntoQuarantineAndTheOthersAreMerged()
    {
        using var fixture = new StoreFixture();
        Fill(fixture, 4);
        fixture.Close();
        string file = Directory.GetFiles(fixture.Segments, "*.dat").Order().Skip(1).First();
        byte[] bytes = File.ReadAllBytes(file);
        bytes[^1] ^= 1;
        File.WriteAllBytes(file, bytes);
        fixture.Open();
        Assert.Throws<SegmentCorruptException>(() => fixture.Store.Compact());
        Assert.Equal((3L, 1L), (fixture.Store.Statistics().Segments, fixture.Store.Statistics().Quarantined));
        List<(long, ulong)> points = fixture.Read(fixture.Series("a"));
        fixture.Store.Compact();
        Assert.Equal(1, fixture.Store.Statistics().Segments);
        Assert.Equal(points, fixture.Read(fixture.Series("a")));
    }

    [Fact]
    public void FullPagesAreCopiedAndCheckedBefore()
    {
        using var fixture = new StoreFixture();
        var random = new Random(3);
        SeriesId series = fixture.Series("a");
        for (int flush = 0; flush < 4; flush++)
        {
            // No short page, and nothing that more effort makes smaller.
            for (int i = 0; i < 3 * 32; i++)
                fixture.Put(series, flush * 1000 + i * 2, BitConverter.Int64BitsToDouble(random.NextInt64()));
            fixture.Store.Flush();
        }
        List<(long, ulong)> points = fixture.Read(series);
        long bytes = Directory.GetFiles(fixture.Segments, "*.dat").Sum(static f => new FileInfo(f).Length - 24);
        fixture.Store.Compact();
        string output = Assert.Single(Directory.GetFiles(fixture.Segments, "*.dat"));
        Assert.Equal(bytes + 24, new FileInfo(output).Length);
        Assert.Equal(points, fixture.Read(series));
        Assert.Equal(points.Count, fixture.Count(series));

        for (int i = 0; i < 32; i++) fixture.Put(series, 9000 + i, i);
        fixture.Store.Flush();
        fixture.Close();
        byte[] damaged = File.ReadAllBytes(output);
        damaged[100] ^= 4;
        File.WriteAllBytes(output, damaged);
        fixture.Open();
        Assert.Throws<SegmentCorruptException>(() => fixture.Store.Compact());
        Assert.Equal(1, fixture.Store.Statistics().Quarantined);
    }

    [Fact]
    public void ASegmentThatSomebodyPutBackIsReadButNotMerged()
    {
        using var fixture = new StoreFixture();
        Fill(fixture, 4);
        int points = fixture.Read(fixture.Series("a")).Count;
        fixture.Close();
        string aside = Directory.CreateDirectory(fixture.Root + "/aside").FullName;
        string second = Path.GetFileNameWithoutExtension(Directory.GetFiles(fixture.Segments).Order().Skip(2).First());
        foreach (string file in Directory.GetFiles(fixture.Segments, second + ".*"))
            File.Move(file, Path.Combine(aside, Path.GetFileName(file)));
        fixture.Open();
        fixture.Store.Compact();
        Assert.Equal(1, fixture.Store.Statistics().Segments);
        fixture.Close();
        foreach (string file in Directory.GetFiles(aside))
            File.Move(file, Path.Combine(fixture.Segments, Path.GetFileName(file)));
        fixture.Open();
        fixture.Store.Compact();
        Assert.Equal(2, fixture.Store.Statistics().Segments);
        Assert.Equal(points, fixture.Read(fixture.Series("a")).Count);
    }

    [Fact]
    public void AViewKeepsWhatWasCompactedAway()
    {
        using var fixture = new StoreFixture();
        Fill(fixture, 5);
        SeriesId series = fixture.Series("a");
        List<(long, ulong)> points = fixture.Read(series);
        using SeriesView view = fixture.Store.OpenView();
        fixture.Store.Compact();
        var seen = new List<(long, ulong)>();
        using SeriesCursor cursor = view.Open(series, TimeRange.All, acceptSummaries: false);
        while (cursor.MoveNext())
            for (int i = 0; i < cursor.Timestamps.Length; i++) seen.Add((cursor.Timestamps[i], cursor.Values[i]));
        Assert.Equal(points, seen);
    }

    [Fact]
    public void WhatIsTooOldIsLeftOut()
    {
        using var fixture = new StoreFixture(static o => o with { Retention = TimeSpan.FromMilliseconds(1) });
        SeriesId series = fixture.Series("a");
        for (int i = 0; i < 4; i++)
        {
            for (int n = 0; n <= 1000; n += 10) fixture.Put(series, n, i);
            fixture.Store.Flush();
        }
        fixture.Put(series, 1500, 1);
        fixture.Store.Compact();
        Assert.All(fixture.Read(series), static p => Assert.InRange(p.Timestamp, 500, 1500));
        // Cut into windows of at most an eighth of the retention, or into sixteen.
        Assert.InRange(fixture.Store.Statistics().Segments, 7, CompactionWindows.MaxOutputs);
    }

    [Fact]
    public void CountingReadersSeeNoDip()
    {
        using var fixture = new StoreFixture();
        SeriesId series = fixture.Series("a");
        long least = 0;
        bool isOver = false;
        Exception? trouble = null;
        var reader = new Thread(() =>
        {
            try
            {
                while (!Volatile.Read(ref isOver))
                {
                    long before = Volatile.Read(ref least);
                    long seen = fixture.Count(series);
                    if (seen < before || seen > 64 * 40) throw new InvalidOperationException($"{seen} of {before}");
                }
            }
            catch (Exception e) { trouble = e; }
        });
        reader.Start();
        for (int round = 0; round < 64; round++)
        {
            for (int i = 0; i < 40; i++) fixture.Put(series, round * 40 + i, i);
            for (int i = 0; i < 10 && round > 0; i++) fixture.Put(series, round * 40 - 1 - i * 3, -1); // overwritten
            Volatile.Write(ref least, (round + 1) * 40);
            fixture.Store.Flush();
            if (round % 10 == 9) fixture.Store.Compact();
            else while (fixture.Store.CompactOnce(isForced: false, isPaced: false)) { }
        }
        Volatile.Write(ref isOver, true);
        reader.Join();
        Assert.Null(trouble);
        Assert.Equal(64 * 40, fixture.Count(series));
    }

    [Fact]
    public void TheThreadCompactsAndStops()
    {
        using var fixture = new StoreFixture();
        Fill(fixture, 8);
        List<(long, ulong)> points = fixture.Read(fixture.Series("a"));
        fixture.Close();
        using var store = new TimeSeriesStore(fixture.Options, fixture.Disk, TimeProvider.System);
        store.Open();
        Assert.True(SpinWait.SpinUntil(() => store.Statistics().Segments == 1, Patience.Limit));
        store.Dispose();
        fixture.Open();
        Assert.Equal(points, fixture.Read(fixture.Series("a")));
    }

    /// <summary>Segments of two series, or one in every third, that overlap and overwrite each other.</summary>
    private static void Fill(StoreFixture fixture, int flushes)
    {
        SeriesId a = fixture.Series("a"), b = fixture.Series("b");
        for (int flush = 0; flush < flushes; flush++)
        {
            for (int i = 0; i < 100; i++)
            {
                fixture.Put(a, flush * 40 + i, flush * 1000 + i);
                if (flush % 3 > 0) fixture.Put(b, 5000 - flush * 7 + i, flush * 1000 + i);
            }
            fixture.Store.Flush();
        }
    }

    /// <summary>Segments of two series that overlap over eight windows of 1,024.</summary>
    private static void Spread(StoreFixture fixture, int flushes)
    {
        SeriesId a = fixture.Series("a"), b = fixture.Series("b");
        for (int flush = 0; flush < flushes; flush++)
        {
            for (int i = 0; i < 70; i++)
            {
                fixture.Put(a, i * 100 + flush % 3 * 7, flush * 1000 + i);
                if (flush % 2 == 0) fixture.Put(b, 2000 + i * 70, flush * 1000 + i);
            }
            fixture.Store.Flush();
        }
    }
}
