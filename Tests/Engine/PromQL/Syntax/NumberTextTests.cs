using System;
using System.Globalization;
using Slungd.Engine.PromQL.Syntax;
using Xunit;

namespace Slungd.Tests.Engine.PromQL.Syntax;

public sealed class NumberTextTests
{
    /// <summary>What Go's `%g` makes of them.</summary>
    [Theory]
    [InlineData(0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(3, "3")]
    [InlineData(123456.5, "123456.5")]
    [InlineData(999999, "999999")]
    [InlineData(999999.9999, "999999.9999")]
    [InlineData(1e6, "1e+06")]
    [InlineData(-1e6, "-1e+06")]
    [InlineData(2.5e6, "2.5e+06")]
    [InlineData(1234567, "1.234567e+06")]
    [InlineData(-12345678.25, "-1.234567825e+07")]
    [InlineData(10000000.5, "1.00000005e+07")]
    [InlineData(999999999999999, "9.99999999999999e+14")]
    [InlineData(1e15, "1e+15")]
    [InlineData(9007199254740993, "9.007199254740992e+15")]
    [InlineData(1.5e21, "1.5e+21")]
    [InlineData(1.7976931348623157e308, "1.7976931348623157e+308")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(-0.000025, "-2.5e-05")]
    [InlineData(5e-324, "5e-324")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    public void ShortTextsAreGos(double value, string text) => Assert.Equal(text, NumberText.FormatShort(value));

    [Fact]
    public void ShortTextsReadBackAndHaveNoNeedlessDigit()
    {
        var random = new Random(5);
        for (int i = 0; i < 20_000; i++)
        {
            double value = random.NextInt64(1, (long)Math.Pow(10, random.Next(1, 18)))
                * Math.Pow(10, random.Next(-12, 12)) * (random.Next(2) * 2 - 1);
            string text = NumberText.FormatShort(value);
            Assert.Equal(value, double.Parse(text, CultureInfo.InvariantCulture));
            int at = text.IndexOf('e', StringComparison.Ordinal);
            Assert.Equal(Math.Abs(value) is < 1e-4 or >= 1e6, at >= 0);
            if (at < 0) continue;
            string mantissa = text[..at].TrimStart('-');
            Assert.True(mantissa.Length == 1 || mantissa[1] == '.' && mantissa[^1] is not ('0' or '.'), text);
        }
    }
}
