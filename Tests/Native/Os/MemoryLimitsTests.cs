using System;
using System.IO;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public sealed class MemoryLimitsTests : IDisposable
{
    private const long Mib = 1 << 20;
    private readonly string _root = Directory.CreateTempSubdirectory("slungd-cgroup-").FullName;

    public MemoryLimitsTests() => Put("proc/meminfo", "MemTotal:       8388608 kB\nMemFree: 1 kB\n");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void WithoutGroupsTheMachineIsTheLimit() => Expect(8192 * Mib, "machine");

    [Fact]
    public void Version2InAContainer()
    {
        Put("proc/self/cgroup", "0::/\n");
        Put("sys/fs/cgroup/memory.max", "268435456\n");
        Expect(256 * Mib, "cgroup v2");
    }

    [Fact]
    public void Version2TakesTheSmallestLimitAbove()
    {
        Put("proc/self/cgroup", "0::/system.slice/slungd.service\n");
        Put("sys/fs/cgroup/system.slice/slungd.service/memory.max", "max\n");
        Put("sys/fs/cgroup/system.slice/memory.max", "536870912\n");
        Put("sys/fs/cgroup/memory.max", "1073741824\n");
        Expect(512 * Mib, "cgroup v2");
    }

    [Fact]
    public void Version1WhosePathIsNotMounted()
    {
        Put("proc/self/cgroup", "12:cpu,cpuacct:/docker/abc\n5:memory:/docker/abc\n0::/\n");
        Put("sys/fs/cgroup/memory/memory.limit_in_bytes", "134217728\n");
        Expect(128 * Mib, "cgroup v1");
    }

    [Theory]
    [InlineData("9223372036854771712")]
    [InlineData("max")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("nonsense")]
    [InlineData("")]
    public void NoLimitIsNoLimit(string text)
    {
        Put("proc/self/cgroup", "5:memory:/a\n0::/a\n");
        Put("sys/fs/cgroup/memory/a/memory.limit_in_bytes", text);
        Put("sys/fs/cgroup/a/memory.max", text);
        Expect(8192 * Mib, "machine");
    }

    [Fact]
    public void APathCannotLeaveTheMount()
    {
        Put("proc/self/cgroup", "0::/../../../trap\nbroken line\n::\n");
        Put("trap/memory.max", "1048576");
        Put("sys/fs/trap/memory.max", "1048576");
        Expect(8192 * Mib, "machine");
    }

    [Fact]
    public void TheSplitOfTheDesign()
    {
        MemoryLimits small = MemoryLimits.Split(1000 * Mib, "test");
        Assert.Equal((500 * Mib, 200 * Mib, 100 * Mib), (small.Arena, small.GcHeap, small.Guests));
        Assert.Equal(2048 * Mib, MemoryLimits.Split(64_000 * Mib, "test").Arena);
        Assert.Equal(64 * Mib, MemoryLimits.Split(1000 * Mib, "test", 64 * Mib).Arena);
        Assert.Equal(2048 * Mib, MemoryLimits.Split(1000 * Mib, "test", 9000 * Mib).Arena);
        Assert.Equal(MemoryLimits.MinArena, MemoryLimits.Split(1000 * Mib, "test", 1).Arena);
    }

    [Fact]
    public void ThisMachineHasALimit() => Assert.InRange(MemoryLimits.Detect().Limit, 16 * Mib, long.MaxValue);

    private void Expect(long bytes, string source) =>
        Assert.Equal((bytes, source), Cgroup.MemoryLimit(_root));

    private void Put(string path, string text)
    {
        string full = Path.Join(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
