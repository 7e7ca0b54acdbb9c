using System;
using System.IO;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Slungd.Engine.Store;
using Xunit;

namespace Slungd.Tests.Engine.Store;

/// <summary>Three segments of one point each at 0, 1, 2; something happens to the middle one.</summary>
public class StoreCorruptionTests
{
    [Theory]
    [InlineData(".idx", "flip")]
    [InlineData(".idx", "cut")]
    [InlineData(".idx", "empty")]
    [InlineData(".idx", "missing")]
    [InlineData(".dat", "cut")]
    [InlineData(".dat", "empty")]
    [InlineData(".dat", "missing")]
    public void WhatIsCorruptAtOpenGoesIntoQuarantine(string ending, string damage)
    {
        using var fixture = ThreeSegments();
        fixture.Close();
        string file = Directory.GetFiles(fixture.Segments, "*" + ending).Order(StringComparer.Ordinal).ElementAt(1);
        Damage(file, damage);
        fixture.Open();
        AssertMiddleIsGone(fixture);
        Assert.Equal(damage == "missing" ? 1 : 2, Directory.GetFiles(fixture.Data + "/quarantine").Length);
        fixture.Reopen();
        Assert.Equal(2, fixture.Store.Statistics().Segments);
        Assert.Equal(0, fixture.Store.Statistics().Quarantined);
    }

    /// <summary>As a bad sector does: the bytes are mapped, but can't be read.</summary>
    [Fact]
    public void WhatCannotBeReadAnyMoreGoesIntoQuarantineAndDoesNotEndTheProcess()
    {
        if (!OperatingSystem.IsLinux() || Environment.OSVersion.Version < new Version(5, 14)) return;
        using var fixture = new StoreFixture(static o => o with { PagePoints = 4096 });
        SeriesId series = fixture.Series("a");
        var random = new Random(1);
        for (int i = 0; i < 4000; i++) fixture.Put(series, i, random.NextDouble());
        fixture.Store.Flush();
        using (FileStream file = File.OpenWrite(Directory.GetFiles(fixture.Segments, "*.dat").Single()))
            file.SetLength(4096);
        Assert.Throws<SegmentCorruptException>(() => fixture.Read(series));
        Assert.Equal(1, fixture.Store.Statistics().Quarantined);
    }

    [Fact]
    public void WhatTurnsOutCorruptAtReadGoesIntoQuarantine()
    {
        using var fixture = ThreeSegments();
        fixture.Close();
        Damage(Directory.GetFiles(fixture.Segments, "*.dat").Order(StringComparer.Ordinal).ElementAt(1), "flip");
        fixture.Open();
        SeriesId series = fixture.Series("a");
        Assert.Equal(3, fixture.Count(series)); // the summaries are in the .idx, which is sound
        Assert.Throws<SegmentCorruptException>(() => fixture.Read(series));
        AssertMiddleIsGone(fixture);
        Assert.Equal(2, Directory.GetFiles(fixture.Data + "/quarantine").Length);
    }

    [Fact]
    public void AViewThatHoldsACorruptSegmentSurvives()
    {
        using var fixture = ThreeSegments();
        fixture.Close();
        Damage(Directory.GetFiles(fixture.Segments, "*.dat").Order(StringComparer.Ordinal).ElementAt(1), "flip");
        fixture.Open();
        SeriesId series = fixture.Series("a");
        using SeriesView view = fixture.Store.OpenView();
        Assert.Throws<SegmentCorruptException>(() => fixture.Read(series));
        using SeriesCursor cursor = view.Open(series, TimeRange.All, acceptSummaries: true);
        int count = 0;
        while (cursor.MoveNext()) count++;
        Assert.Equal(3, count); // its own state still has all three
        using SeriesCursor first = view.Open(series, new TimeRange(0, 0), acceptSummaries: false);
        Assert.True(first.MoveNext());
        Assert.Equal([0L], first.Timestamps);
    }

    [Fact]
    public void ANewerVersionStopsTheOpeningInsteadOfBeingMovedAway()
    {
        using var fixture = ThreeSegments();
        fixture.Close();
        string file = Directory.GetFiles(fixture.Segments, "*.idx").Order(StringComparer.Ordinal).ElementAt(1);
        byte[] bytes = File.ReadAllBytes(file);
        bytes[6]++;
        BitConverter.TryWriteBytes(bytes.AsSpan(20), Slungd.Native.Bits.Crc32C.Of(bytes.AsSpan(0, 20)));
        File.WriteAllBytes(file, bytes);
        Assert.Throws<SegmentVersionException>(() => fixture.Open());
        Assert.Equal(6, Directory.GetFiles(fixture.Segments).Length);
    }

    [Fact]
    public void ASegmentOfAnotherPrecisionIsNotMixedIn()
    {
        using var seconds = new StoreFixture(static o => o with { Precision = Precision.Seconds });
        seconds.Clock.Advance(TimeSpan.FromSeconds(1)); // for another name
        seconds.Put(seconds.Series("a"), 5, 5);
        seconds.Close();
        using var fixture = ThreeSegments();
        fixture.Close();
        foreach (string file in Directory.GetFiles(seconds.Segments))
            File.Copy(file, fixture.Segments + "/" + Path.GetFileName(file));
        fixture.Open();
        Assert.Equal(1, fixture.Store.Statistics().Quarantined);
        Assert.Equal(3, fixture.Count(fixture.Series("a")));
    }

    private static StoreFixture ThreeSegments()
    {
        var fixture = new StoreFixture();
        SeriesId series = fixture.Series("a");
        for (int i = 0; i < 3; i++)
        {
            fixture.Put(series, i, i + 0.5);
            fixture.Store.Flush();
        }
        Assert.Equal(3, fixture.Store.Statistics().Segments);
        return fixture;
    }

    private static void AssertMiddleIsGone(StoreFixture fixture)
    {
        StoreStatistics now = fixture.Store.Statistics();
        Assert.Equal((2L, 1L), (now.Segments, now.Quarantined));
        Assert.Contains("corrupt", now.LastError, StringComparison.Ordinal);
        Assert.Equal(SinkState.Ready, now.State);
        var points = fixture.Read(fixture.Series("a"));
        Assert.Equal([0L, 2L], points.ConvertAll(static p => p.Timestamp));
    }

    private static void Damage(string file, string how)
    {
        byte[] bytes = File.ReadAllBytes(file);
        switch (how)
        {
            case "flip":
                bytes[^9] ^= 1; // inside the last page of a .dat, the tail of an .idx
                File.WriteAllBytes(file, bytes);
                break;
            case "cut":
                File.WriteAllBytes(file, bytes.AsSpan(0, bytes.Length - 3).ToArray());
                break;
            case "empty":
                File.WriteAllBytes(file, []);
                break;
            case "missing":
                File.Delete(file);
                break;
        }
    }
}
