using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.Wal;
using Slungd.Native.Bits;
using Slungd.Native.Os;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Wal;

/// <summary>Damage of every kind: noticed or harmless, and it costs only what is damaged.</summary>
public class LogDamageTests
{
    /// <summary>Two files of synced frames.</summary>
    private static LogRig SmallLog(out long[] frameEnds)
    {
        var rig = new LogRig(LogSync.Always, fileBytes: 4096);
        for (int i = 0; i < 4; i++) Add(rig, i);
        frameEnds = FrameEnds(rig, 1);
        rig.Seal();
        for (int i = 4; i < 6; i++) Add(rig, i);
        return rig;
    }

    private static void Add(LogRig rig, int i)
    {
        rig.Put(i % 2, i, i * 0.5);
        rig.PutRows((4, i, "text " + i));
        rig.Commit();
    }

    [Fact]
    public void EveryFlippedByteIsNoticedOrHarmless()
    {
        using LogRig whole = SmallLog(out long[] ends);
        whole.Restart(SimCrash.Kill);
        Assert.Equal(12, whole.Recovered.Count);
        long[] secondEnds = FrameEnds(whole, 2);
        for (ulong file = 1; file <= 2; file++)
        {
            long used = file == 1 ? ends[^1] : secondEnds[^1];
            for (long at = 0; at < used + 20; at++)
            {
                using LogRig rig = SmallLog(out _);
                rig.Disk.Flip(rig.Folder.PathOf(file), at, (byte)(1 << (int)(at % 8)));
                rig.Restart(SimCrash.Kill);
                CheckSubset(whole.Recovered, rig.Recovered);
                int lost = 12 - rig.Recovered.Count;
                Assert.InRange(lost, 0, 6); // a frame and those whose series it defines
                bool isLastFrame = file == 2 && at >= secondEnds[^2];
                if (lost > 0 && !isLastFrame) Assert.Contains(rig.Replayed.Holes, static h => h.IsProven);
                if (at >= used) Assert.Empty(rig.Replayed.Holes);
            }
        }
    }

    [Fact]
    public void AHoleIsSkippedReportedAndPutAside()
    {
        using LogRig rig = SmallLog(out long[] ends);
        string path = rig.Folder.PathOf(1);
        rig.Disk.Flip(path, ends[1] + 9, 0x10);
        rig.Restart(SimCrash.PowerCut);
        LogHole hole = Assert.Single(rig.Replayed.Holes);
        Assert.Equal((path, ends[1], ends[2] - ends[1], true), (hole.Path, hole.Offset, hole.Length, hole.IsProven));
        Assert.Equal(10, rig.Recovered.Count);
        rig.FlushAll();
        rig.Log.Step();
        Assert.Equal([LogFileName.Of(1)], rig.Disk.ListFiles(rig.Folder.QuarantinePath));
        rig.Restart(SimCrash.PowerCut);
        Assert.Empty(rig.Replayed.Holes);
        Assert.Equal(0, rig.Recovered.Count);
    }

    [Fact]
    public void AMissingFileIsReported()
    {
        using LogRig rig = SmallLog(out _);
        rig.Disk.Delete(rig.Folder.PathOf(1));
        rig.Restart(SimCrash.Kill);
        LogHole hole = Assert.Single(rig.Replayed.Holes);
        Assert.True(hole.IsProven);
        Assert.Equal(rig.Folder.PathOf(1), hole.Path);
        Assert.Equal(4, rig.Recovered.Count);
    }

    [Fact]
    public void ATornTailIsNoDamage()
    {
        using LogRig rig = SmallLog(out _);
        long[] ends = FrameEnds(rig, 2);
        rig.Disk.Flip(rig.Folder.PathOf(2), ends[^1] - 1, 1);
        rig.Restart(SimCrash.Kill);
        Assert.Empty(rig.Replayed.Holes);
        Assert.Equal(10, rig.Recovered.Count);
        Assert.Equal(ends[^2], rig.Replayed.LastEnd);
        rig.Put(0, 100, 100);
        rig.Commit();
        rig.Restart(SimCrash.PowerCut); // the torn frame now lies in the middle of the log
        Assert.Empty(rig.Replayed.Holes);
        Assert.Equal(11, rig.Recovered.Count);
    }

    [Fact]
    public void AnUnevenTailIsNoDamageAlsoTheSecondTime()
    {
        using var rig = new LogRig(LogSync.EverySecond);
        for (int i = 0; i < 3; i++)
        {
            rig.PutRows((4, i, "strings are never joined"), (4, 1000 + i, new string((char)('a' + i), 300)));
            rig.Commit();
        }
        long[] ends = FrameEnds(rig, 1);
        // Nothing was synced: the device wrote the third frame first.
        rig.Disk.Flip(rig.Folder.PathOf(1), ends[0] + 20, 1);
        rig.Restart(SimCrash.Kill);
        Assert.False(Assert.Single(rig.Replayed.Holes).IsProven);
        Assert.Equal(4, rig.Recovered.Count);
        rig.Put(0, 1, 1);
        rig.Commit();
        rig.Restart(SimCrash.Kill);
        Assert.False(Assert.Single(rig.Replayed.Holes).IsProven);
        Assert.Equal(5, rig.Recovered.Count);
    }

    [Fact]
    public void GarbageInTheFolderIsNoLog()
    {
        using LogRig rig = SmallLog(out _);
        var random = new SimRandom(3);
        foreach (int length in new[] { 0, 1, 63, 64, 5000 })
        {
            byte[] bytes = new byte[length];
            for (int i = 0; i < length; i++) bytes[i] = (byte)random.Next();
            using IDiskFile file = rig.Disk.Create(rig.Folder.PathOf(100 + (ulong)length));
            file.WriteAt(0, bytes);
        }
        rig.Disk.Create(rig.Folder.Path + "/notes.txt").Dispose();
        rig.Restart(SimCrash.Kill);
        Assert.Equal(12, rig.Recovered.Count);
        Assert.Empty(rig.Replayed.Holes);
        rig.Put(0, 50, 50);
        rig.Commit();
        rig.Restart(SimCrash.PowerCut);
        Assert.Equal(13, rig.Recovered.Count);
    }

    [Fact]
    public void ANewerFormatIsLeftAlone()
    {
        using LogRig rig = SmallLog(out _);
        byte[] header = rig.Disk.ReadAll(rig.Folder.PathOf(1))[..LogFormat.HeaderSize];
        header[6]++;
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(60),
            Crc32C.Of(header.AsSpan(0, 60)));
        using (IDiskFile file = rig.Disk.Open(rig.Folder.PathOf(1))) file.WriteAt(0, header);
        var replay = new LogReplay(rig.Disk, rig.Folder, new LogContents(), Precision.Microseconds, 0);
        Assert.Throws<LogVersionException>(replay.Run);
    }

    [Fact]
    public void AFailingReadIsNoEndOfTheLog()
    {
        using LogRig rig = SmallLog(out _);
        rig.Disk.Faults = new SimFaults { ShortRead = 0.5 };
        int failures = 0;
        for (int i = 0; i < 40; i++)
        {
            var contents = new LogContents();
            try
            {
                new LogReplay(rig.Disk, rig.Folder, contents, Precision.Microseconds, 0).Run();
                Assert.Equal(12, contents.Count);
            }
            catch (DiskException)
            {
                failures++;
            }
        }
        Assert.InRange(failures, 5, 39);
        rig.Disk.Faults = SimFaults.None;
    }

    [Fact]
    public void DamageInALongFileIsFoundAgainBehindIt()
    {
        using var rig = new LogRig(LogSync.Always, fileBytes: 1 << 20);
        var values = new ulong[2000];
        var random = new SimRandom(1);
        for (int i = 0; i < 20; i++)
        {
            for (int k = 0; k < values.Length; k++) values[k] = random.Next();
            rig.PutRegular(0, i * 10_000, 1, values);
            rig.Commit();
        }
        long[] ends = FrameEnds(rig, 1);
        for (long at = ends[4]; at < ends[7]; at += 7) rig.Disk.Flip(rig.Folder.PathOf(1), at, 0xff);
        rig.Restart(SimCrash.Kill);
        LogHole hole = Assert.Single(rig.Replayed.Holes);
        Assert.Equal((ends[4], ends[7] - ends[4]), (hole.Offset, hole.Length));
        Assert.Equal(17 * 2000, rig.Recovered.Count);
    }

    private static void CheckSubset(LogContents whole, LogContents part)
    {
        foreach ((string name, SortedDictionary<long, string> points) in part.Points)
            foreach ((long timestamp, string value) in points) Assert.Equal(whole.Find(name, timestamp), value);
    }

    private static long[] FrameEnds(LogRig rig, ulong number)
    {
        using IDiskFile file = rig.Disk.OpenRead(rig.Folder.PathOf(number));
        var reader = new LogReader(file, "", number);
        var ends = new List<long>();
        while (reader.MoveNext()) ends.Add(reader.End);
        return ends.ToArray();
    }
}
