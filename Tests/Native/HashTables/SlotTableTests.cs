using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Native.HashTables;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Native.HashTables;

public class SlotTableTests
{
    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(0xff000000u)] // one home slot for all, until the table is large
    [InlineData(0x7u)]
    public void FindsEveryReferenceOfAHashAndNoOther(uint mask)
    {
        using var table = new SlotTable(new ByteBudget(16 << 20));
        var model = new Dictionary<uint, List<uint>>();
        var random = new Random(9);
        for (uint reference = 1; reference <= 3_000; reference++)
        {
            uint hash = (uint)random.NextInt64() & mask;
            if (!model.TryGetValue(hash, out List<uint>? expected)) model[hash] = expected = [];
            expected.Add(reference);
            Assert.True(table.TryReserve(1));
            table.Add(hash, reference);
            Assert.Equal(expected.Order(), Found(table, hash).Order());
        }
        Assert.Equal(3_000, table.Count);
        foreach ((uint hash, List<uint> expected) in model) Assert.Equal(expected.Order(), Found(table, hash).Order());
        for (int i = 0; i < 1_000; i++)
        {
            uint hash = (uint)random.NextInt64();
            Assert.Equal(model.GetValueOrDefault(hash)?.Count ?? 0, Found(table, hash).Count);
        }
    }

    [Fact]
    public void ShortOfMemoryItFillsUpThenRefuses()
    {
        var budget = new ByteBudget(16 * 1024);
        using var table = new SlotTable(budget);
        uint added = 0;
        while (table.TryReserve(1)) table.Add(added * 7919, ++added);
        Assert.Equal(512u * 7 / 8, added);
        for (uint i = 0; i < added; i++) Assert.Contains(i + 1, Found(table, i * 7919));
        Assert.Empty(Found(table, 3));
    }

    [Fact]
    public void GrowingGivesTheOldSlotsBack()
    {
        var budget = new ByteBudget(64 << 20);
        using var table = new SlotTable(budget);
        Assert.True(table.TryReserve(100_000));
        Assert.Equal(table.CommittedBytes, budget.Used);
        table.Prefetch(17);
    }

    private static List<uint> Found(SlotTable table, uint hash)
    {
        var found = new List<uint>();
        SlotTable.Probe probe = table.Find(hash);
        for (uint reference = probe.Next(); reference != 0; reference = probe.Next()) found.Add(reference);
        return found;
    }
}
