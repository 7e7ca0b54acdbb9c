using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using Slungd.Engine.Backups;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Engine.Wal;
using Slungd.Native.Os;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Store;

public class StoreSnapshotTests
{
    [Fact]
    public void ASnapshotIsADataDirectoryWithEverythingWrittenBefore()
    {
        using var fixture = new StoreFixture();
        SeriesId series = fixture.Series("a");
        for (int i = 0; i < 100; i++)
        {
            fixture.Put(series, i, i);
            if (i is 30 or 60) fixture.Store.Flush();
        }
        string name = fixture.Store.Snapshot();
        Assert.Matches(@"^\d{8}T\d{6}Z-[0-9a-f]{16}$", name);
        fixture.Put(series, 100, 100); // not in it
        Assert.Equal(101, fixture.Count(series));
        Assert.Equal(100, CountIn(fixture.Data + "/snapshots/" + name, "a"));
        fixture.Reopen();
        Assert.Equal(101, fixture.Count(fixture.Series("a")));
    }

    [Fact]
    public void ASnapshotOutlivesWhatBecomesOfItsSource()
    {
        using var fixture = new StoreFixture();
        SeriesId series = fixture.Series("a");
        for (int i = 0; i < 9; i++)
        {
            fixture.Put(series, i, i);
            fixture.Store.Flush();
        }
        string snapshot = fixture.Data + "/snapshots/" + fixture.Store.Snapshot();
        Assert.Equal(18, Directory.GetFiles(snapshot + "/segments").Length);
        fixture.Store.Compact();
        Assert.Equal(2, Directory.GetFiles(fixture.Segments).Length);
        Assert.Equal(9, CountIn(snapshot, "a"));
        string second = fixture.Data + "/snapshots/" + fixture.Store.Snapshot();
        fixture.Close();
        Directory.Delete(fixture.Segments, recursive: true);
        Assert.Equal(9, CountIn(snapshot, "a"));
        Assert.Equal(9, CountIn(second, "a"));
    }

    [Theory]
    [InlineData(DiskFault.Denied)] // no hard links on this file system
    [InlineData(DiskFault.NotFound)] // compacted away this moment
    public void WhatCannotBeLinkedIsCopied(object fault)
    {
        var disk = new FaultyDisk();
        using var fixture = new StoreFixture(null, disk);
        SeriesId series = fixture.Series("a");
        for (int i = 0; i < 50; i++) fixture.Put(series, i, i);
        disk.Fault = (operation, _) => operation == "link" ? (DiskFault)fault : null;
        string snapshot = fixture.Data + "/snapshots/" + fixture.Store.Snapshot();
        Assert.Equal(50, CountIn(snapshot, "a"));
        string[] own = Directory.GetFiles(snapshot + "/segments"), source = Directory.GetFiles(fixture.Segments);
        for (int i = 0; i < own.Length; i++) Assert.Equal(File.ReadAllBytes(source[i]), File.ReadAllBytes(own[i]));
    }

    [Fact]
    public void ACopyNeedsRoom()
    {
        var disk = new FaultyDisk();
        using var fixture = new StoreFixture(null, disk);
        fixture.Put(fixture.Series("a"), 1, 1);
        fixture.Store.Flush();
        disk.Fault = static (operation, _) => operation == "link" ? DiskFault.Denied : null;
        disk.Claim = new DiskSpace(1 << 30, 100);
        var full = Assert.Throws<DiskException>(fixture.Store.Snapshot);
        Assert.Equal(DiskFault.NoSpace, full.Fault);
        Assert.Empty(Directory.GetDirectories(fixture.Data + "/snapshots"));
    }

    [Fact]
    public void WhatFailsLeavesNothingAndTheStoreGoesOn()
    {
        var disk = new FaultyDisk();
        using var fixture = new StoreFixture(null, disk);
        SeriesId series = fixture.Series("a");
        fixture.Put(series, 0, 0);
        fixture.Store.Flush();
        int fails = 0;
        for (int failAt = 1; ; failAt++)
        {
            int call = 0;
            bool isStruck = false;
            disk.Fault = (_, path) =>
            {
                if (!path.Contains("/snapshots", StringComparison.Ordinal) || ++call != failAt) return null;
                isStruck = true;
                return DiskFault.NoSpace;
            };
            try { fixture.Store.Snapshot(); }
            catch (DiskException)
            {
                fails++;
                disk.Fault = null;
                if (Directory.Exists(fixture.Data + "/snapshots"))
                    Assert.Empty(Directory.GetDirectories(fixture.Data + "/snapshots"));
            }
            fixture.Put(series, failAt, 0);
            if (!isStruck) break;
        }
        Assert.InRange(fails, 5, 50);
        Assert.Equal(fails + 2, fixture.Count(series));
    }

    // What has a name is whole, whenever the power fails; what has none yet is gone after the start.
    [Fact]
    public void ACrashLeavesWholeSnapshotsOrNone()
    {
        (int whole, int none) = (0, 0);
        for (int crashAt = 1; whole == 0 || crashAt < 60; crashAt++)
        {
            var disk = new SimDisk((ulong)crashAt);
            using var fixture = new StoreFixture(static o => o with { DataDirectory = "/data" }, disk);
            fixture.Put(fixture.Series("a"), 1, 1);
            fixture.Store.Flush();
            fixture.Put(fixture.Series("b"), 2, 2);
            disk.CrashAtCall = disk.Calls + crashAt;
            try
            {
                fixture.Store.Snapshot();
                disk.GoDown();
            }
            catch (SimCrashException)
            {
                // as wished
            }
            fixture.Crash(SimCrash.PowerCut);
            string[] snapshots = disk.DirectoryExists("/data/snapshots") ? disk.ListDirectories("/data/snapshots") : [];
            if (snapshots.Length == 0) none++;
            foreach (string name in snapshots)
            {
                whole++;
                Assert.DoesNotContain(".tmp", name, StringComparison.Ordinal);
                var verifier = new DirectoryVerifier(disk, "/data/snapshots/" + name,
                    static f => Assert.Fail(f.ToString()));
                Assert.Equal((2, 2), (verifier.Run().Segments, verifier.Result.Points));
            }
            Assert.Equal(1, fixture.Count(fixture.Series("a")));
        }
        Assert.True(none > 10);
    }

    // A batch is in both series or in none, and what was written before the call is in.
    [Fact]
    public void WritersGoOnMeanwhileAndBatchesStayWhole()
    {
        using var fixture = new StoreFixture(static o => o with { LogSync = LogSync.EverySecond });
        SeriesId a = fixture.Series("a"), b = fixture.Series("b");
        long written = 0;
        bool isOver = false;
        var writer = new Thread(() =>
        {
            var refusals = new RefusalLog();
            for (long i = 0; !Volatile.Read(ref isOver); i++)
            {
                fixture.Store.AppendRows(1, [Row(a, i), Row(b, i)], [], refusals);
                Volatile.Write(ref written, i + 1);
            }
        });
        writer.Start();
        var snapshots = new List<(string Path, long AtLeast)>();
        for (int i = 0; i < 5; i++)
        {
            long before = Volatile.Read(ref written);
            SpinWait.SpinUntil(() => Volatile.Read(ref written) > before + 100);
            before = Volatile.Read(ref written);
            snapshots.Add((fixture.Data + "/snapshots/" + fixture.Store.Snapshot(), before));
        }
        Volatile.Write(ref isOver, true);
        writer.Join();
        foreach ((string path, long atLeast) in snapshots)
        {
            long count = CountIn(path, "a");
            Assert.Equal(count, CountIn(path, "b"));
            Assert.InRange(count, atLeast, written);
        }
    }

    private static EventRow Row(SeriesId series, long timestamp) => new()
    {
        Series = series, Timestamp = timestamp, Family = ValueFamily.Float, Bits = 0,
    };

    /// <summary>Opens the directory as a store of its own.</summary>
    private static long CountIn(string directory, string series)
    {
        using var fixture = new StoreFixture(o => o with { DataDirectory = directory });
        return fixture.Count(fixture.Series(series));
    }
}
