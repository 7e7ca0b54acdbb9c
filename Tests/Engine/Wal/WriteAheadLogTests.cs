using System;
using Slungd.Engine.Wal;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Wal;

public class WriteAheadLogTests
{
    [Fact]
    public void WhatWasWrittenSurvivesTheProcess()
    {
        using var rig = new LogRig();
        rig.Put(0, 100, 1.5);
        rig.PutRows((4, 100, "hello"), (5, 7, "00000000000000ff"), (4, 101, ""));
        rig.PutColumn(1, [3, 1, 2], [30, 10, 20]);
        rig.PutRegular(2, 1000, 10, [1, 2, 3, 4]);
        rig.PutRegular(3, 1000, -10, [5, 6]);
        ulong group = rig.Commit();
        Assert.Equal(group, rig.Log.KeptThrough);
        rig.Restart(SimCrash.Kill);
        Assert.Equal("""
            series-0 100 3ff8000000000000
            series-1 1 000000000000000a
            series-1 2 0000000000000014
            series-1 3 000000000000001e
            series-2 1000 0000000000000001
            series-2 1010 0000000000000002
            series-2 1020 0000000000000003
            series-2 1030 0000000000000004
            series-3 990 0000000000000006
            series-3 1000 0000000000000005
            series-4 100 hello
            series-4 101{SPACE}
            series-5 7 00000000000000ff

            """.Replace("{SPACE}", " ", StringComparison.Ordinal), rig.Recovered.ToString());
        Assert.Equal(13, rig.Replayed.Points);
        Assert.Empty(rig.Replayed.Holes);
    }

    [Fact]
    public void NothingIsPromisedBeforeTheStep()
    {
        using var rig = new LogRig();
        rig.Put(0, 1, 1);
        ulong group = rig.Log.Request();
        Assert.True(rig.Log.KeptThrough < group);
        rig.Restart(SimCrash.Kill);
        Assert.Equal(0, rig.Recovered.Count);
    }

    [Fact]
    public void TheLastWriteOfATimestampWins()
    {
        using var rig = new LogRig();
        for (int i = 0; i < 10; i++)
        {
            rig.Put(0, 5, i);
            rig.PutColumn(0, [5, 5], [100, (ulong)(200 + i)]);
            if (i % 3 == 0) rig.Commit();
        }
        rig.Commit();
        rig.Restart(SimCrash.Kill);
        Assert.Equal(LogContents.TextOf(209), rig.Recovered.Find(LogRig.NameOf(0), 5));
    }

    /// <summary>A memtable may be replaced while the log walks over them: what its last writers left goes into the log
    /// before anything of its successor.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AMemtableIsWrittenOutBeforeItsSuccessor(bool isFlushed)
    {
        using var rig = new LogRig();
        rig.Put(0, 0, 0);
        rig.Seal(amidGroup: true);
        Assert.Equal(rig.Commit(), rig.Log.KeptThrough);
        if (isFlushed) rig.Flush();
        rig.Restart(SimCrash.Kill);
        Assert.Equal(isFlushed ? 1 : 3, rig.Recovered.Count);
        Assert.NotNull(rig.Recovered.Find(LogRig.NameOf(1), 1));
        Assert.Empty(rig.Replayed.Holes);
    }

    [Fact]
    public void WithAlwaysAKeptGroupSurvivesAPowerCut()
    {
        using var rig = new LogRig(LogSync.Always);
        for (int i = 0; i < 50; i++)
        {
            rig.Put(i % 3, i, i);
            Assert.Equal(rig.Commit(), rig.Log.KeptThrough);
        }
        Assert.Equal(rig.Log.KeptThrough, rig.Log.DurableThrough);
        rig.Restart(SimCrash.PowerCut);
        Assert.Equal(50, rig.Recovered.Count);
    }

    [Fact]
    public void WithAnIntervalTheSyncComesInTime()
    {
        using var rig = new LogRig(LogSync.Every(TimeSpan.FromSeconds(10)));
        rig.Put(0, 1, 1);
        rig.Commit();
        long syncs = rig.Disk.Syncs;
        rig.Clock.Advance(TimeSpan.FromSeconds(9.9));
        rig.Log.Step();
        Assert.Equal(syncs, rig.Disk.Syncs);
        rig.Clock.Advance(TimeSpan.FromSeconds(0.1));
        rig.Log.Step();
        Assert.Equal(syncs + 1, rig.Disk.Syncs);
        rig.Clock.Advance(TimeSpan.FromSeconds(100));
        rig.Log.Step();
        Assert.Equal(syncs + 1, rig.Disk.Syncs); // nothing new
        rig.Restart(SimCrash.PowerCut);
        Assert.Equal(1, rig.Recovered.Count);
    }

    [Fact]
    public void ASealedMemtablesFileWaitsForTheSync()
    {
        using var rig = new LogRig();
        rig.Put(0, 1, 1);
        rig.Commit();
        rig.Clock.Advance(TimeSpan.FromSeconds(0.5));
        rig.Seal();
        rig.Put(0, 2, 2);
        rig.Commit();
        long syncs = rig.Log.Statistics().Syncs;
        rig.Clock.Advance(TimeSpan.FromSeconds(0.5)); // since the first point
        rig.Log.Step();
        Assert.Equal(syncs + 2, rig.Log.Statistics().Syncs); // both files
        Assert.Equal(rig.Log.KeptThrough, rig.Log.DurableThrough);
        rig.Restart(SimCrash.PowerCut);
        Assert.Equal(2, rig.Recovered.Count);
        Assert.Empty(rig.Replayed.Holes);
    }

    [Fact]
    public void WhatIsFlushedInTimeIsNeverSynced()
    {
        using var rig = new LogRig();
        for (int i = 0; i < 20; i++)
        {
            rig.Put(0, i, i);
            rig.Commit();
            rig.Seal();
            rig.Clock.Advance(TimeSpan.FromSeconds(0.2));
            rig.Put(0, 1000 + i, i);
            rig.Commit();
            rig.Flush();
            rig.Log.Step();
        }
        Assert.Equal(0, rig.Log.Statistics().Syncs);
        Assert.InRange(rig.Files.Length, 1, 2); // and its file is used again
        rig.Clock.Advance(TimeSpan.FromSeconds(0.9));
        rig.Log.Step();
        Assert.Equal(0, rig.Log.Statistics().Syncs); // the last point is not that old
        rig.Clock.Advance(TimeSpan.FromSeconds(0.1));
        rig.Log.Step();
        Assert.Equal(1, rig.Log.Statistics().Syncs);
        rig.Restart(SimCrash.PowerCut);
        Assert.NotNull(rig.Recovered.Find(LogRig.NameOf(0), 1019));
    }

    /// <summary>Of two files that were never synced the older one is lost: no damage, the other one counts.</summary>
    [Fact]
    public void APowerCutMayTakeAWaitingFile()
    {
        int lost = 0;
        for (ulong seed = 1; seed <= 40; seed++)
        {
            using var rig = new LogRig(seed: seed);
            rig.PutColumn(0, [1, 2, 3], [1, 2, 3]);
            rig.Commit();
            rig.Seal();
            rig.Put(1, 4, 4);
            rig.Commit();
            rig.Restart(SimCrash.PowerCut);
            foreach (LogHole hole in rig.Replayed.Holes) Assert.False(hole.IsProven, hole.ToString());
            bool hasOld = rig.Recovered.Find(LogRig.NameOf(0), 1) is not null;
            if (!hasOld && rig.Recovered.Find(LogRig.NameOf(1), 4) is not null) lost++;
        }
        Assert.InRange(lost, 1, 39);
    }

    [Fact]
    public void SinglePointsJoinOneFrame()
    {
        using var rig = new LogRig();
        for (int i = 0; i < 100; i++)
        {
            rig.Put(i % 4, 1_700_000_000_000_000 + i * 10_000L, Math.Round(20 + i * 0.01, 2));
            rig.Commit();
        }
        Assert.Equal(1, Frames(rig));
        rig.Clock.Advance(TimeSpan.FromSeconds(1));
        rig.Log.Step();
        rig.Put(0, 5, 5);
        rig.Commit();
        Assert.Equal(3, Frames(rig)); // what is durable is not touched, and has a frame that fills its page
        rig.Restart(SimCrash.Kill);
        Assert.Equal(101, rig.Recovered.Count);
        Assert.Equal(3, rig.Replayed.Frames);
    }

    [Fact]
    public void AnOpenFrameStaysInItsPage()
    {
        using var rig = new LogRig();
        var random = new Random(1);
        for (int i = 0; i < 2_000; i++)
        {
            rig.Put(i % 50 * 6, random.NextInt64(), random.NextDouble());
            rig.Commit();
        }
        byte[] file = rig.Disk.ReadAll(rig.Folder.PathOf(1));
        rig.Restart(SimCrash.Kill);
        Assert.Equal(2_000, rig.Recovered.Count);
        // 18 bytes of noise a point and 20 bytes to define a series: some ten pages, and a frame or two in each.
        Assert.InRange(rig.Replayed.Frames, rig.Replayed.Bytes / 4096, rig.Replayed.Bytes / 4096 * 3);
        Assert.Equal(LogFolder.DefaultFileBytes, file.Length);
    }

    [Fact]
    public void EachGenerationHasItsFileUntilItIsFlushed()
    {
        using var rig = new LogRig();
        rig.Put(0, 1, 1);
        rig.Commit();
        rig.Seal();
        rig.Put(0, 2, 2);
        rig.Commit();
        Assert.Equal(2, rig.Files.Length);
        rig.Flush();
        rig.Log.Step();
        Assert.Equal(2, rig.Files.Length); // one to be used again
        rig.Restart(SimCrash.Kill);
        Assert.Equal([2], rig.Recovered.Points["series-0"].Keys);
    }

    [Fact]
    public void ReplayGivesOnlyWhatIsNewer()
    {
        using var rig = new LogRig(LogSync.Always);
        for (int i = 0; i < 5; i++)
        {
            rig.Put(0, i, i);
            rig.Commit();
            if (i == 2) rig.FlushAll();
            else if (i < 4) rig.Seal();
        }
        rig.Restart(SimCrash.Kill);
        Assert.Equal([3, 4], rig.Recovered.Points["series-0"].Keys);
        Assert.Equal(2, rig.Recovered.Generations.Count);
        rig.Put(0, 10, 10);
        rig.Commit();
        rig.Restart(SimCrash.PowerCut);
        Assert.Equal([3, 4, 10], rig.Recovered.Points["series-0"].Keys);
        Assert.Equal(3, rig.Recovered.Generations.Count);
    }

    [Fact]
    public void AFileIsUsedAgainAndItsOldFramesStayDead()
    {
        using var rig = new LogRig(LogSync.Always);
        for (int i = 0; i < 200; i++) rig.Put(i % 50, i, i);
        rig.Commit();
        rig.FlushAll();
        rig.Log.Step();
        string first = Assert.Single(rig.Files);
        rig.Put(0, 7, 7);
        rig.Commit();
        Assert.NotEqual(first, Assert.Single(rig.Files));
        rig.Restart(SimCrash.PowerCut);
        Assert.Equal(1, rig.Recovered.Count);
        Assert.Empty(rig.Replayed.Holes);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ACleanStopLeavesNoFileBehind(bool writesAfterFlush)
    {
        using var rig = new LogRig();
        for (int i = 0; i < 4; i++)
        {
            rig.Put(0, i, i);
            rig.Commit();
            rig.FlushAll();
            rig.Log.Step();
        }
        if (writesAfterFlush) rig.Put(0, 99, 99);
        rig.Stop(isFlushed: true);
        Assert.Empty(rig.Files);
        rig.Restart(SimCrash.PowerCut);
        Assert.Equal(0, rig.Replayed.Files);
    }

    [Fact]
    public void AStopWithoutFlushLeavesEverythingInTheLog()
    {
        using var rig = new LogRig();
        rig.Put(0, 1, 1);
        rig.Commit();
        rig.Put(0, 2, 2);
        rig.Stop(isFlushed: false);
        rig.Restart(SimCrash.PowerCut);
        Assert.Equal(2, rig.Recovered.Count);
    }

    [Fact]
    public void WithoutPointsThereIsNoFile()
    {
        using var rig = new LogRig();
        rig.Commit();
        rig.Seal();
        rig.Flush();
        rig.Commit();
        Assert.Empty(rig.Files);
    }

    [Fact]
    public void AFlushMayOvertakeTheLog()
    {
        using var rig = new LogRig();
        rig.Put(0, 1, 1);
        rig.Seal();
        rig.Put(0, 2, 2);
        ulong group = rig.Log.Request();
        rig.Flush();
        rig.Log.Step();
        Assert.Equal(group, rig.Log.KeptThrough);
        rig.Restart(SimCrash.Kill);
        Assert.Equal([2], rig.Recovered.Points["series-0"].Keys);
    }

    [Fact]
    public void LargeGroupsBecomeFramesOfLimitedSize()
    {
        using var rig = new LogRig();
        var random = new Random(5);
        var expected = new LogContents();
        for (int round = 0; round < 3; round++)
        {
            for (int series = 0; series < 4; series++)
            {
                var timestamps = new long[20_000];
                var values = new ulong[timestamps.Length];
                for (int i = 0; i < values.Length; i++)
                {
                    timestamps[i] = random.Next(1_000_000);
                    values[i] = (ulong)random.NextInt64();
                    expected.Put(LogRig.NameOf(series), timestamps[i], LogContents.TextOf(values[i]));
                }
                rig.PutColumn(series, timestamps, values);
            }
            rig.Commit();
        }
        rig.Restart(SimCrash.Kill);
        Assert.Equal(expected.ToString(), rig.Recovered.ToString());
        Assert.InRange(rig.Replayed.Frames, rig.Replayed.Bytes / (LogFormat.FrameBytes + 150_000), 60);
    }

    [Fact]
    public void AFullFileIsFollowedByAnother()
    {
        using var rig = new LogRig(fileBytes: 1 << 20);
        var random = new Random(7);
        var timestamps = new long[5_000];
        var values = new ulong[timestamps.Length];
        long points = 0;
        for (int round = 0; rig.Files.Length < 3; round++)
        {
            for (int i = 0; i < values.Length; i++) (timestamps[i], values[i]) = (points++, (ulong)random.NextInt64());
            rig.PutColumn(round % 4, timestamps, values);
            rig.Commit();
        }
        rig.Restart(SimCrash.Kill);
        Assert.Equal(points, rig.Replayed.Points);
        Assert.Equal(3, rig.Replayed.Files);
        Assert.Single(rig.Recovered.Generations);
    }

    private static int Frames(LogRig rig)
    {
        using var file = rig.Disk.OpenRead(rig.Folder.PathOf(1));
        var reader = new LogReader(file, "", 1);
        int frames = 0;
        while (reader.MoveNext()) frames++;
        return frames;
    }
}
