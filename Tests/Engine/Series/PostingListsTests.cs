using System;
using System.Collections.Generic;
using System.Linq;
using Slungd.Engine.Series;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Engine.Series;

public class PostingListsTests
{
    [Fact]
    public void AgreesWithPlainLists()
    {
        using var lists = new PostingLists(new ByteBudget(64 << 20));
        var model = new List<List<uint>>();
        var random = new Random(8);
        uint id = 0;
        for (int i = 0; i < 60_000; i++)
        {
            if (model.Count < 50 && random.Next(20) == 0 || model.Count == 0)
            {
                Assert.True(lists.TryReserve(1, 0));
                lists.AddList();
                model.Add([]);
            }
            // Gaps of every varint length, mostly small.
            id += random.Next(10_000) == 0 ? 40_000u : random.Next(50) == 0 ? 300u : 1u;
            int list = random.Next(4) == 0 ? random.Next(model.Count) : 0;
            Assert.Equal(model[list].Count > 0 && model[list][^1] == id, lists.EndsWith((uint)list, id));
            Assert.True(lists.TryReserve(0, 1));
            lists.Append((uint)list, id);
            model[list].Add(id);
            Assert.True(lists.EndsWith((uint)list, id));
        }
        for (int list = 0; list < model.Count; list++)
        {
            Assert.Equal((uint)model[list].Count, lists.CountOf((uint)list));
            Assert.Equal(model[list], Read(lists, (uint)list));
        }
    }

    [Fact]
    public void TheLargestGapsFit()
    {
        using var lists = new PostingLists(new ByteBudget(1 << 20));
        Assert.True(lists.TryReserve(1, 4));
        lists.AddList();
        uint[] ids = [0, 1, 0x8000_0000, 0xffff_fffe];
        foreach (uint id in ids) lists.Append(0, id);
        Assert.Equal(ids, Read(lists, 0));
    }

    [Fact]
    public void DenseListsTakeAboutAByteEach()
    {
        using var lists = new PostingLists(new ByteBudget(64 << 20));
        Assert.True(lists.TryReserve(1, 1));
        lists.AddList();
        long before = lists.CommittedBytes;
        for (uint id = 0; id < 200_000; id++)
        {
            Assert.True(lists.TryReserve(0, 1));
            lists.Append(0, id);
        }
        Assert.InRange(lists.CommittedBytes - before, 190_000, 230_000);
    }

    private static List<uint> Read(PostingLists lists, uint list)
    {
        var ids = new List<uint>();
        PostingLists.Cursor cursor = lists.Read(list);
        while (cursor.MoveNext()) ids.Add(cursor.Current);
        return ids;
    }
}
