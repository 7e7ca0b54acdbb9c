using System;
using Slungd.Native.SkipLists;
using Xunit;

namespace Slungd.Tests.Native.SkipLists;

public sealed unsafe class TimestampRunTests
{
    [Fact]
    public void AscendingPrefixStopsAtTheFirstBreak()
    {
        Assert.Equal(0, TimestampRun.AscendingPrefix([]));
        for (int length = 1; length < 40; length++)
        {
            long[] column = new long[length];
            for (int i = 0; i < length; i++) column[i] = i * 10 - 100;
            Assert.Equal(length, TimestampRun.AscendingPrefix(column));
            for (int at = 1; at < length; at++)
            {
                long kept = column[at];
                foreach (long wrong in new[] { column[at - 1], column[at - 1] - 1, long.MinValue })
                {
                    column[at] = wrong;
                    Assert.Equal(at, TimestampRun.AscendingPrefix(column));
                }
                column[at] = kept;
            }
        }
        Assert.Equal(2, TimestampRun.AscendingPrefix([long.MinValue, long.MaxValue, long.MinValue]));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(long.MaxValue - 300, 1)]
    [InlineData(long.MinValue, long.MaxValue / 64)]
    [InlineData(-5, -7)]
    [InlineData(9, 0)]
    public void FillRegularIsMultiplication(long start, long step)
    {
        for (int count = 0; count < 70; count++)
        {
            long[] column = new long[count + 1];
            column[count] = 42;
            fixed (long* pointer = column) TimestampRun.FillRegular(pointer, count, start, step);
            for (int i = 0; i < count; i++) Assert.Equal(unchecked(start + i * step), column[i]);
            Assert.Equal(42, column[count]);
        }
    }

    [Fact]
    public void LowerBoundIsTheFirstNotBelow()
    {
        long[] column = [-50, -3, 0, 1, 7, 8, long.MaxValue];
        for (int count = 0; count <= column.Length; count++)
        {
            foreach (long key in new[] { long.MinValue, -50, -49, -3, 0, 1, 2, 7, 8, 9, long.MaxValue })
            {
                int expected = 0;
                while (expected < count && column[expected] < key) expected++;
                fixed (long* pointer = column)
                {
                    Assert.Equal(expected, TimestampRun.LowerBound(pointer, count, key));
                    Assert.Equal(expected, TimestampRun.LowerBoundNearEnd(pointer, count, key));
                }
            }
        }
    }

    [Fact]
    public void LowerBoundNearEndFindsEveryPlace()
    {
        long[] column = new long[100];
        for (int i = 0; i < column.Length; i++) column[i] = i * 2;
        fixed (long* pointer = column)
        {
            for (int count = 0; count <= column.Length; count++)
                for (int key = -1; key <= count * 2; key++)
                    Assert.Equal((key + 1) / 2, TimestampRun.LowerBoundNearEnd(pointer, count, key));
        }
    }
}
