using System;
using Slungd.Engine.Codecs;
using Slungd.Tests.NativeSimd;
using Xunit;

namespace Slungd.Tests.EngineCodecs;

public class SplitSumTests
{
    private static byte[] Page(double[] values)
    {
        ulong[] bits = Array.ConvertAll(values, BitConverter.DoubleToUInt64Bits);
        var page = new byte[8 * bits.Length + 1000];
        SplitPage.Cut cut = SplitPage.Choose(bits);
        Assert.True(SplitPage.TryEncode(bits, cut, CodecScratch.OfThread, page, out int length));
        Array.Resize(ref page, length);
        var back = new ulong[bits.Length];
        Assert.True(ValueCodec.TryDecode(page, back));
        Assert.Equal(bits, back);
        return page;
    }

    /// <summary>Uniform with misses near zero; few exponents; one exponent; both signs about a mean; some tiny.
    /// </summary>
    private static double Shape(int kind, Random random) => kind switch
    {
        0 => random.NextDouble() * 100,
        1 => 20 + random.NextDouble() * 60,
        2 => 1 + random.NextDouble(),
        3 => 3 + random.NextDouble() * 40 - 10,
        _ => random.Next(60) == 0 ? 1e-280 * random.NextDouble() : -5 - random.NextDouble(),
    };

    [Fact]
    public void SumsAreThoseOfTheValues()
    {
        var random = new Random(15);
        for (int kind = 0; kind < 5; kind++)
        {
            foreach (int count in new[] { 200, 511, 512, 513, 1500, 8192, 30_000 })
            {
                var values = new double[count];
                var exact = new ExactSum();
                for (int i = 0; i < count; i++) exact.Add(values[i] = Shape(kind, random));
                byte[] page = Page(values);
                Assert.True(ValueCodec.TrySum(page, count, out double sum));
                Assert.True(exact.IsNear(sum), $"shape {kind}, {count}: {sum}");
            }
        }
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(1e300)]
    public void WhatMayOverflowMustBeRead(double odd)
    {
        var random = new Random(16);
        var values = new double[2000];
        for (int often = 0; often < 2; often++) // a miss, then a left part
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = i == 777 || often == 1 && i % 3 == 0 ? odd : 1 + random.NextDouble();
            Assert.False(ValueCodec.TrySum(Page(values), values.Length, out _));
        }
    }

    [Fact]
    public void WhereMissesOutweighTheRestItMustBeRead()
    {
        // The sum is nearly nothing, so it does not bound what the misses were summed as.
        var random = new Random(17);
        var values = new double[2048];
        for (int i = 0; i < values.Length; i += 2)
        {
            double value = random.Next(20) == 0 ? Math.Pow(2, -random.Next(900)) : 64 + 60 * random.NextDouble();
            values[i] = random.Next(2) == 0 ? value : -value;
            values[i + 1] = -values[i];
        }
        Assert.False(ValueCodec.TrySum(Page(values), values.Length, out _));
    }

    [Fact]
    public void BrokenPagesHaveNoSum()
    {
        var random = new Random(18);
        var values = new double[1000];
        for (int i = 0; i < values.Length; i++) values[i] = random.NextDouble() * 100;
        byte[] page = Page(values);
        for (int length = 0; length < page.Length; length++)
            Assert.False(ValueCodec.TrySum(page.AsSpan(0, length), values.Length, out _));
        Assert.False(ValueCodec.TrySum([.. page, 0], values.Length, out _));
        Assert.False(ValueCodec.TrySum(page, values.Length + 1, out _));
        page[1] = 63;
        Assert.False(ValueCodec.TrySum(page, values.Length, out _));
    }
}
