using System;
using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Model;
using Slungd.Ingest.Protocols;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols;

public class SecondsTextTests
{
    [Fact]
    public void PlainDigitsAreReadAsDecimalsAre() => Prop.ForAll(
        ArbMap.Default.ArbFor<(bool IsNegative, uint Whole, uint Fraction, byte Zeros, byte Unit)>(), static drawn =>
        {
            string zeros = new('0', drawn.Zeros % 5);
            string text = string.Create(CultureInfo.InvariantCulture,
                $"{(drawn.IsNegative ? "-" : "")}{drawn.Whole}.{zeros}{drawn.Fraction}");
            Precision precision = (Precision)(drawn.Unit % 4 + 1);
            decimal units = decimal.Parse(text, CultureInfo.InvariantCulture) * precision.PerSecond();
            return Read(text, precision) == (true, (long)Math.Floor(units), true);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("1e3", true, 1_000_000L, true)]
    [InlineData("+1.5", true, 1_500L, true)]
    [InlineData("-1.5E-3", true, -2L, true)]
    [InlineData(".5", true, 500L, true)]
    [InlineData("5.", true, 5_000L, true)]
    [InlineData("9223372036854775.807", true, 9_223_372_036_854_775_807L, true)]
    [InlineData("9223372036854775.808", true, 0L, false)]
    [InlineData("-9999999999999999", true, 0L, false)]
    [InlineData("", false, 0L, false)]
    [InlineData("-", false, 0L, false)]
    [InlineData(".", false, 0L, false)]
    [InlineData("1.2.3", false, 0L, false)]
    [InlineData("1,5", false, 0L, false)]
    [InlineData(" 1", false, 0L, false)]
    [InlineData("1\0", false, 0L, false)]
    [InlineData("1e99", false, 0L, false)]
    [InlineData("nan", false, 0L, false)]
    [InlineData("inf", false, 0L, false)]
    public void OtherWords(string text, bool isRead, long time, bool fits) =>
        Assert.Equal((isRead, time, fits), Read(text, Precision.Milliseconds));

    [Theory]
    [InlineData("9223372036.854775807", "ns", long.MaxValue, true)]
    [InlineData("9223372036.8547758079", "ns", long.MaxValue, true)] // rounded down
    [InlineData("9223372036.854775808", "ns", 0, false)]
    [InlineData("-9223372036.854775808", "ns", long.MinValue, true)]
    [InlineData("-9223372036.8547758080", "ns", long.MinValue, true)]
    [InlineData("-9223372036.8547758081", "ns", 0, false)]
    [InlineData("-9223372036.854775809", "ns", 0, false)]
    [InlineData("-9223372036854775.808", "ms", long.MinValue, true)]
    [InlineData("-9223372036854775.8081", "ms", 0, false)]
    [InlineData("9223372036854775.8079", "ms", long.MaxValue, true)]
    [InlineData("-9223372036854775808", "s", long.MinValue, true)]
    [InlineData("9223372036854775807.9", "s", long.MaxValue, true)]
    [InlineData("9223372036854775808", "s", 0, false)]
    public void TheFirstAndTheLastTimeFit(string text, string unit, long time, bool fits)
    {
        Precisions.TryParse(unit, out Precision precision);
        Assert.Equal((true, time, fits), Read(text, precision));
    }

    private static (bool IsRead, long Time, bool Fits) Read(string text, Precision precision)
    {
        bool isRead = SecondsText.TryRead(Encoding.ASCII.GetBytes(text), precision, out long time, out bool fits);
        return (isRead, time, fits);
    }
}
