using System;
using Slungd.Engine.Model;
using Slungd.Engine.PromQL.Evaluation;
using Xunit;

namespace Slungd.Tests.Engine.PromQL.Evaluation;

public sealed class WindowingTests
{
    [Theory]
    [InlineData(0, 3_600_000, 60_000, null, 0, 300_000)]
    [InlineData(1_767_225_600_000, 1_767_229_200_000, 15_000, null, 60_000, 300_000)]
    [InlineData(-90_000, 90_000, 1_000, null, -5_000, 0)]
    [InlineData(0, 3_600_000, 60_000, 1_767_225_600_000, 60_000, 300_000)]
    [InlineData(5, 5, 1, null, 0, 1)]
    [InlineData(9_223_372_000_000, 9_223_373_000_000, 250_000, null, 0, 60_000)] // the last ends are no nanoseconds
    [InlineData(-9_223_373_000_000, -9_223_372_000_000, 250_000, null, 0, 60_000)]
    [InlineData(-9_000_000_000_000, 9_000_000_000_000, 9_500_000_000_000, null, 0, 60_000)] // the step is none
    [InlineData(-9_300_000_000_000, 9_300_000_000_000, 9_300_000_000_000, null, 0, 60_000)]
    public void WindowsEndWhereTheirMillisecondsDo(long start, long end, long step, long? anchor, long offset,
        long width)
    {
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            StepRange range = new(start, end, step);
            TimeScale scale = new(precision);
            Windowing windowing = new(range, anchor, offset, width, 0, scale);
            for (int i = 0; i < range.Count; i++)
            {
                windowing.Bounds(i, out long after, out long through);
                long last = (anchor ?? start + i * step) - offset;
                Assert.Equal((scale.LastUnitOf(last - width), scale.LastUnitOf(last)), (after, through));
            }
        }
    }
}
