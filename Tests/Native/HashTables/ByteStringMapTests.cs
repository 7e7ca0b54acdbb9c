using System;
using System.Collections.Generic;
using Slungd.Native.Bits;
using Slungd.Native.HashTables;
using Slungd.Native.Memory;
using Xunit;

namespace Slungd.Tests.Native.HashTables;

public class ByteStringMapTests
{
    [Theory]
    [InlineData(uint.MaxValue, 5_000)]
    [InlineData(0u, 800)] // every text under one hash
    public void AgreesWithADictionary(uint mask, int texts)
    {
        using var map = new ByteStringMap(new ByteBudget(64 << 20), 64 << 20);
        var model = new Dictionary<string, (uint Value, uint Reference)>();
        var random = new Random(2);
        for (uint i = 0; i < texts; i++)
        {
            var text = new byte[random.Next(4) == 0 ? random.Next(300) : random.Next(5)];
            random.NextBytes(text);
            uint hash = (uint)Hash64.Of(text) & mask;
            bool known = map.TryFind(hash, text, out uint value);
            Assert.Equal(model.TryGetValue(Convert.ToHexString(text), out var expected), known);
            if (known)
            {
                Assert.Equal(expected.Value, value);
                continue;
            }
            Assert.True(map.TryReserve(1, text.Length));
            uint reference = map.Store(text, i);
            Assert.False(map.TryFind(hash, text, out _));
            map.Publish(hash, reference);
            model[Convert.ToHexString(text)] = (i, reference);
        }
        foreach ((string hex, (uint value, uint reference)) in model)
        {
            byte[] text = Convert.FromHexString(hex);
            uint hash = (uint)Hash64.Of(text) & mask;
            map.PrefetchSlot(hash);
            map.PrefetchRecord(hash);
            Assert.True(map.TryFind(hash, text, out uint found));
            Assert.Equal(value, found);
            Assert.True(map.TextOf(reference).SequenceEqual(text));
        }
        Assert.Equal(model.Count, map.Count);
    }

    [Fact]
    public void TheLongestTextFits()
    {
        using var map = new ByteStringMap(new ByteBudget(1 << 20), 1 << 20);
        var text = new byte[ushort.MaxValue];
        Assert.True(map.TryReserve(1, text.Length));
        map.Publish(5, map.Store(text, 77));
        Assert.True(map.TryFind(5, text, out uint value));
        Assert.Equal(77u, value);
        Assert.False(map.TryFind(5, text.AsSpan(1), out _));
    }
}
