using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public class PrometheusTimeTests
{
    [Theory]
    [InlineData("1435781430.781", "us", false, 1_435_781_430_781_000)]
    [InlineData("1435781430.781", "ns", false, 1_435_781_430_781_000_000)]
    [InlineData("1.435781430781e9", "ms", false, 1_435_781_430_781)]
    [InlineData("2015-07-01T20:10:30.781Z", "ms", false, 1_435_781_430_781)]
    [InlineData("2015-07-01T22:10:30.781+02:00", "us", true, 1_435_781_430_781_000)]
    [InlineData("1.5", "s", false, 1)]
    [InlineData("1.5", "s", true, 2)]
    [InlineData("-1.5", "s", false, -2)]
    [InlineData("-1.5", "s", true, -1)]
    [InlineData("1969-12-31T23:59:58.5Z", "s", false, -2)]
    [InlineData("1969-12-31T23:59:58.5Z", "s", true, -1)]
    [InlineData("1e30", "us", true, long.MaxValue)]
    [InlineData("-9.2e40", "us", true, long.MinValue)]
    [InlineData("9223372036854.775807", "us", true, long.MaxValue)]
    [InlineData("9223372036854775807", "s", true, long.MaxValue)]
    [InlineData("0001-01-01T00:00:00Z", "ns", false, long.MinValue)]
    [InlineData("-0", "us", false, 0)]
    public void TimesAreExact(string text, string unit, bool roundUp, long expected)
    {
        Assert.True(Precisions.TryParse(unit, out Precision precision));
        Assert.True(PrometheusTime.TryParse(text, precision, roundUp, out long time));
        Assert.Equal(expected, time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("now")]
    [InlineData("NaN")]
    [InlineData("1 h")]
    [InlineData("2015-07-01")]
    [InlineData("0x10")]
    [InlineData("1,000")]
    public void AnythingElseIsNone(string text) =>
        Assert.False(PrometheusTime.TryParse(text, Precision.Microseconds, false, out _));
}
