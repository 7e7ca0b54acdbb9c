using System;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Engine.Segments;
using Xunit;

namespace Slungd.Tests.Engine.Segments;

public class SeriesMapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    [InlineData(1000)]
    public void EveryIdIsFoundWhereItsKeyIs(int count)
    {
        var random = new Random(count);
        uint[] ids = Enumerable.Range(0, count * 3).Select(static i => (uint)i).ToArray();
        random.Shuffle(ids);
        ids = ids[..count];
        SeriesId[] inKeyOrder = ids.Select(static i => new SeriesId(i)).ToArray();
        if (count > 2) inKeyOrder[1] = SeriesId.None; // hidden
        foreach (SeriesId[] order in new[] { inKeyOrder, [.. ids.Order().Select(static i => new SeriesId(i))] })
        {
            SeriesMap map = SeriesMap.Of(order);
            Assert.Equal(order.Count(static id => id != SeriesId.None), map.Count);
            for (uint id = 0; id < count * 3; id++)
                Assert.Equal(Array.IndexOf(order, new SeriesId(id)), map.PositionOf(new SeriesId(id)));
        }
    }

    [Fact]
    public void SegmentsWithTheSameSeriesHaveTheSameHash()
    {
        (byte[] idx, byte[] dat) = SegmentSample.Bytes();
        using SegmentReader one = SegmentSample.Open(idx, dat);
        Assert.NotEqual(UInt128.Zero, one.Footer.KeysHash);
        Assert.Equal(SegmentFooter.HashOf("boolbytescpuintuint"u8, [4, 5, 1, 2, 3]), one.Footer.KeysHash);
        Assert.NotEqual(SegmentFooter.HashOf("boolbytescpuintuint"u8, [4, 5, 1, 2, 2]), one.Footer.KeysHash);
    }
}
