using System;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.EngineCodecs;

public class ValueCodecTests
{
    public static TheoryData<byte> Families => [1, 2, 3, 4];

    internal static byte[] Encode(ulong[] values, ValueFamily family, CodecEffort effort = CodecEffort.Fast)
    {
        var page = new byte[ValueCodec.MaxEncodedSize(values.Length)];
        return page[..ValueCodec.Encode(values, family, effort, page)];
    }

    internal static byte[] AssertRoundTrip(ulong[] values, ValueFamily family)
    {
        byte[] strong = Encode(values, family, CodecEffort.Strong);
        AssertHolds(strong, values);
        byte[] fast = Encode(values, family);
        AssertHolds(fast, values);
        Assert.InRange(strong.Length, 1, fast.Length + fast.Length / 50 + 32);
        return fast;
    }

    private static void AssertHolds(byte[] page, ulong[] values)
    {
        var got = new ulong[values.Length];
        Assert.True(ValueCodec.TryDecode(page, got), $"{(PageEncoding)page[0]}");
        Assert.Equal(values, got);
        var random = new Random(values.Length);
        for (int trial = 0; trial < 4; trial++)
        {
            int from = random.Next(values.Length), count = 1 + random.Next(values.Length - from);
            if (trial == 0) count = Math.Min(count, 3);
            Assert.True(ValueCodec.TryDecode(page, values.Length, from, got.AsSpan(0, count)));
            Assert.True(values.AsSpan(from, count).SequenceEqual(got.AsSpan(0, count)));
        }
    }

    private static ulong Bits(double value) => BitConverter.DoubleToUInt64Bits(value);

    /// <summary>Shapes that occur and shapes that hurt, as bits.</summary>
    internal static ulong[] Shape(int kind, int count, Random random)
    {
        double[] special =
        [
            0.0, -0.0, double.NaN, BitConverter.UInt64BitsToDouble(0x7ff0000000000002), double.PositiveInfinity,
            double.NegativeInfinity, double.Epsilon, double.MaxValue, 9007199254740993, 1e22, 0.1 + 0.2, -1e-15,
        ];
        var values = new ulong[count];
        double walk = 50;
        for (int i = 0; i < count; i++)
        {
            walk = Math.Round(walk + random.Next(-100, 101) / 100.0, 2);
            values[i] = kind switch
            {
                0 => Bits(21.5),
                1 => Bits(walk),
                2 => Bits(i * 3 + random.Next(3)),
                3 => Bits((random.NextDouble() - 0.5) * 100),
                4 => Bits(special[random.Next(special.Length)]),
                5 => Bits(random.Next(50) == 0 ? special[random.Next(special.Length)] : walk),
                6 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
                7 => (ulong)random.Next(2),
                8 => (ulong)(-1000 + random.Next(2000)),
                9 => Bits(random.Next(30) == 0 ? random.NextDouble() : Math.Round(random.NextDouble(), 4)),
                10 => Bits(Math.Sin(i * 0.001)),
                11 => (ulong)(i * 1_000_003L + (random.Next(300) == 0 ? long.MinValue : random.Next(10))),
                12 => Bits(-0.0),
                15 => Bits(20 + random.NextDouble() / 4),
                14 => Bits(i / 20 % 50 * Math.PI * Math.Pow(2, i / 20 % 40) * (i % 40 < 20 ? 1 : -1) + i / 2000),
                16 => Bits((1L << 50) - 9000 + (long)(walk * 100)), // crosses what is decoded in one pass
                17 => Bits(((1L << 51) - 100_000 + (long)(walk * 100)) / 1000.0),
                _ => Bits(random.Next(1_000_000_000) * 1000.0),
            };
        }
        return values;
    }

    [Theory, MemberData(nameof(Families))]
    public void ShapesOfAnyLengthRoundTrip(byte family)
    {
        var random = new Random(4);
        for (int kind = 0; kind < 18; kind++)
        {
            foreach (int count in new[] { 1, 2, 3, 7, 8, 9, 63, 64, 100, 511, 512, 513, 1000, 1024, 1537, 8191, 8192 })
                AssertRoundTrip(Shape(kind, count, random), (ValueFamily)family);
        }
    }

    [Theory, MemberData(nameof(Families))]
    public void AnyBitsRoundTrip(byte family) => Prop.ForAll(ArbMap.Default.ArbFor<ulong[]>(), values =>
    {
        if (values.Length > 0) AssertRoundTrip(values, (ValueFamily)family);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void AnyFloatsRoundTrip() => Prop.ForAll(ArbMap.Default.ArbFor<double[]>(), values =>
    {
        if (values.Length > 0) AssertRoundTrip(Array.ConvertAll(values, Bits), ValueFamily.Float);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void ConstantsAndBooleansAreTiny()
    {
        var random = new Random(1);
        Assert.Equal(9, AssertRoundTrip(Shape(0, 8192, random), ValueFamily.Float).Length);
        Assert.Equal(1 + 1024, AssertRoundTrip(Shape(7, 8192, random), ValueFamily.Bool).Length);
    }

    [Theory]
    [InlineData(1, ValueFamily.Float, PageEncoding.ValuesDecimal, 8.2)] // a walk of +-1.00 in 8 bits
    [InlineData(2, ValueFamily.Float, PageEncoding.ValuesDecimal, 2.2)]
    [InlineData(3, ValueFamily.Float, PageEncoding.ValuesSplit, 57)] // of both signs
    [InlineData(4, ValueFamily.Float, PageEncoding.ValuesDictionary, 4.2)]
    [InlineData(5, ValueFamily.Float, PageEncoding.ValuesDecimal, 11)] // and 2 % misses
    [InlineData(6, ValueFamily.Float, PageEncoding.ValuesRaw, 64.1)]
    [InlineData(6, ValueFamily.UInt, PageEncoding.ValuesRaw, 64.1)]
    [InlineData(8, ValueFamily.Int, PageEncoding.ValuesPacked, 11.2)]
    [InlineData(9, ValueFamily.Float, PageEncoding.ValuesDecimal, 18)]
    [InlineData(11, ValueFamily.Int, PageEncoding.ValuesPacked, 4.9)] // 4 bits and a few exceptions
    [InlineData(12, ValueFamily.Float, PageEncoding.ValuesConstant, 1)]
    [InlineData(15, ValueFamily.Float, PageEncoding.ValuesFloatBits, 49.2)]
    [InlineData(14, ValueFamily.Float, PageEncoding.ValuesXor, 10)] // real numbers of any size, in runs
    [InlineData(13, ValueFamily.Float, PageEncoding.ValuesDecimal, 30.2)] // all multiples of 1000
    internal void PagesAreLaidOutAsTheyPackBest(int kind, ValueFamily family, PageEncoding want, double bits)
    {
        byte[] page = AssertRoundTrip(Shape(kind, 8192, new Random(1)), family);
        Assert.Equal(want, (PageEncoding)page[0]);
        Assert.InRange(page.Length * 8.0 / 8192, 0, bits);
    }

    [Fact]
    public void FloatsOf32BitsLeaveTheirZerosOut()
    {
        var random = new Random(2);
        var values = new ulong[8192];
        for (int i = 0; i < values.Length; i++) values[i] = Bits((float)(20 + random.NextDouble()));
        byte[] page = AssertRoundTrip(values, ValueFamily.Float);
        Assert.Equal((byte)PageEncoding.ValuesFloatBits, page[0]);
        Assert.InRange(page.Length * 8.0 / 8192, 0, 20);
    }

    [Fact]
    public void CutAndLongerPagesAreRefused()
    {
        var random = new Random(8);
        for (int kind = 0; kind < 16; kind++)
        {
            foreach (byte family in new byte[] { 1, 2, 4 })
            {
                byte[] page = Encode(Shape(kind, 700, random), (ValueFamily)family);
                for (int cut = 1; cut < page.Length; cut += 1 + cut / 50)
                    Assert.False(ValueCodec.TryDecode(page.AsSpan(0, page.Length - cut), new ulong[700]));
                Assert.False(ValueCodec.TryDecode([.. page, 0], new ulong[700]));
            }
        }
    }

    [Fact]
    public void EmptyUnknownAndOversizedPagesAreRefused()
    {
        Assert.False(ValueCodec.TryDecode(default, new ulong[1]));
        Assert.False(ValueCodec.TryDecode([0, 0, 0], new ulong[1]));
        Assert.False(ValueCodec.TryDecode([0xff, 0, 0], new ulong[1]));
        Assert.False(ValueCodec.TryDecode(Encode([1], ValueFamily.Int), default));
        Assert.False(ValueCodec.TryDecode(Encode([1], ValueFamily.Int), new ulong[ValueCodec.MaxCount + 1]));
    }
}
