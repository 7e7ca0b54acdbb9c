using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.Store;
using Xunit;

namespace Slungd.Tests.Engine.Store;

public class CompactionPolicyTests
{
    private const long MaxBytes = 512L << 20;

    [Fact]
    public void SevenSegmentsAreLeftAlone()
    {
        Assert.True(CompactionPolicy.Choose(Flushes(7), MaxBytes, ulong.MaxValue).IsNone);
        Assert.Equal(new CompactionPlan(0, 8, 1), CompactionPolicy.Choose(Flushes(8), MaxBytes, ulong.MaxValue));
    }

    [Fact]
    public void AThousandSmallSegmentsBecomeFew()
    {
        long written = 0;
        List<CompactionSource> left = Converge([.. Flushes(1000)], MaxBytes, ulong.MaxValue, false, ref written);
        Assert.InRange(left.Count, 1, 20);
        Assert.InRange(written, 0, 4 * 1000 * 1000L); // each of a million bytes at most once per level, and once more
        left = Converge(left, MaxBytes, ulong.MaxValue, true, ref written);
        Assert.Single(left);
    }

    [Fact]
    public void WhatMustStaySplitsItsNeighbours()
    {
        CompactionSource[] segments = Flushes(15);
        segments[7] = segments[7] with { MayMove = false };
        Assert.True(CompactionPolicy.Choose(segments, MaxBytes, ulong.MaxValue).IsNone);
        Assert.Equal(new CompactionPlan(0, 7, 1), CompactionPolicy.Choose(segments, MaxBytes, ulong.MaxValue, true));
    }

    [Fact]
    public void AnOutputSpansNoMoreThanItMay()
    {
        // Each flush spans 9, eight of them 79.
        Assert.True(CompactionPolicy.Choose(Flushes(8), MaxBytes, 78).IsNone);
        Assert.False(CompactionPolicy.Choose(Flushes(8), MaxBytes, 79).IsNone);
        CompactionSource[] segments = Flushes(8);
        segments[3] = segments[3] with { MinTimestamp = 0, MaxTimestamp = 100 }; // it spans more already
        Assert.False(CompactionPolicy.Choose(segments, MaxBytes, 20).IsNone);
    }

    [Fact]
    public void TheWholeOfTimeIsASpan()
    {
        CompactionSource[] segments = Flushes(8);
        segments[0] = segments[0] with { MinTimestamp = long.MinValue };
        segments[7] = segments[7] with { MaxTimestamp = long.MaxValue };
        Assert.False(CompactionPolicy.Choose(segments, MaxBytes, ulong.MaxValue).IsNone);
        Assert.True(CompactionPolicy.Choose(segments, MaxBytes, ulong.MaxValue - 1).IsNone);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void PlansKeepTheRulesAndEnd(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; round < 200; round++)
        {
            var segments = new List<CompactionSource>();
            for (int i = random.Next(60); i > 0; i--)
            {
                long start = random.Next(1000);
                segments.Add(new CompactionSource(random.Next(3), 1 + random.Next(1 << random.Next(24)), start,
                    start + random.Next(200), random.Next(10) > 0));
            }
            long written = 0;
            Converge(segments, 1 << 22, (ulong)random.Next(2000), random.Next(2) == 0, ref written);
        }
    }

    /// <summary>Does what the policy says until it says no more.</summary>
    private static List<CompactionSource> Converge(List<CompactionSource> segments, long maxBytes, ulong maxSpan,
        bool isForced, ref long written)
    {
        for (int rounds = segments.Count; ; rounds--)
        {
            CompactionPlan plan = CompactionPolicy.Choose(segments.ToArray(), maxBytes, maxSpan, isForced);
            if (plan.IsNone) return segments;
            Assert.True(rounds > 0, "each plan leaves fewer segments, so it ends");
            Assert.InRange(plan.Count, 2, CompactionPolicy.FanIn);
            List<CompactionSource> sources = segments.GetRange(plan.Start, plan.Count);
            Assert.All(sources, static s => Assert.True(s.MayMove));
            Assert.InRange(plan.Level, Math.Max(1, sources.Max(static s => s.Level)), CompactionPolicy.TopLevel);
            long bytes = sources.Sum(static s => s.Bytes);
            Assert.InRange(bytes, 0, maxBytes);
            written += bytes;
            segments.RemoveRange(plan.Start, plan.Count);
            segments.Insert(plan.Start, new CompactionSource(plan.Level, bytes, sources.Min(static s => s.MinTimestamp),
                sources.Max(static s => s.MaxTimestamp)));
        }
    }

    private static CompactionSource[] Flushes(int count)
    {
        var segments = new CompactionSource[count];
        for (int i = 0; i < count; i++) segments[i] = new CompactionSource(0, 1000, i * 10, i * 10 + 9);
        return segments;
    }
}
