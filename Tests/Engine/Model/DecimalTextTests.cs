using System;
using System.Globalization;
using System.Text;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.Engine.Model;

public sealed class DecimalTextTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(7, "7")]
    [InlineData(-120, "-120")]
    [InlineData(0.05, "0.05")]
    [InlineData(-53.27, "-53.27")]
    [InlineData(10.5, "10.5")]
    [InlineData(0.000001, "0.000001")]
    [InlineData(0.0000015, "0.0000015")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    [InlineData(999999999999999, "999999999999999")]
    [InlineData(1e15, "1000000000000000")]
    [InlineData(9007199254740993, "9007199254740992")]
    [InlineData(1.5e300, "15", 299)]
    [InlineData(5e-324, "0.", 323, "5")]
    public void IsPlainAndShort(double value, string front, int zeros = 0, string back = "") =>
        Assert.Equal(front + new string('0', zeros) + back, TextOf(value));

    [Fact]
    public void IsWhatTheFrameworkWritesWhereThatHasNoExponent()
    {
        var random = new Random(11);
        for (int i = 0; i < 50_000; i++)
        {
            double decimals = random.NextInt64((long)Math.Pow(10, random.Next(1, 18)))
                / Math.Pow(10, random.Next(0, 9)) * (random.Next(2) * 2 - 1);
            foreach (double value in new[] { decimals, Math.BitIncrement(decimals), Math.BitDecrement(decimals) })
            {
                string text = TextOf(value), expected = value.ToString(CultureInfo.InvariantCulture);
                if (!expected.Contains('E')) Assert.Equal(expected, text);
                Assert.Equal(value, double.Parse(text, CultureInfo.InvariantCulture));
                Assert.DoesNotContain('E', text);
            }
        }
    }

    /// <summary>Below a power of two floats lie closer than above it: .NET writes two to the -25 and to the -958 as
    /// decimals that are the floats below.</summary>
    [Fact]
    public void PowersOfTwoAndTheirNeighboursReadBack()
    {
        for (int exponent = -1074; exponent <= 1023; exponent++)
        {
            double power = Math.ScaleB(1, exponent);
            foreach (double value in new[] { power, Math.BitIncrement(power), Math.BitDecrement(power) })
            {
                foreach (double signed in new[] { value, -value })
                {
                    Assert.Equal(signed, double.Parse(TextOf(signed), CultureInfo.InvariantCulture));
                    Assert.Equal(signed, double.Parse(ShortTextOf(signed), CultureInfo.InvariantCulture));
                }
            }
        }
        Assert.Equal("0.000000029802322387695312", TextOf(Math.ScaleB(1, -25)));
        Assert.Equal("-4.1045368012983762E-289", ShortTextOf(-Math.ScaleB(1, -958)));
        Assert.Equal("1E-05", ShortTextOf(1e-5));
        Assert.Equal(DecimalText.MaxShortBytes, ShortTextOf(-2.2250738585072014E-308).Length);
    }

    private static string ShortTextOf(double value)
    {
        byte[] into = new byte[DecimalText.MaxShortBytes];
        return Encoding.UTF8.GetString(into, 0, DecimalText.WriteShort(value, into));
    }

    private static string TextOf(double value)
    {
        byte[] into = new byte[DecimalText.MaxBytes];
        return Encoding.UTF8.GetString(into, 0, DecimalText.Write(value, into));
    }
}
