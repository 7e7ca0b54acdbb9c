using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public sealed class DirectoryLockTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("slungd-lock-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void TheSecondIsRefusedAndLearnsTheHolder()
    {
        string path = Path.Join(_root, "LOCK");
        using (DirectoryLock? first = DirectoryLock.TryTake(path, out _))
        {
            Assert.NotNull(first);
            Assert.Null(DirectoryLock.TryTake(path, out string holder));
            Assert.Equal(Environment.ProcessId.ToString(CultureInfo.InvariantCulture), holder);
        }
        using DirectoryLock? next = DirectoryLock.TryTake(path, out _);
        Assert.NotNull(next);
    }

    [Fact]
    public void AStaleFileLocksNobodyOut()
    {
        string path = Path.Join(_root, "LOCK");
        File.WriteAllText(path, "99999999\nleft over by a crash");
        using DirectoryLock? taken = DirectoryLock.TryTake(path, out _);
        Assert.NotNull(taken);
    }

    [Fact]
    public void AChildProcessDoesNotKeepTheLock()
    {
        if (!OperatingSystem.IsLinux()) return; // needs `sleep`
        string path = Path.Join(_root, "LOCK");
        DirectoryLock? first = DirectoryLock.TryTake(path, out _);
        Assert.NotNull(first);
        using Process child = Process.Start("sleep", "30");
        try
        {
            first.Dispose();
            using DirectoryLock? next = DirectoryLock.TryTake(path, out _);
            Assert.NotNull(next);
        }
        finally
        {
            child.Kill();
        }
    }

    [Fact]
    public void NoDirectoryNoLock() =>
        Assert.Throws<DiskException>(() => PosixDisk.Instance.TryLock(Path.Join(_root, "absent/LOCK"), out _));
}
