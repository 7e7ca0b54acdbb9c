using System;
using System.Globalization;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.EngineCodecs;

public class DecimalSumTests
{
    /// <summary>Noise; a walk; a line; wide numbers; exceptions; multiples of 1,000; deltas that are all the same.
    /// </summary>
    private static decimal[] Shape(int kind, int count, Random random)
    {
        var values = new decimal[count];
        long walk = 123_456;
        for (int i = 0; i < count; i++)
        {
            values[i] = 0.01m * kind switch
            {
                0 => random.Next(-500, 5000),
                1 => walk += random.Next(-100, 101),
                2 => 1_000_000 - i * 7 + random.Next(3),
                3 => random.NextInt64(-1L << 50, 1L << 50),
                4 => random.Next(40) == 0 ? random.NextInt64(1L << 45) : random.Next(100),
                5 => 100_000 * random.Next(50),
                _ => walk += i == 600 ? 1 : 25,
            };
        }
        return values;
    }

    /// <summary>The cast would round to 15 digits.</summary>
    private static decimal Exactly(double value) =>
        decimal.Parse(value.ToString("R", CultureInfo.InvariantCulture), NumberStyles.Float,
            CultureInfo.InvariantCulture);

    [Fact]
    public void SumsAreThoseOfTheIntegersDividedOnce()
    {
        var random = new Random(5);
        for (int kind = 0; kind < 7; kind++)
        {
            foreach (int count in new[] { 1, 20, 511, 512, 513, 1024, 3000, 8192 })
            {
                decimal[] values = Shape(kind, count, random);
                decimal want = 0, magnitudes = 0;
                foreach (decimal value in values) (want, magnitudes) = (want + value, magnitudes + Math.Abs(value));
                ulong[] bits = Array.ConvertAll(values, value => BitConverter.DoubleToUInt64Bits((double)value));
                foreach (CodecEffort effort in Enum.GetValues<CodecEffort>())
                {
                    byte[] page = ValueCodecTests.Encode(bits, ValueFamily.Float, effort);
                    bool isDecimal = page[0] == (byte)PageEncoding.ValuesDecimal;
                    Assert.Equal(isDecimal, ValueCodec.TrySum(page, count, out double sum));
                    Assert.True(isDecimal || count == 1 || kind == 3);
                    if (isDecimal) Assert.InRange(Math.Abs(Exactly(sum) - want), 0, magnitudes * 1e-15m);
                }
            }
        }
    }

    [Fact]
    public void PagesWithMissesAndOtherLayoutsMustBeRead()
    {
        var values = new ulong[600];
        for (int i = 0; i < values.Length; i++) values[i] = BitConverter.DoubleToUInt64Bits(i % 100 / 4.0);
        values[77] = BitConverter.DoubleToUInt64Bits(double.NaN);
        byte[] page = ValueCodecTests.Encode(values, ValueFamily.Float);
        Assert.Equal((byte)PageEncoding.ValuesDecimal, page[0]);
        Assert.False(ValueCodec.TrySum(page, values.Length, out _));
        Assert.False(ValueCodec.TrySum(ValueCodecTests.Encode([1, 2, 3], ValueFamily.Float), 3, out _));
        Assert.False(ValueCodec.TrySum(default, 3, out _));
    }
}
