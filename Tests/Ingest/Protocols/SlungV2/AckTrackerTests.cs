using System;
using System.Collections.Generic;
using Slungd.Ingest.Protocols.SlungV2;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.SlungV2;

public class AckTrackerTests
{
    [Fact]
    public void Refused_points_wait_for_the_commits_before_them()
    {
        var acks = new AckTracker();
        Assert.False(acks.TryTake(100, out _));
        acks.Cover(0, 1);
        Assert.True(acks.TryTake(0, out ulong below));
        Assert.Equal(1UL, below);
        acks.Cover(7, 3);
        acks.Cover(0, 4);
        Assert.False(acks.TryTake(6, out _));
        Assert.True(acks.IsWaiting);
        Assert.True(acks.TryTake(7, out below));
        Assert.Equal(4UL, below);
        Assert.False(acks.TryTake(7, out _));
        Assert.False(acks.IsWaiting);
    }

    /// <summary>Never a point too early, and in the end every point, however many commits wait.</summary>
    [Fact]
    public void Random_commits_are_acknowledged_like_a_plain_list_says()
    {
        var random = new Random(5);
        for (int round = 0; round < 200; round++)
        {
            var acks = new AckTracker();
            List<(ulong Commit, ulong Below)> all = [];
            ulong commit = 0, below = 0, kept = 0, last = 0;
            for (int step = 0; step < 500; step++)
            {
                if (random.Next(4) > 0)
                {
                    below += (ulong)random.Next(1, 5);
                    bool isRefused = random.Next(5) == 0;
                    if (!isRefused) commit += (ulong)random.Next(1, 3);
                    acks.Cover(isRefused ? 0 : commit, below);
                    all.Add((commit, below));
                }
                else
                {
                    kept = Math.Min(commit, kept + (ulong)random.Next(20));
                    bool isNew = acks.TryTake(kept, out ulong got);
                    ulong most = last;
                    foreach ((ulong c, ulong b) in all) most = c <= kept ? Math.Max(most, b) : most;
                    Assert.InRange(got, last, most);
                    Assert.Equal(got > last, isNew);
                    last = got;
                }
            }
            acks.TryTake(commit, out ulong end);
            Assert.Equal(below, end);
        }
    }
}
