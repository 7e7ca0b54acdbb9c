using System;
using Slungd.Engine.Segments;
using Xunit;

namespace Slungd.Tests.Engine.Segments;

public class BloomFilterTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(50_000)]
    public void WhatIsInIsFoundAndLittleElse(int keys)
    {
        byte[] filter = new byte[BloomFilter.SizeFor(keys)];
        BloomFilter.Create(filter, keys);
        Assert.True(BloomFilter.IsWellFormed(filter, keys));
        for (int i = 0; i < keys; i++) BloomFilter.Add(filter, BitConverter.GetBytes(i));
        for (int i = 0; i < keys; i++) Assert.True(BloomFilter.MayContain(filter, BitConverter.GetBytes(i)));
        int hits = 0;
        for (int i = 0; i < 10_000; i++) if (BloomFilter.MayContain(filter, BitConverter.GetBytes(-1L - i))) hits++;
        Assert.InRange(hits, 0, 200); // 0.8 % is expected
        Assert.InRange(filter.Length, keys * 10 / 8, keys * 10 / 8 + 16);
    }

    [Fact]
    public void OtherShapesAreNoFilters()
    {
        byte[] filter = new byte[BloomFilter.SizeFor(100)];
        BloomFilter.Create(filter, 100);
        Assert.False(BloomFilter.IsWellFormed(filter, 99_000));
        Assert.False(BloomFilter.IsWellFormed(filter.AsSpan(1), 100));
        Assert.False(BloomFilter.IsWellFormed(default, 0));
        filter[0]++;
        Assert.False(BloomFilter.IsWellFormed(filter, 100));
    }
}
