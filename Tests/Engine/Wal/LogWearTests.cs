using System;
using System.Globalization;
using Slungd.Engine.Wal;
using Xunit;
using Xunit.Abstractions;

namespace Slungd.Tests.Engine.Wal;

/// <summary>How many bytes a trickle of points costs the device: 1,000 series, a point each in 10 s. The segments add
/// some 6 bytes a point.</summary>
public class LogWearTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1, 1, 45)] // by sync interval in seconds, points per commit
    [InlineData(1, 100, 45)]
    [InlineData(10, 1, 8)]
    [InlineData(10, 100, 8)]
    [InlineData(10, 1000, 8)]
    public void ATrickleCostsLittle(int interval, int pointsPerCommit, double atMost)
    {
        const int Series = 1000, Seconds = 120;
        using var rig = new LogRig(LogSync.Every(TimeSpan.FromSeconds(interval)));
        var random = new Random(1);
        double[] values = new double[Series];
        long points = 0;
        for (int i = 0; i < Seconds * Series / 10; i++)
        {
            int series = i % Series;
            if (i < Series) values[series] = series % 100;
            values[series] = Math.Round(values[series] + random.Next(-20, 21) * 0.01, 2);
            long now = 1_700_000_000_000_000 + rig.Clock.GetTimestamp() / 10 + random.Next(500);
            rig.Put(series * 6, now, values[series]);
            points++;
            if (points % pointsPerCommit == 0) rig.Commit();
            rig.Clock.Advance(TimeSpan.FromSeconds(10.0 / Series));
            rig.Log.Step();
            if (points == Seconds * Series / 20) rig.FlushAll();
        }
        double perPoint = (double)rig.Disk.DeviceBytes / points;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{perPoint:F1} bytes/point, {rig.Disk.Writes} writes, {rig.Disk.Syncs} syncs for {points} points"));
        Assert.InRange(perPoint, 1, atMost);
    }
}
