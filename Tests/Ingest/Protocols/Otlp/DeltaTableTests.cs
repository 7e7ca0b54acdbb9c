using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.Otlp;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.Otlp;

public class DeltaTableTests
{
    [Fact]
    public void ItForgetsWhatWasNotSeenForLongest()
    {
        DeltaTable table = new(maxBytes: 100 * 96, HistogramPayload.Add);
        for (int i = 0; i < 1_000; i++)
        {
            Assert.True(table.TryAdd(new SeriesId((uint)i), (ulong)i, delta: 1, startsAnew: false, out double total));
            Assert.Equal(1, total);
            Assert.True(table.TryAdd(SeriesId.None, (ulong)i, delta: 1, startsAnew: false, out total)); // always in use
            Assert.Equal(i + 1, total);
            Assert.InRange(table.Count, 1, 102);
        }
        Assert.True(table.TryAdd(new SeriesId(0), 0, delta: 5, startsAnew: false, out double anew));
        Assert.Equal(5, anew);
    }
}
