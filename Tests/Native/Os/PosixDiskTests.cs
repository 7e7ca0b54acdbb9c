using System;
using System.IO;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public sealed class PosixDiskTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("slungd-os-").FullName;
    private readonly PosixDisk _disk = PosixDisk.Instance;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void WhatIsWrittenIsRead()
    {
        using IDiskFile file = _disk.Create(At("a"));
        file.WriteAt(3, [1, 2, 3]);
        Assert.Equal(6, file.Length);
        byte[] read = new byte[10];
        Assert.Equal(6, file.ReadAt(0, read));
        Assert.Equal([0, 0, 0, 1, 2, 3, 0, 0, 0, 0], read);
        Assert.Equal(0, file.ReadAt(6, read));
        file.SyncData();
        file.Sync();
        file.SetLength(4);
        Assert.Equal(4, file.Length);
    }

    [Fact]
    public void CreateEmptiesAndOpenKeeps()
    {
        Write("a", [1, 2, 3]);
        using (IDiskFile again = _disk.Open(At("a"))) Assert.Equal(3, again.Length);
        using (IDiskFile fresh = _disk.Create(At("a"))) Assert.Equal(0, fresh.Length);
    }

    [Fact]
    public void PreallocateGrowsAndNeverShrinks()
    {
        using IDiskFile file = _disk.Create(At("a"));
        file.Preallocate(100_000);
        Assert.Equal(100_000, file.Length);
        file.Preallocate(10);
        Assert.Equal(100_000, file.Length);
    }

    [Fact]
    public void NamesAreListedRenamedLinkedDeleted()
    {
        _disk.CreateDirectory(At("d/e"));
        _disk.CreateDirectory(At("d/e"));
        Write("d/b", [1]);
        Write("d/a", [2]);
        Assert.Equal(["a", "b"], _disk.ListFiles(At("d")));
        Assert.Equal(["e"], _disk.ListDirectories(At("d")));
        _disk.Link(At("d/a"), At("d/c"));
        _disk.Rename(At("d/a"), At("d/b"));
        _disk.Delete(At("d/absent"));
        Assert.Equal(["b", "c"], _disk.ListFiles(At("d")));
        Assert.False(_disk.FileExists(At("d/a")));
        Assert.True(_disk.FileExists(At("d/b")));
        Assert.False(_disk.FileExists(At("d/e")));
        using MappedFile moved = _disk.Map(At("d/b"));
        using MappedFile linked = _disk.Map(At("d/c"));
        Assert.Equal([2], moved.Slice(0, 1).ToArray());
        Assert.Equal([2], linked.Slice(0, 1).ToArray());
        _disk.SyncDirectory(At("d"));
    }

    [Fact]
    public void DirectoriesAreRenamedWithWhatIsInThemAndDeletedWhenEmpty()
    {
        _disk.CreateDirectory(At("d/e"));
        Write("d/e/a", [1]);
        _disk.RenameDirectory(At("d"), At("f"));
        Assert.Equal(["a"], _disk.ListFiles(At("f/e")));
        Assert.False(_disk.DirectoryExists(At("d")));
        _disk.CreateDirectory(At("d"));
        Assert.Throws<DiskException>(() => _disk.RenameDirectory(At("f"), At("d")));
        Assert.Throws<DiskException>(() => _disk.DeleteDirectory(At("f/e")));
        _disk.Delete(At("f/e/a"));
        _disk.DeleteDirectory(At("f/e"));
        _disk.DeleteDirectory(At("f/e"));
        Assert.False(_disk.DirectoryExists(At("f/e")));
    }

    [Fact]
    public void AMappingOutlivesItsName()
    {
        Write("a", [1, 2, 3, 4]);
        using MappedFile map = _disk.Map(At("a"));
        _disk.Delete(At("a"));
        Assert.Equal([2, 3], map.Slice(1, 2).ToArray());
        Assert.Equal(4, map.Length);
    }

    [Fact]
    public void AnEmptyFileMaps()
    {
        Write("a", []);
        using MappedFile map = _disk.Map(At("a"));
        Assert.Equal(0, map.Length);
        Assert.True(map.Slice(0, 0).IsEmpty);
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(0, 5)]
    [InlineData(4, 1)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(0, -1)]
    public void NoSliceOutsideTheMapping(long offset, int length)
    {
        using MappedFile map = MappedFile.Copy([1, 2, 3, 4]);
        Assert.ThrowsAny<Exception>(() => { _ = map.Slice(offset, length).Length; });
    }

    [Fact]
    public void NoSliceAfterDispose()
    {
        MappedFile map = MappedFile.Copy([1]);
        map.Dispose();
        map.Dispose();
        Assert.ThrowsAny<Exception>(() => { _ = map.Slice(0, 1).Length; });
    }

    [Fact]
    public void FaultsAreNamed()
    {
        var missing = Assert.Throws<DiskException>(() => _disk.Open(At("absent")));
        Assert.Equal(DiskFault.NotFound, missing.Fault);
        Assert.Contains(At("absent"), missing.Message, StringComparison.Ordinal);
        Assert.Equal(DiskFault.NotFound, Assert.Throws<DiskException>(() => _disk.Map(At("x/y"))).Fault);
        Assert.Equal(DiskFault.NotFound, Assert.Throws<DiskException>(() => _disk.ListFiles(At("x"))).Fault);
        Assert.Equal(DiskFault.NotFound, Assert.Throws<DiskException>(() => _disk.Rename(At("x"), At("y"))).Fault);
        Assert.Equal(DiskFault.NotFound, Assert.Throws<DiskException>(() => _disk.Link(At("x"), At("y"))).Fault);
        Assert.Equal(DiskFault.NotFound, Assert.Throws<DiskException>(() => _disk.SyncDirectory(At("x"))).Fault);
        Write("a", []);
        Write("b", []);
        Assert.Equal(DiskFault.Exists, Assert.Throws<DiskException>(() => _disk.Link(At("a"), At("b"))).Fault);
    }

    [Fact]
    public void AFullDeviceIsNoSpace()
    {
        if (!OperatingSystem.IsLinux()) return; // /dev/full is Linux'
        using IDiskFile full = _disk.Open("/dev/full");
        DiskFault fault = DiskFault.Failed;
        try { full.WriteAt(0, new byte[4096]); }
        catch (DiskException e) { fault = e.Fault; }
        Assert.Equal(DiskFault.NoSpace, fault);
    }

    /// <summary>The runtime takes EFBIG for a mistake of ours.</summary>
    [Fact]
    public void AFileThatMayNotGrowIsNoSpace()
    {
        using IDiskFile file = _disk.Create(At("large"));
        const long FarAway = 1L << 62;
        DiskException? refused = null;
        try { file.WriteAt(FarAway, [1]); }
        catch (DiskException e) { refused = e; }
        if (refused is null) Assert.Equal(FarAway + 1, file.Length); // tmpfs has no bound
        else Assert.Equal(DiskFault.NoSpace, refused.Fault);
        DiskException known = DiskException.From("write", "x", new ArgumentOutOfRangeException("value"));
        Assert.Equal(DiskFault.NoSpace, known.Fault);
        Assert.Contains("ulimit -f", known.Message);
        Assert.False(PosixDisk.IsDisk(new ArgumentOutOfRangeException("fileOffset")));
    }

    [Fact]
    public void SpaceIsMeasured()
    {
        DiskSpace space = _disk.Space(_root);
        Assert.InRange(space.Free, 1, space.Total);
    }

    private string At(string name) => Path.Join(_root, name);

    private void Write(string name, byte[] bytes)
    {
        using IDiskFile file = _disk.Create(At(name));
        file.WriteAt(0, bytes);
    }
}
