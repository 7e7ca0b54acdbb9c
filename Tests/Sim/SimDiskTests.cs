using System;
using System.Collections.Generic;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Sim;

/// <summary>The simulated disk keeps its own promises, and no others.</summary>
public class SimDiskTests
{
    private static readonly byte[] s_old = Bytes(1, 10_000), s_new = Bytes(2, 10_000);

    [Fact]
    public void WhatIsSyncedSurvivesAPowerCut()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            SimDisk disk = WithFile(seed, out IDiskFile file);
            file.WriteAt(0, s_old);
            file.SyncData();
            disk.Restart(SimCrash.PowerCut);
            Assert.Equal(s_old, disk.ReadAll("/d/f"));
        }
    }

    [Fact]
    public void WhatIsNotSyncedIsLostKeptOrTorn()
    {
        (int lost, int kept, int torn) = (0, 0, 0);
        for (ulong seed = 0; seed < 60; seed++)
        {
            SimDisk disk = WithFile(seed, out IDiskFile file);
            file.WriteAt(0, s_old);
            file.SyncData();
            file.WriteAt(0, s_new);
            disk.Restart(SimCrash.PowerCut);
            byte[] found = disk.ReadAll("/d/f");
            if (found.AsSpan().SequenceEqual(s_old)) lost++;
            else if (found.AsSpan().SequenceEqual(s_new)) kept++;
            else torn++;
            for (int sector = 0; sector + SimInode.SectorBytes <= found.Length; sector += SimInode.SectorBytes)
                Assert.False(found.AsSpan(sector, SimInode.SectorBytes).ContainsAnyExcept(found[sector]));
        }
        Assert.True(lost > 5 && kept > 5 && torn > 5, $"lost {lost}, kept {kept}, torn {torn}");
    }

    [Fact]
    public void LaterWritesMaySurviveEarlierOnes()
    {
        bool seen = false;
        for (ulong seed = 0; seed < 60 && !seen; seed++)
        {
            SimDisk disk = WithFile(seed, out IDiskFile file);
            file.WriteAt(0, Bytes(1, 512));
            file.WriteAt(512, Bytes(2, 512));
            disk.Restart(SimCrash.PowerCut);
            byte[] found = disk.ReadAll("/d/f");
            seen = found.Length == 1024 && found[0] == 0 && found[512] == 2;
        }
        Assert.True(seen);
    }

    [Fact]
    public void AKilledProcessLosesNothingItWrote()
    {
        SimDisk disk = WithFile(1, out IDiskFile file);
        file.WriteAt(0, s_old);
        disk.Restart(SimCrash.Kill);
        Assert.Equal(s_old, disk.ReadAll("/d/f"));
        Assert.Throws<SimCrashException>(() => file.Length); // the handle died with it
    }

    [Fact]
    public void AKillInAWriteLeavesWholePages()
    {
        var lengths = new HashSet<int>();
        for (ulong seed = 0; seed < 40; seed++)
        {
            SimDisk disk = WithFile(seed, out IDiskFile file);
            disk.CrashAtCall = disk.Calls + 1;
            Assert.Throws<SimCrashException>(() => file.WriteAt(4000, s_new));
            Assert.Throws<SimCrashException>(() => disk.FileExists("/d/f"));
            disk.Restart(SimCrash.Kill);
            int length = disk.ReadAll("/d/f").Length;
            Assert.True(length is 0 or 14_000 || length % SimPages.PageBytes == 0);
            lengths.Add(length);
        }
        Assert.True(lengths.Count >= 4);
    }

    [Fact]
    public void NamesAreDurableAfterTheirDirectoryIsSynced()
    {
        bool seenLost = false, seenKept = false;
        for (ulong seed = 0; seed < 40; seed++)
        {
            SimDisk disk = WithFile(seed, out IDiskFile file);
            file.WriteAt(0, s_old);
            file.SyncData();
            disk.Rename("/d/f", "/d/g");
            disk.Restart(SimCrash.PowerCut);
            bool isOld = disk.FileExists("/d/f");
            Assert.NotEqual(isOld, disk.FileExists("/d/g"));
            seenLost |= isOld;
            seenKept |= !isOld;
            if (isOld) disk.Rename("/d/f", "/d/g");
            disk.SyncDirectory("/d");
            disk.Restart(SimCrash.PowerCut);
            Assert.Equal(s_old, disk.ReadAll("/d/g"));
        }
        Assert.True(seenLost && seenKept);
    }

    [Fact]
    public void ADirectoryCanVanishWithAllThatIsInIt()
    {
        bool seen = false;
        for (ulong seed = 0; seed < 40; seed++)
        {
            var disk = new SimDisk(seed);
            disk.CreateDirectory("/a");
            disk.SyncDirectory("");
            disk.CreateDirectory("/a/b");
            disk.Create("/a/b/f").Dispose();
            disk.SyncDirectory("/a/b");
            disk.Restart(SimCrash.PowerCut);
            Assert.True(disk.DirectoryExists("/a"));
            seen |= !disk.DirectoryExists("/a/b") && !disk.FileExists("/a/b/f");
        }
        Assert.True(seen);
    }

    [Fact]
    public void AFailedSyncIsForGood()
    {
        SimDisk disk = WithFile(3, out IDiskFile file);
        file.WriteAt(0, s_old);
        disk.Faults = new SimFaults { Sync = 1 };
        Assert.Equal(DiskFault.Failed, Assert.Throws<DiskException>(file.SyncData).Fault);
        disk.Faults = SimFaults.None;
        file.SyncData(); // says that all is well
        Assert.Equal(s_old, disk.ReadAll("/d/f"));
        disk.Restart(SimCrash.PowerCut);
        Assert.Empty(disk.ReadAll("/d/f"));
    }

    [Fact]
    public void AFullDiskSaysSo()
    {
        SimDisk disk = WithFile(4, out IDiskFile file);
        disk.Capacity = 8 * SimPages.PageBytes;
        file.WriteAt(0, s_old);
        Assert.Equal(DiskFault.NoSpace, Assert.Throws<DiskException>(() => file.WriteAt(30_000, s_old)).Fault);
        Assert.Throws<DiskException>(() => file.Preallocate(1 << 20));
        file.WriteAt(0, s_new);
        disk.Capacity = 1 << 20;
        file.WriteAt(30_000, s_old);
    }

    [Fact]
    public void OneSeedIsOneHistory()
    {
        string[] histories = new string[2];
        for (int i = 0; i < 2; i++)
        {
            var disk = new SimDisk(77) { Trace = [] };
            disk.CreateDirectory("/d");
            disk.SyncDirectory("");
            for (int round = 0; round < 50; round++)
            {
                using IDiskFile file = disk.Create("/d/" + round % 7);
                file.WriteAt(round * 100, s_new);
                if (round % 3 == 0) file.SyncData();
                if (round % 5 == 0) disk.SyncDirectory("/d");
                if (round % 9 == 0) disk.Restart(SimCrash.PowerCut);
            }
            foreach (string path in disk.AllFiles) histories[i] += path + Convert.ToHexString(disk.ReadAll(path));
            histories[i] += string.Join('\n', disk.Trace!);
        }
        Assert.Equal(histories[0], histories[1]);
    }

    [Fact]
    public void PagesAreCountedOncePerSync()
    {
        SimDisk disk = WithFile(5, out IDiskFile file);
        for (int i = 0; i < 10; i++) file.WriteAt(i * 10, Bytes(1, 10));
        Assert.Equal(SimPages.PageBytes, disk.DeviceBytes);
        file.SyncData();
        file.WriteAt(4090, Bytes(1, 10));
        Assert.Equal(3 * SimPages.PageBytes, disk.DeviceBytes);
        Assert.Equal((11, 1), (disk.Writes, disk.Syncs));
    }

    [Fact]
    public void OneHolderPerLockUntilTheProcessEnds()
    {
        var disk = new SimDisk(6);
        IDisposable? first = disk.TryLock("/LOCK", out _);
        Assert.NotNull(first);
        Assert.Null(disk.TryLock("/LOCK", out _));
        disk.Restart(SimCrash.Kill);
        using IDisposable? second = disk.TryLock("/LOCK", out _);
        Assert.NotNull(second);
        first.Dispose(); // of a former life: frees nothing
        Assert.Null(disk.TryLock("/LOCK", out _));
    }

    private static SimDisk WithFile(ulong seed, out IDiskFile file)
    {
        var disk = new SimDisk(seed);
        disk.CreateDirectory("/d");
        disk.SyncDirectory("");
        file = disk.Create("/d/f");
        disk.SyncDirectory("/d");
        return disk;
    }

    private static byte[] Bytes(byte content, int count)
    {
        var bytes = new byte[count];
        Array.Fill(bytes, content);
        return bytes;
    }
}
