using System;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public class ProcessSignalsTests
{
    private const int UserDefined = 12; // SIGUSR2 of Linux: nobody here uses it

    [Fact]
    public void WhatWasIgnoredIsHeeded()
    {
        if (!OperatingSystem.IsLinux()) return;
        _ = SystemCalls.SetSignal(UserDefined, 1);
        Assert.True(ProcessSignals.IsIgnored(UserDefined));
        ProcessSignals.Heed(UserDefined);
        Assert.False(ProcessSignals.IsIgnored(UserDefined));
    }

    [Fact]
    public void FileSizeIsIgnored()
    {
        if (OperatingSystem.IsWindows()) return;
        ProcessSignals.IgnoreFileSize();
        Assert.True(ProcessSignals.IsIgnored(ProcessSignals.FileSize));
    }
}
