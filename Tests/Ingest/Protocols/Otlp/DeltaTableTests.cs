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
            Assert.Equal(1, Add(table, (uint)i, (ulong)i + 1, 1, out _));
            Assert.Equal(i + 1, Add(table, uint.MaxValue, (ulong)i + 1, 1, out _)); // always in use
            Assert.InRange(table.Count, 1, 102);
        }
        Assert.Equal(5, Add(table, 0, 1, 5, out _));
    }

    [Fact]
    public void WhatIsTakenBackLeavesWhatWasBefore()
    {
        DeltaTable table = new(maxBytes: 1 << 20, HistogramPayload.Add);
        Add(table, 1, time: 5, delta: 10, out DeltaChange first);
        Add(table, 1, time: 6, delta: 2, out DeltaChange second);
        Add(table, 1, time: 6, delta: 2, out DeltaChange again);
        table.TakeBack(again);
        table.TakeBack(second);
        Assert.Equal(13, Add(table, 1, time: 6, delta: 3, out second));
        table.TakeBack(second);
        table.TakeBack(first);
        Assert.Equal(7, Add(table, 1, time: 1, delta: 7, out _));
    }

    /// <summary>Another request was answered a value that has it, whether it added to it or sent the same.</summary>
    [Theory]
    [InlineData(6, 12)]
    [InlineData(5, 10)]
    public void WhatOthersHaveSeenIsNotTakenBack(ulong time, double seen)
    {
        DeltaTable table = new(maxBytes: 1 << 20, HistogramPayload.Add);
        Add(table, 1, time: 5, delta: 10, out DeltaChange change);
        Assert.Equal(seen, Add(table, 1, time, delta: 2, out _));
        table.TakeBack(change);
        Assert.Equal(seen + 1, Add(table, 1, time: 7, delta: 1, out _));
    }

    [Fact]
    public void WhatIsForgottenIsNotTakenBack()
    {
        DeltaTable table = new(maxBytes: 10 * 96, HistogramPayload.Add);
        Add(table, 1, time: 5, delta: 10, out DeltaChange change);
        for (uint i = 2; i < 30; i++) Add(table, i, time: 5, delta: 1, out _);
        table.TakeBack(change);
        Assert.Equal(3, Add(table, 1, time: 6, delta: 3, out _));
        table.TakeBack(change); // another state
        Assert.Equal(4, Add(table, 1, time: 7, delta: 1, out _));
    }

    private static double Add(DeltaTable table, uint series, ulong time, double delta, out DeltaChange change)
    {
        change = default;
        Assert.True(table.TryAdd(new SeriesId(series), time, delta, startsAnew: false, out double total, ref change));
        return total;
    }
}
