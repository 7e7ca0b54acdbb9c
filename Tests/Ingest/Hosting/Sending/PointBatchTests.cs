using System.Text;
using Slungd.Ingest.Hosting.Sending;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Sending;

public sealed class PointBatchTests
{
    [Fact]
    public void AcknowledgedPointsAreCountedOnceAndCutOff()
    {
        PointBatch batch = Filled(10);
        Assert.True(batch.TryRefuse(2, out long line));
        Assert.Equal(102, line);
        Assert.False(batch.TryRefuse(2, out _));
        Assert.True(batch.TryRefuse(7, out _));
        Assert.Equal(3, batch.AckUpTo(4));
        Assert.Equal(0, batch.AckUpTo(4));
        batch.RemoveAcked();
        Assert.Equal(6, batch.Count);
        Assert.Equal(Filled(10, 4).Message.ToArray(), batch.Message.ToArray());
        Assert.Equal(5, batch.AckUpTo(6)); // point 7 was refused
    }

    [Fact]
    public void ABatchIsFullAtItsBounds()
    {
        PointBatch batch = Filled(PointBatch.MaxPoints - 1);
        Assert.False(batch.IsFull);
        Add(batch, 0);
        Assert.True(batch.IsFull);

        batch.Clear("");
        PointBuilder point = new();
        point.TrySetSeries(new byte[65_535]);
        for (int i = 0; i < 4; i++) batch.Add(point, 1);
        Assert.True(batch.IsFull);
    }

    private static PointBatch Filled(int points, int from = 0)
    {
        PointBatch batch = new();
        batch.Clear("file");
        for (int i = from; i < points; i++) Add(batch, i);
        return batch;
    }

    private static void Add(PointBatch batch, int number)
    {
        PointBuilder point = new() { Timestamp = number };
        point.TrySetSeries(Encoding.ASCII.GetBytes($"series{number}"));
        for (int i = 0; i < number % 3; i++) point.TryAddTag("k"u8, "v"u8);
        batch.Add(point, 100 + number);
    }
}
