using System;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public class FileLimitTests
{
    [Fact]
    public void ItIsRaisedOnceAndForAll()
    {
        if (!OperatingSystem.IsLinux()) return;
        long before = FileLimit.Current!.Value;
        long raised = FileLimit.Raise()!.Value;
        Assert.True(raised >= before);
        Assert.Equal(raised, FileLimit.Current);
        Assert.Equal(raised, FileLimit.Raise());
    }
}
