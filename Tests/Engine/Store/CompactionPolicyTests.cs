using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Xunit;

namespace Slungd.Tests.Engine.Store;

public class CompactionPolicyTests
{
    private const long Hour = 3_600_000; // in milliseconds
    private const long MaxBytes = 512L << 20;
    private const int PagePoints = 4096;

    private static readonly CompactionPolicy s_policy = Policy();

    [Fact]
    public void SevenSegmentsAreLeftAlone()
    {
        Assert.Null(s_policy.Choose(Flushes(7)));
        CompactionPlan plan = s_policy.Choose(Flushes(8))!;
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], plan.Sources);
        Assert.Equal(1, plan.Level);
        Assert.Equal([new TimeRange(0, 79)], plan.Windows);
    }

    [Fact]
    public void AThousandSmallSegmentsBecomeFew()
    {
        long written = 0;
        List<CompactionSource> left = Converge([.. Flushes(1000)], s_policy, false, ref written);
        Assert.InRange(left.Count, 1, 24);
        Assert.InRange(written, 0, 4 * 1000 * 1000L); // each of a million bytes at most once per level, and once more
        left = Converge(left, s_policy, true, ref written);
        Assert.Single(left);
    }

    [Fact]
    public void WhatFillsItsPagesIsRewrittenOnce()
    {
        CompactionSource[] flushes = Flushes(1000, hours: 0.1);
        for (int i = 0; i < flushes.Length; i++)
            flushes[i] = flushes[i] with { Bytes = 4 << 20, Rows = 1_100_000, Series = 1000 };
        long written = 0;
        List<CompactionSource> left = Converge([.. flushes], s_policy, false, ref written);
        Assert.Equal(125, left.Count);
        Assert.Equal(1000L * (4 << 20), written);
        flushes = Array.ConvertAll(flushes, static f => f with { Series = 100_000 }); // 80 points a page
        left = Converge([.. flushes], s_policy, false, ref written);
        Assert.InRange(left.Count, 10, 40);
    }

    [Fact]
    public void WhatMustStayIsInNobodysWay()
    {
        CompactionSource[] segments = Flushes(15);
        segments[7] = segments[7] with { MayMove = false };
        // It is newer than some and older than others, but where it is no other has points.
        CompactionPlan plan = s_policy.Choose([.. segments[..7], .. segments[8..]])!;
        Assert.Equal(8, plan.Sources.Length);
        Assert.Null(s_policy.Choose(segments)); // in between, in time too
        Assert.Equal(7, s_policy.Choose(segments, isForced: true)!.Sources.Length);
        segments[7] = segments[7] with { MinTimestamp = 1000, MaxTimestamp = 2000 };
        Assert.Equal(8, s_policy.Choose(segments)!.Sources.Length);
    }

    [Fact]
    public void OutputsKeepToTheWindowsOfTheirLevel()
    {
        // Each flush spans an hour and has 10 MB.
        CompactionSource[] flushes = Flushes(8, hours: 1);
        for (int i = 0; i < flushes.Length; i++) flushes[i] = flushes[i] with { Bytes = 10 << 20 };
        CompactionPlan plan = s_policy.Choose(flushes)!;
        Assert.InRange(plan.Windows.Length, 3, 6);
        for (int i = 0; i < plan.Windows.Length; i++)
        {
            TimeRange window = plan.Windows[i];
            Assert.InRange(window.End - window.Start, 0, 3 * Hour);
            Assert.Equal(window.Start >> 23, window.End >> 23); // 2^23 ms are 2.3 hours
            Assert.Equal(i == 0 ? 0 : plan.Windows[i - 1].End + 1, window.Start);
        }
        Assert.Equal(flushes[^1].MaxTimestamp, plan.Windows[^1].End);
    }

    [Fact]
    public void LatePointsWaitForOthersInTheirWindow()
    {
        var segments = new List<CompactionSource>();
        for (int day = 0; day < 6; day++)
        {
            segments.Add(new CompactionSource(2, 100 << 20, 1_000_000, 100, day << 26, (day + 1 << 26) - 1,
                (ulong)day, (ulong)day));
        }
        for (ulong late = 10; late < 17; late++)
            segments.Add(new CompactionSource(2, 1 << 20, 100, 100, (3 << 26) + 5, (3 << 26) + 50, late, late));
        Assert.Null(s_policy.Choose(segments.ToArray()));
        segments.Add(segments[^1] with { FirstSequence = 17, LastSequence = 17 });
        CompactionPlan plan = s_policy.Choose(segments.ToArray())!;
        Assert.Equal([6, 7, 8, 9, 10, 11, 12, 13], plan.Sources);
        Assert.Single(plan.Windows);
    }

    [Fact]
    public void OnDemandWhatIsAloneIsWrittenAnewOnceToo()
    {
        CompactionPlan plan = s_policy.Choose(Flushes(1), isForced: true)!;
        Assert.Equal((1, 2), (plan.Sources.Length, plan.Level));
        CompactionSource done = Flushes(1)[0] with { Level = 2 };
        Assert.Null(s_policy.Choose([done], isForced: true));
        Assert.NotNull(s_policy.Choose([done with { HasDeadPoints = true }], isForced: true));
        Assert.Null(s_policy.Choose([done with { HasDeadPoints = true }]));
    }

    [Fact]
    public void TheWholeOfTimeIsCutIntoFew()
    {
        var windows = new CompactionWindows(Precision.Nanoseconds, ulong.MaxValue);
        foreach (int level in (int[])[1, 2])
        {
            foreach (long bytes in (long[])[0, 1, long.MaxValue])
            {
                TimeRange[] cut = windows.Cut(level, bytes, long.MinValue, long.MaxValue);
                Assert.InRange(cut.Length, 2, CompactionWindows.MaxOutputs);
                Assert.Equal((long.MinValue, long.MaxValue), (cut[0].Start, cut[^1].End));
                for (int i = 1; i < cut.Length; i++) Assert.Equal(cut[i - 1].End + 1, cut[i].Start);
                Assert.Equal([new TimeRange(5, 5)], windows.Cut(level, bytes, 5, 5));
            }
        }
    }

    [Theory]
    [InlineData(Precision.Seconds)]
    [InlineData(Precision.Milliseconds)]
    [InlineData(Precision.Microseconds)]
    [InlineData(Precision.Nanoseconds)]
    public void WindowsAreHoursAndDaysInEveryPrecision(object precision)
    {
        long second = ((Precision)precision).PerSecond(), month = 30 * 86400 * second;
        var windows = new CompactionWindows((Precision)precision, ulong.MaxValue);
        Assert.InRange(LengthOf(windows.Cut(1, MaxBytes, 0, 40_000 * second)), 1.4, 3);
        Assert.InRange(LengthOf(windows.Cut(2, MaxBytes, 0, 400_000 * second)), 11, 24);
        Assert.InRange(LengthOf(windows.Cut(1, 1000, 0, 900_000 * second)), 22, 48);
        Assert.InRange(LengthOf(windows.Cut(2, 1000, 0, 12 * month)), 30 * 24, 64 * 24);
        var brief = new CompactionWindows((Precision)precision, (ulong)(7 * 86400 * second));
        Assert.InRange(LengthOf(brief.Cut(2, 1000, 0, month)), 3.4 * 24, 7 * 24);

        double LengthOf(TimeRange[] cut) => (cut[1].Start - cut[0].Start) / (3600.0 * second);
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
                long start = random.Next(1000) * Hour;
                segments.Add(new CompactionSource(0, 1 + random.Next(1 << random.Next(26)), random.Next(1, 1 << 20),
                    random.Next(1, 10_000), start, start + random.Next(1 << random.Next(31)), (ulong)segments.Count,
                    (ulong)segments.Count));
            }
            long written = 0;
            CompactionPolicy policy = Policy(1 << 26, random.Next(2) == 0 ? ulong.MaxValue : 1UL << random.Next(1, 40));
            List<CompactionSource> left = Converge(segments, policy, random.Next(2) == 0, ref written);
            written = 0;
            Converge(left, policy, true, ref written);
        }
    }

    /// <summary>Does what the policy says until it says no more, and checks that no rule is ever broken.</summary>
    private static List<CompactionSource> Converge(List<CompactionSource> segments, CompactionPolicy policy,
        bool isForced, ref long written)
    {
        for (int rounds = 10 * segments.Count + 10; ; rounds--)
        {
            CompactionPlan? plan = policy.Choose(segments.ToArray(), isForced);
            if (plan is null) return segments;
            Assert.True(rounds > 0, "it ends");
            Assert.InRange(plan.Sources.Length, 1, CompactionPolicy.FanIn);
            Assert.Equal(plan.Sources.Order().Distinct(), plan.Sources);
            List<CompactionSource> sources = [.. plan.Sources.Select(i => segments[i])];
            Assert.InRange(plan.Level, Math.Max(1, sources.Max(static s => s.Level)), CompactionPolicy.TopLevel);
            written += sources.Sum(static s => s.Bytes);
            foreach (CompactionSource source in sources) segments.Remove(source);
            foreach (TimeRange window in plan.Windows) segments.AddRange(OutputOf(sources, window, plan.Level));
            segments.Sort(static (a, b) => (a.LastSequence, a.MinTimestamp).CompareTo((b.LastSequence,
                b.MinTimestamp)));
            for (int i = 0; i < segments.Count; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    bool overlaps = segments[i].Overlaps(segments[j].MinTimestamp, segments[j].MaxTimestamp);
                    Assert.True(!overlaps || segments[j].LastSequence < segments[i].FirstSequence);
                }
            }
        }
    }

    /// <summary>As if every source had points everywhere between its ends.</summary>
    private static CompactionSource[] OutputOf(List<CompactionSource> sources, TimeRange window, int level)
    {
        List<CompactionSource> inside = sources.FindAll(s => s.Overlaps(window.Start, window.End));
        if (inside.Count == 0) return [];
        long bytes = 1 + inside.Sum(static s => s.Bytes) / 3;
        return [new CompactionSource(level, bytes, 1 + inside.Sum(static s => s.Rows) / 2,
            inside.Max(static s => s.Series), Math.Max(window.Start, inside.Min(static s => s.MinTimestamp)),
            Math.Min(window.End, inside.Max(static s => s.MaxTimestamp)), sources.Min(static s => s.FirstSequence),
            sources.Max(static s => s.LastSequence))];
    }

    private static CompactionPolicy Policy(long maxBytes = MaxBytes, ulong maxSpan = ulong.MaxValue) =>
        new(new CompactionWindows(Precision.Milliseconds, maxSpan), maxBytes, PagePoints);

    private static CompactionSource[] Flushes(int count, double hours = 0)
    {
        var segments = new CompactionSource[count];
        long length = hours > 0 ? (long)(hours * Hour) : 10;
        for (int i = 0; i < count; i++)
        {
            segments[i] = new CompactionSource(0, 1000, 100, 10, i * length, i * length + length - 1, (ulong)i,
                (ulong)i);
        }
        return segments;
    }
}
