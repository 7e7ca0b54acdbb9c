using System;
using System.IO;
using Slungd.Engine.Segments;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Engine.Segments;

public sealed class SegmentFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("slungd-folder-").FullName;
    private readonly SegmentFolder _folder;

    public SegmentFolderTests()
    {
        _folder = new SegmentFolder(PosixDisk.Instance, _root);
        Directory.CreateDirectory(_folder.Path);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void CleanKeepsSegmentsAndStrangersAndRemovesLeftovers()
    {
        Put("_0_0000000000000001.dat");
        Put("_0_0000000000000001.idx");
        Put("_0_0000000000000001.idx.tmp");
        Put("_1_00000000000000ff.idx"); // its .dat is missing: corrupt, not a leftover
        Put("_0_0000000000000100.dat"); // never finished
        Put("_0_0000000000000100.idx.tmp");
        Put("_0_00000000000000fe.dat"); // somebody took its .idx
        Put("_0_0000000000000101.dat.tmp");
        Put("_0_0000000000000101.idx.tmp");
        Put("notes.txt");
        Put("precious.tmp");
        var found = _folder.Clean(out ulong highest, out var lost);
        found.Sort(static (a, b) => a.Number.CompareTo(b.Number));
        Assert.Equal([new SegmentName(0, 1), new SegmentName(1, 0xff)], found);
        Assert.Equal([new SegmentName(0, 0xfe)], lost);
        Assert.Equal(0x100UL, highest);
        Assert.Equal(["_0_0000000000000001.dat", "_0_0000000000000001.idx", "_0_00000000000000fe.dat",
            "_1_00000000000000ff.idx", "notes.txt", "precious.tmp"], PosixDisk.Instance.ListFiles(_folder.Path));
    }

    [Fact]
    public void QuarantinedNumbersAreNotUsedAgain()
    {
        Put("_0_0000000000000009.dat");
        Put("_0_0000000000000009.idx");
        _folder.Quarantine(new SegmentName(0, 9));
        Assert.Empty(_folder.Clean(out ulong highest, out _));
        Assert.Equal(9UL, highest);
        Assert.Equal(["_0_0000000000000009.dat", "_0_0000000000000009.idx"],
            PosixDisk.Instance.ListFiles(_folder.QuarantinePath));
    }

    [Fact]
    public void DeleteRemovesBoth()
    {
        Put("_0_0000000000000009.dat");
        Put("_0_0000000000000009.idx");
        _folder.Delete(new SegmentName(0, 9));
        Assert.Empty(PosixDisk.Instance.ListFiles(_folder.Path));
    }

    [Theory]
    [InlineData("_0_0000000000000001.dat", true)]
    [InlineData("_2_ffffffffffffffff.idx", true)]
    [InlineData("_3_0000000000000001.dat", false)]
    [InlineData("_0_000000000000000A.dat", false)]
    [InlineData("_0_00000000000000001.dat", false)]
    [InlineData("_0_000000000000001.dat", false)]
    [InlineData("_0_000000000000 001.dat", false)]
    [InlineData("x0_0000000000000001.dat", false)]
    [InlineData("_0_0000000000000001.dat.tmp", false)]
    [InlineData("_0_0000000000000001.tmp", false)]
    [InlineData("", false)]
    public void NamesAreExact(string file, bool isOurs) =>
        Assert.Equal(isOurs, SegmentName.TryParse(file, out _, out _));

    private void Put(string file) => File.WriteAllText(Path.Join(_folder.Path, file), "x");
}
