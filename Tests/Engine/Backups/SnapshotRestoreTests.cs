using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Slungd.Engine.Backups;
using Slungd.Engine.Model;
using Slungd.Engine.Notes;
using Slungd.Engine.Store;
using Slungd.Native.Os;
using Slungd.Tests.Engine.Store;
using Slungd.Tests.Sim;
using Xunit;

namespace Slungd.Tests.Engine.Backups;

public class SnapshotRestoreTests
{
    [Fact]
    public void ARestoredDirectoryIsACopyOfItsOwn()
    {
        using StoreFixture fixture = WithSnapshot(out string snapshot);
        string target = fixture.Root + "/deep/restored";
        var restore = new SnapshotRestore(PosixDisk.Instance, snapshot, target);
        restore.Check();
        restore.Run();
        Assert.True(restore.BytesDone > restore.BytesTotal && restore.BytesTotal > 0);
        foreach (string file in Directory.GetFiles(snapshot, "*", SearchOption.AllDirectories))
            File.WriteAllBytes(file, [0]); // shares nothing with it
        using var restored = new StoreFixture(o => o with { DataDirectory = target });
        Assert.Equal(3, restored.Count(restored.Series("a")));
    }

    [Fact]
    public void WhatWasDeletedStaysDeleted()
    {
        using var fixture = new StoreFixture();
        for (int i = 0; i < 10; i++) fixture.Put(fixture.Series("a"), i, i);
        Assert.Equal(1, fixture.Store.Delete(SeriesSelector.All, new TimeRange(2, 5)).Series);
        string snapshot = fixture.Data + "/snapshots/" + fixture.Store.Snapshot();
        string target = fixture.Root + "/restored";
        new SnapshotRestore(PosixDisk.Instance, snapshot, target).Run();
        using var restored = new StoreFixture(o => o with { DataDirectory = target });
        Assert.Equal(6, restored.Count(restored.Series("a")));
    }

    [Fact]
    public void WorkflowsComeAlong()
    {
        using StoreFixture fixture = WithSnapshot(out string without);
        Assert.False(Directory.Exists(without + "/workflows"));
        string folder = Directory.CreateDirectory(fixture.Data + "/workflows").FullName;
        File.WriteAllText(folder + "/a.wasm", "module");
        File.WriteAllText(folder + "/empty.wasm", "");
        File.WriteAllText(folder + "/a.json", "{}");
        File.WriteAllText(folder + "/b.wasm.part", "half");
        string snapshot = fixture.Data + "/snapshots/" + fixture.Store.Snapshot(), target = fixture.Root + "/restored";
        new SnapshotRestore(PosixDisk.Instance, snapshot, target).Run();
        Assert.Equal(["a.json", "a.wasm", "empty.wasm"],
            Directory.GetFiles(target + "/workflows").Select(Path.GetFileName).Order());
        Assert.Equal("module", File.ReadAllText(target + "/workflows/a.wasm"));
        Assert.Equal(0, new DirectoryVerifier(PosixDisk.Instance, target, static _ => { }).Run().Problems);
    }

    [Fact]
    public void MetadataAndExemplarsComeAlong()
    {
        using var fixture = new StoreFixture();
        _ = fixture.Open();
        using var metadata = new MetadataStore(10);
        metadata.Open(fixture.Disk, fixture.Data);
        metadata.Set("cpu"u8, MetricType.Gauge, "how busy"u8, ""u8);
        metadata.Sync();
        using var exemplars = new ExemplarStore(10, 1000);
        exemplars.Open(fixture.Disk, fixture.Data);
        exemplars.Add("cpu"u8, 1, 2, "trace"u8);
        exemplars.Sync();
        string snapshot = fixture.Data + "/snapshots/" + fixture.Store.Snapshot();
        File.AppendAllText(snapshot + "/exemplars", "torn");
        string target = fixture.Root + "/restored";
        new SnapshotRestore(PosixDisk.Instance, snapshot, target).Run();
        var findings = new List<Finding>();
        Assert.Equal(0, new DirectoryVerifier(PosixDisk.Instance, target, findings.Add).Run().Problems);
        Assert.Equal(target + "/exemplars", Assert.Single(findings).Path);
        using var restored = new MetadataStore(10);
        Assert.True(restored.Open(PosixDisk.Instance, target));
        var families = new List<(string Family, MetricMetadata)>();
        restored.Read(families, null, 10);
        Assert.Equal("cpu", Assert.Single(families).Family);
        File.WriteAllText(target + "/metadata", "nonsense");
        Assert.Equal(1, new DirectoryVerifier(PosixDisk.Instance, target, findings.Add).Run().Problems);
    }

    [Fact]
    public void OnlyAnEmptyTargetAndARealSnapshotWillDo()
    {
        using StoreFixture fixture = WithSnapshot(out string snapshot);
        string target = fixture.Root + "/target";
        Directory.CreateDirectory(target + "/lost+found");
        new SnapshotRestore(PosixDisk.Instance, snapshot, target).Check();
        File.WriteAllText(target + "/file", "");
        AssertRefused(snapshot, target, "not empty");
        File.Delete(target + "/file");
        Directory.CreateDirectory(target + "/folder");
        AssertRefused(snapshot, target, "not empty");
        AssertRefused(fixture.Root, fixture.Root + "/x", "no snapshot");
        AssertRefused(fixture.Root + "/absent", fixture.Root + "/x", "no snapshot");
        Directory.CreateDirectory(snapshot + "/wal");
        File.WriteAllText(snapshot + "/wal/0000000000000001.wal", "x");
        AssertRefused(snapshot, fixture.Root + "/x", "log");
    }

    [Fact]
    public void WhatFailsIsNoDataDirectory()
    {
        using StoreFixture fixture = WithSnapshot(out string snapshot);
        string target = fixture.Root + "/target";
        var disk = new FaultyDisk { Fault = static (operation, path) =>
            operation == "write" && path.EndsWith(".idx", StringComparison.Ordinal) ? DiskFault.NoSpace : null };
        Assert.Throws<DiskException>(() => new SnapshotRestore(disk, snapshot, target).Run());
        Assert.Equal(["LOCK"], Directory.GetFiles(target, "*", SearchOption.AllDirectories).Select(Path.GetFileName));
        disk.Claim = new DiskSpace(1 << 30, 10);
        var full = Assert.Throws<DiskException>(() => new SnapshotRestore(disk, snapshot, target + "2").Run());
        Assert.Contains("MiB", full.Message, StringComparison.Ordinal);
    }

    // Interrupted at any call, it is no data directory, or a whole one.
    [Fact]
    public void ACrashLeavesAWholeDirectoryOrNone()
    {
        int whole = 0;
        for (int crashAt = 1; whole < 3; crashAt++)
        {
            var disk = new SimDisk((ulong)crashAt);
            using var fixture = new StoreFixture(static o => o with { DataDirectory = "/data" }, disk);
            fixture.Put(fixture.Series("a"), 1, 1);
            string snapshot = "/data/snapshots/" + fixture.Store.Snapshot();
            disk.CrashAtCall = disk.Calls + crashAt;
            try
            {
                new SnapshotRestore(disk, snapshot, "/new").Run();
                disk.GoDown();
            }
            catch (SimCrashException)
            {
                // as wished
            }
            fixture.Crash(SimCrash.PowerCut);
            if (!disk.FileExists("/new/FORMAT")) continue;
            whole++;
            Verification seen = new DirectoryVerifier(disk, "/new", static f => Assert.Fail(f.ToString())).Run();
            Assert.Equal(1, seen.Points);
        }
    }

    private static StoreFixture WithSnapshot(out string snapshot)
    {
        var fixture = new StoreFixture();
        SeriesId series = fixture.Series("a");
        for (int i = 0; i < 3; i++)
        {
            fixture.Put(series, i, i);
            fixture.Store.Flush();
        }
        snapshot = fixture.Data + "/snapshots/" + fixture.Store.Snapshot();
        return fixture;
    }

    private static void AssertRefused(string snapshot, string target, string because)
    {
        var refused = Assert.Throws<StoreOpenException>(
            () => new SnapshotRestore(PosixDisk.Instance, snapshot, target).Check());
        Assert.Contains(because, refused.Message, StringComparison.Ordinal);
    }
}
