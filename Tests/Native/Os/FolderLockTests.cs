using System.Threading;
using System.Threading.Tasks;
using Slungd.Native.Os;
using Slungd.Tests.EndToEnd;
using Xunit;

namespace Slungd.Tests.Native.Os;

public class FolderLockTests
{
    [Fact]
    public async Task OneAtATimeAndNothingStaysBehind()
    {
        if (System.OperatingSystem.IsWindows()) return;
        using DataFolder data = new();
        int inside = 0, most = 0;
        Task[] takers = new Task[4];
        for (int i = 0; i < takers.Length; i++)
            takers[i] = Task.Factory.StartNew(() =>
            {
                for (int round = 0; round < 50; round++)
                {
                    using FolderLock held = FolderLock.Take(data.Path);
                    int now = Interlocked.Increment(ref inside);
                    if (now > Volatile.Read(ref most)) Volatile.Write(ref most, now);
                    Interlocked.Decrement(ref inside);
                }
            }, TaskCreationOptions.LongRunning);
        await Task.WhenAll(takers);
        Assert.Equal(1, most);
        Assert.Empty(System.IO.Directory.GetFileSystemEntries(data.Path));
        using FolderLock none = FolderLock.Take(data.Path + "/nowhere"); // nobody is kept out
    }

    [Fact]
    public void WhoWaitsInVainIsTold()
    {
        if (System.OperatingSystem.IsWindows()) return;
        using DataFolder data = new();
        FolderLock held = FolderLock.Take(data.Path);
        System.IO.IOException told = Assert.Throws<System.IO.IOException>(
            () => FolderLock.Take(data.Path, System.TimeSpan.Zero));
        Assert.StartsWith($"{data.Path}: another process", told.Message, System.StringComparison.Ordinal);
        held.Dispose();
        using FolderLock next = FolderLock.Take(data.Path, System.TimeSpan.Zero);
    }
}
