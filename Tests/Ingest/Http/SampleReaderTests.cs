using System.Globalization;
using Slungd.Engine.Model;
using Slungd.Ingest.Http;
using Slungd.Ingest.Protocols.RemoteRead;
using Xunit;

namespace Slungd.Tests.Ingest.Http;

public class SampleReaderTests
{
    private const long Max = long.MaxValue, Min = long.MinValue, MaxOfUs = Max / 1000, MaxOfNs = Max / 1_000_000;

    [Theory]
    [InlineData("ms", -3, 5, "-3..5")]
    [InlineData("ms", Min, Max, "-9223372036854775808..9223372036854775807")]
    [InlineData("ms", Max, Max, "9223372036854775807..9223372036854775807")]
    [InlineData("us", -3, 5, "-3000..5999")]
    [InlineData("us", Min, Max, "-9223372036854775808..9223372036854775807")]
    [InlineData("us", MaxOfUs, MaxOfUs, "9223372036854775000..9223372036854775807")]
    [InlineData("us", Min, -MaxOfUs - 1, "-9223372036854775808..-9223372036854775001")]
    [InlineData("us", MaxOfUs + 1, Max, "none")]
    [InlineData("us", Min, -MaxOfUs - 2, "none")]
    [InlineData("ns", MaxOfNs, MaxOfNs, "9223372036854000000..9223372036854775807")]
    [InlineData("s", -3000, 5000, "-3..5")]
    [InlineData("s", -3001, 5999, "-3..5")]
    [InlineData("s", -2999, -2001, "none")]
    [InlineData("s", Min, Max, "-9223372036854775..9223372036854775")]
    public void TheRangeHasAllOfTheQuerysMilliseconds(string unit, long start, long end, string expected)
    {
        Assert.True(Precisions.TryParse(unit, out Precision precision));
        TimeRange range = SampleReader.RangeOf(new ReadQuery(start, end, SeriesSelector.AnyOf([])), precision);
        Assert.Equal(expected, range.IsEmpty ? "none"
            : string.Create(CultureInfo.InvariantCulture, $"{range.Start}..{range.End}"));
    }
}
