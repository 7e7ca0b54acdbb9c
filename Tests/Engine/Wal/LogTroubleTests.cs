using System;
using Slungd.Engine.Wal;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Wal;

/// <summary>When the disk fails or is full: what was promised stays true, and it goes on by itself.</summary>
public class LogTroubleTests
{
    [Fact]
    public void AFailedSyncIsNeverTakenForDone()
    {
        using var rig = new LogRig(LogSync.Always);
        rig.Put(0, 1, 1);
        ulong first = rig.Commit();
        rig.Disk.Faults = new SimFaults { Sync = 1 };
        rig.Put(0, 2, 2);
        ulong second = rig.Commit();
        Assert.Equal(first, rig.Log.KeptThrough);
        Assert.Contains("can't be written", rig.Log.Trouble, StringComparison.Ordinal);
        Assert.Equal(rig.Active.Generation, rig.Log.FlushNeededThrough);
        rig.Disk.Faults = SimFaults.None;
        for (int i = 0; i < 3; i++) rig.Commit(); // time alone heals nothing
        Assert.Equal(first, rig.Log.KeptThrough);
        rig.FlushAll();
        rig.Put(0, 3, 3);
        ulong third = rig.Commit();
        Assert.Null(rig.Log.Trouble);
        Assert.True(second < third && rig.Log.KeptThrough == third);
        rig.Restart(SimCrash.PowerCut);
        Assert.Equal([3], rig.Recovered.Points["series-0"].Keys); // the others are in the segment
    }

    [Fact]
    public void AFailedSyncOfAnIntervalIsNoticedToo()
    {
        using var rig = new LogRig(LogSync.EverySecond);
        rig.Put(0, 1, 1);
        ulong group = rig.Commit();
        Assert.Equal(group, rig.Log.KeptThrough);
        rig.Disk.Faults = new SimFaults { Sync = 1 };
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        rig.Log.Step();
        Assert.NotNull(rig.Log.Trouble);
        Assert.True(rig.Log.DurableThrough < group);
        rig.Disk.Faults = SimFaults.None;
        rig.FlushAll();
        rig.Log.Step();
        Assert.Null(rig.Log.Trouble);
        Assert.True(rig.Log.DurableThrough >= group);
    }

    [Fact]
    public void AFullDiskIsTroubleUntilThereIsRoom()
    {
        using var rig = new LogRig(LogSync.Always, fileBytes: 1 << 20);
        rig.Disk.Capacity = 0;
        rig.Put(0, 1, 1);
        rig.Commit();
        Assert.NotNull(rig.Log.Trouble);
        rig.FlushAll(); // onto another disk, say: this one is still full
        rig.Log.Step();
        Assert.NotNull(rig.Log.Trouble);
        Assert.Equal(0UL, rig.Log.KeptThrough);
        rig.Disk.Capacity = long.MaxValue / 2;
        rig.Log.Step(); // too early
        Assert.NotNull(rig.Log.Trouble);
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        rig.Log.Step();
        Assert.Null(rig.Log.Trouble);
        rig.Put(0, 3, 3);
        Assert.Equal(rig.Commit(), rig.Log.KeptThrough);
    }

    [Fact]
    public void ASpareFileServesOnAFullDisk()
    {
        using var rig = new LogRig(LogSync.Always, fileBytes: 1 << 20);
        rig.Put(0, 1, 1);
        rig.Commit();
        rig.FlushAll();
        rig.Log.Step();
        rig.Disk.Capacity = 0;
        rig.Put(0, 2, 2);
        Assert.Equal(rig.Commit(), rig.Log.KeptThrough);
        Assert.Null(rig.Log.Trouble);
    }

    [Fact]
    public void WhatIsStagedDuringTroubleIsWrittenAfterIt()
    {
        using var rig = new LogRig(LogSync.Always);
        rig.Put(0, 1, 1);
        rig.Disk.Faults = new SimFaults { Write = 1 };
        rig.Commit();
        Assert.NotNull(rig.Log.Trouble);
        rig.Seal();
        rig.Put(0, 2, 2); // a batch that was under way
        ulong group = rig.Log.Request();
        rig.Disk.Faults = SimFaults.None;
        rig.Flush();
        rig.Log.Step();
        Assert.True(rig.Log.KeptThrough >= group);
        rig.Restart(SimCrash.PowerCut);
        Assert.Equal([2], rig.Recovered.Points["series-0"].Keys);
    }

    [Fact]
    public void TheSizeLimitAsksForAFlushThenHoldsWritersBack()
    {
        using var rig = new LogRig(LogSync.Always, sizeLimit: 20_000);
        var random = new SimRandom(1);
        var values = new ulong[500];
        int columns = 0;
        while (!rig.Log.IsFlushWanted)
        {
            Assert.Null(rig.Log.Trouble);
            Add();
        }
        Assert.InRange(rig.Log.Statistics().Bytes, 10_000, 19_000);
        while (rig.Log.Trouble is null) Add();
        Assert.Contains("--wal-size-limit", rig.Log.Trouble, StringComparison.Ordinal);
        Assert.InRange(columns, 4, 6);
        rig.FlushAll();
        rig.Log.Step();
        Assert.Null(rig.Log.Trouble);
        Assert.False(rig.Log.IsFlushWanted);

        void Add()
        {
            for (int i = 0; i < values.Length; i++) values[i] = random.Next();
            rig.PutRegular(0, columns++ * 1000, 1, values);
            rig.Commit();
        }
    }

    [Fact]
    public void WritersWaitWhileTheLogIsBehind()
    {
        using var rig = new LogRig();
        Assert.False(rig.Log.IsBehind);
        var timestamps = new long[4000];
        var values = new ulong[4000];
        for (int i = 0; !rig.Log.IsBehind; i++) rig.PutColumn(i % 4, timestamps, values);
        Assert.InRange(rig.Log.Statistics().StagedBytes, 4 << 20, 5 << 20);
        for (int i = 0; i < 40; i++) rig.PutColumn(i % 4, timestamps, values);
        Assert.InRange(rig.Log.Statistics().StagedBytes, 6 << 20, 8 << 20);
        rig.Log.Request();
        Assert.True(rig.Log.WaitForRoom(TimeSpan.FromSeconds(10)));
        Assert.False(rig.Log.IsBehind);
        Assert.Equal(0, rig.Log.Statistics().StagedBytes);
    }
}
