using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Engine.Store;
using Xunit;

namespace Slungd.Tests.Engine.Store;

public class TombstoneSetTests
{
    /// <summary>Random deletes of few series over short ranges, against the list of all of them.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ASetCoversWhatItsDeletesCover(int seed)
    {
        var random = new Random(seed);
        var deletes = new List<Tombstone>();
        TombstoneSet set = TombstoneSet.Empty;
        for (ulong number = 1; number <= 60; number++)
        {
            var series = new List<SeriesId>();
            for (uint id = 0; id < 4; id++)
                if (random.Next(2) == 0) series.Add(new SeriesId(id));
            if (random.Next(4) == 0) series.Add(SeriesId.None);
            long start = random.Next(100);
            var range = new TimeRange(start, start + random.Next(30));
            foreach (SeriesId id in series) deletes.Add(new Tombstone(id, range, number));
            set = set.With(series.ToArray(), range, number);
            Compare(set, deletes, (ulong)random.Next((int)number + 1));
        }
        Assert.InRange(set.Count, 1, 100);
        Assert.Equal([0, 1, 2, 3], set.SeriesIds.ToArray());
    }

    [Fact]
    public void RepeatedAndMovingDeletesTakeNoMoreRoom()
    {
        TombstoneSet set = TombstoneSet.Empty;
        for (ulong number = 1; number <= 1000; number++)
            set = set.With([new SeriesId(7)], new TimeRange(long.MinValue, (long)number), number);
        Assert.Equal(new Tombstone(new SeriesId(7), new TimeRange(long.MinValue, 1000), 1000), set.All[0]);
        Assert.Equal(1, set.Count);
        set = set.With([new SeriesId(7)], TimeRange.All, 1001);
        Assert.Equal(1, set.Count);
    }

    [Fact]
    public void TheEndsOfTimeAreOrdinary()
    {
        TombstoneSet set = TombstoneSet.Empty.With([new SeriesId(1)], TimeRange.All, 1);
        set = set.With([new SeriesId(1)], new TimeRange(long.MaxValue, long.MaxValue), 2);
        set = set.With([new SeriesId(1)], new TimeRange(long.MinValue, long.MinValue), 3);
        Assert.Equal([3UL, 1UL, 2UL], Array.ConvertAll(set.All.ToArray(), static t => t.Number));
    }

    private static void Compare(TombstoneSet set, List<Tombstone> deletes, ulong seen)
    {
        var ranges = new List<TimeRange>();
        for (uint id = 0; id < 4; id++)
        {
            ranges.Clear();
            set.CopyRanges(new SeriesId(id), seen, TimeRange.All, ranges);
            for (long at = -5; at < 140; at++)
            {
                bool isCovered = deletes.Exists(d => d.Number > seen && d.Range.Contains(at) &&
                    (d.Series == new SeriesId(id) || d.Series == SeriesId.None));
                Assert.Equal(isCovered, ranges.Exists(r => r.Contains(at)));
            }
        }
    }
}
