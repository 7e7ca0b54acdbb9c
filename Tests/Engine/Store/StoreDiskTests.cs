using System;
using System.IO;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Engine.Store;

public class StoreDiskTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1.1);

    [Fact]
    public void AFullDiskRefusesAnswersAndResumes()
    {
        var disk = new FaultyDisk();
        using var fixture = new StoreFixture(static o => o with { FlushPoints = 10 }, disk);
        SeriesId series = fixture.Series("a");
        for (int i = 0; i < 20; i++) fixture.Put(series, i, i);
        disk.Fault = static (operation, _) => operation == "write" ? DiskFault.NoSpace : null;
        fixture.Store.Step();
        Assert.Equal(SinkState.DiskShort, fixture.Store.State);
        Assert.Contains("NoSpace", fixture.Store.StateReason, StringComparison.Ordinal);
        Assert.Equal(20, fixture.Count(series));
        Assert.Empty(Directory.GetFiles(fixture.Segments));
        fixture.Clock.Advance(Second);
        fixture.Store.Step();
        Assert.Equal(SinkState.DiskShort, fixture.Store.State);
        Assert.Equal(2, fixture.Store.Statistics().FlushFailures);
        disk.Fault = null;
        fixture.Store.Step(); // too early to try again
        Assert.Equal(SinkState.DiskShort, fixture.Store.State);
        fixture.Clock.Advance(Second);
        fixture.Store.Step();
        Assert.Equal(SinkState.Ready, fixture.Store.State);
        Assert.Equal(1, fixture.Store.Statistics().Segments);
        Assert.Equal(20, fixture.Count(series));
    }

    [Fact]
    public void AnyOtherFaultIsTriedThreeTimesBeforeItRefuses()
    {
        var disk = new FaultyDisk();
        using var fixture = new StoreFixture(static o => o with { FlushPoints = 1 }, disk);
        SeriesId series = fixture.Series("a");
        fixture.Put(series, 1, 1);
        disk.Fault = static (operation, _) => operation == "sync" ? DiskFault.Failed : null;
        for (int attempt = 1; attempt <= 3; attempt++)
        {
            Assert.Equal(SinkState.Ready, fixture.Store.State);
            fixture.Store.Step();
            Assert.Equal(attempt, fixture.Store.Statistics().FlushFailures);
            fixture.Clock.Advance(Second);
        }
        Assert.Equal(SinkState.DiskShort, fixture.Store.State);
        disk.Fault = null;
        fixture.Store.Step();
        Assert.Equal(SinkState.Ready, fixture.Store.State);
    }

    [Fact]
    public void EveryFaultOfAFlushLosesNothingAndLeavesNothing()
    {
        var disk = new FaultyDisk();
        using var fixture = new StoreFixture(null, disk);
        SeriesId series = fixture.Series("a");
        for (int i = 0; i < 100; i++) fixture.Put(series, i, i);
        int failures = 0;
        for (int fatal = 0; ; fatal++)
        {
            int countdown = fatal;
            disk.Fault = (operation, _) => operation != "delete" && countdown-- == 0 ? DiskFault.Failed : null;
            try
            {
                fixture.Store.Flush();
                break;
            }
            catch (DiskException) { failures++; }
            disk.Fault = null;
            Assert.Equal(100, fixture.Count(series));
            Assert.Empty(Directory.GetFiles(fixture.Segments));
        }
        disk.Fault = null;
        Assert.InRange(failures, 8, 30); // create, write, sync, rename, sync directory of two files
        Assert.Equal(100, fixture.Count(series));
        fixture.Reopen();
        Assert.Equal(100, fixture.Count(fixture.Series("a")));
    }

    [Fact]
    public void TooLittleFreeRoomRefusesWritesButStillFlushes()
    {
        var disk = new FaultyDisk { Claim = new DiskSpace(1000 << 20, 49 << 20) };
        using var fixture = new StoreFixture(
            static o => o with { MinFreeDisk = new FreeDiskRule(0.05, 1 << 30), FlushPoints = 1 }, disk);
        Assert.Equal(SinkState.DiskShort, fixture.Store.State);
        Assert.Contains("49 MiB", fixture.Store.StateReason, StringComparison.Ordinal);
        disk.Claim = new DiskSpace(1000 << 20, 50 << 20);
        fixture.Store.Step();
        Assert.Equal(SinkState.Ready, fixture.Store.State);
        fixture.Put(fixture.Series("a"), 1, 1);
        disk.Claim = new DiskSpace(1000 << 20, 1 << 20);
        fixture.Store.Step();
        Assert.Equal(SinkState.DiskShort, fixture.Store.State);
        Assert.Equal(1, fixture.Store.Statistics().Segments);
    }

    [Fact]
    public void AShareOfAHugeDiskIsCapped()
    {
        Assert.Equal(1L << 30, new FreeDiskRule(0.05, 1 << 30).BytesOf(1L << 40));
        Assert.Equal(5 << 20, new FreeDiskRule(0.05, 1 << 30).BytesOf(100 << 20));
        Assert.Equal(0, FreeDiskRule.None.BytesOf(long.MaxValue));
    }

    [Fact]
    public void AStopThatCannotWriteSaysSo()
    {
        var disk = new FaultyDisk();
        using var fixture = new StoreFixture(null, disk);
        fixture.Put(fixture.Series("a"), 1, 1);
        disk.Fault = static (_, _) => DiskFault.NoSpace;
        Assert.False(fixture.Store.Stop());
        disk.Fault = null;
    }
}
