using System;
using Slungd.Native.Os;
using Xunit;

namespace Slungd.Tests.Native.Os;

public class SystemRandomTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)] // the kernel may give less at a time
    public void AllBytesAreFilled(int count)
    {
        byte[] any = new byte[count];
        for (int round = 0; round < 20; round++)
        {
            byte[] one = SystemRandom.Bytes(count);
            for (int i = 0; i < count; i++) any[i] |= one[i];
        }
        Assert.Equal(count > 1 ? -1 : Array.IndexOf(any, (byte)0), Array.IndexOf(any, (byte)0));
    }

    [Fact]
    public void NumbersDiffer() => Assert.NotEqual(SystemRandom.NextUInt64(), SystemRandom.NextUInt64());
}
