using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols.SlungV2;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.SlungV2;

public class AliasTableTests
{
    [Theory]
    [InlineData(1u)]
    [InlineData(1u << 18)] // would collide without a good hash
    [InlineData(0x9E3779B1u)]
    public void Answers_like_a_dictionary(uint stride)
    {
        var budget = new ByteBudget(64 << 20);
        var random = new Random(2);
        var model = new Dictionary<uint, (uint Series, RefusalCode Refusal)>();
        using (var table = new AliasTable(budget, 100_000, seed: 12345))
        {
            for (int i = 0; i < 20_000; i++)
            {
                uint alias = stride * (uint)random.Next(8_000);
                RefusalCode refusal = random.Next(10) == 0 ? RefusalCode.SeriesLimit : RefusalCode.None;
                Assert.Equal(RefusalCode.None, table.Set(alias, new SeriesId((uint)i), refusal));
                model[alias] = ((uint)i, refusal);
            }
            Assert.Equal(model.Count, table.Count);
            foreach ((uint alias, (uint series, RefusalCode refusal)) in model)
            {
                Assert.Equal(refusal, table.Get(alias, out SeriesId got));
                Assert.Equal(refusal == RefusalCode.None ? new SeriesId(series) : SeriesId.None, got);
            }
            for (uint i = 8_000; i < 9_000; i++)
                Assert.Equal(RefusalCode.UnknownAlias, table.Get(unchecked(stride * i), out _));
        }
        Assert.Equal(0, budget.Used);
    }

    [Fact]
    public void Zero_and_the_largest_alias_are_aliases_like_others()
    {
        using var table = new AliasTable(new ByteBudget(1 << 20), 10, seed: 1);
        Assert.Equal(RefusalCode.UnknownAlias, table.Get(0, out _));
        table.Set(uint.MaxValue, new SeriesId(5), RefusalCode.None);
        Assert.Equal(RefusalCode.UnknownAlias, table.Get(0, out _));
        table.Set(0, new SeriesId(0), RefusalCode.None);
        Assert.Equal(RefusalCode.None, table.Get(0, out SeriesId zero));
        Assert.Equal(new SeriesId(0), zero);
        Assert.Equal(RefusalCode.None, table.Get(uint.MaxValue, out SeriesId last));
        Assert.Equal(new SeriesId(5), last);
    }

    [Fact]
    public void A_full_table_still_redefines()
    {
        using var table = new AliasTable(new ByteBudget(1 << 20), 2, seed: 1);
        table.Set(1, new SeriesId(1), RefusalCode.None);
        table.Set(2, new SeriesId(2), RefusalCode.None);
        Assert.Equal(RefusalCode.NotAllowed, table.Set(3, new SeriesId(3), RefusalCode.None));
        Assert.Equal(RefusalCode.None, table.Set(2, new SeriesId(4), RefusalCode.None));
        table.Get(2, out SeriesId series);
        Assert.Equal(new SeriesId(4), series);
    }

    [Fact]
    public void Without_memory_what_is_there_stays()
    {
        using var table = new AliasTable(new ByteBudget(5_000), 1_000_000, seed: 1);
        uint defined = 0;
        while (table.Set(defined, new SeriesId(defined), RefusalCode.None) == RefusalCode.None) defined++;
        Assert.Equal(RefusalCode.Memory, table.Set(defined, default, RefusalCode.None));
        Assert.True(defined > 50);
        for (uint i = 0; i < defined; i++)
        {
            Assert.Equal(RefusalCode.None, table.Get(i, out SeriesId series));
            Assert.Equal(new SeriesId(i), series);
        }
    }
}
