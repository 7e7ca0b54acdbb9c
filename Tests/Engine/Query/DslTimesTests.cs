using System;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Xunit;

namespace Slungd.Tests.Engine.Query;

public sealed class DslTimesTests
{
    [Theory]
    [InlineData("1970-01-01T00:00:00Z", "0")]
    [InlineData("1970-01-01t00:00:00z", "0")]
    [InlineData("1970-01-01 00:00:00Z", "0")]
    [InlineData("2024-01-31T13:00:00.123456789Z", "1706706000123456789")]
    [InlineData("2024-01-31T13:00:00.1234567899Z", "1706706000123456789")]
    [InlineData("2024-01-31T13:00:00.5+01:00", "1706702400500000000")]
    [InlineData("2024-01-31T13:00:00-23:59", "1706792340000000000")]
    [InlineData("2024-01-31T13:00:00-00:00", "1706706000000000000")]
    [InlineData("1969-12-31T23:59:59.999999999Z", "-1")]
    [InlineData("2000-02-29T00:00:00Z", "951782400000000000")]
    [InlineData("0000-02-29T00:00:00Z", "-62162121600000000000")]
    [InlineData("0000-01-01T00:00:00Z", "-62167219200000000000")]
    [InlineData("0001-01-01T00:00:00Z", "-62135596800000000000")]
    [InlineData("9999-12-31T23:59:59.999999999Z", "253402300799999999999")]
    [InlineData("2016-12-31T23:59:60Z", "1483228800000000000")] // a leap second
    [InlineData("2017-01-01T00:59:60+01:00", "1483228800000000000")]
    public void Rfc3339_is_exact(string text, string nanoseconds)
    {
        Assert.True(Rfc3339.TryParse(text, out Int128 time));
        Assert.Equal(Int128.Parse(nanoseconds), time);
        Assert.True(Rfc3339.TryParse(Rfc3339.Format(time), out Int128 again));
        Assert.Equal(time, again);
    }

    [Theory]
    [InlineData("2024-01-31")]
    [InlineData("2024-01-31T13:00Z")]
    [InlineData("2024-01-31T13:00:00")]
    [InlineData("2024-01-31T13:00:00.Z")]
    [InlineData("2024-01-31T13:00:00.5")]
    [InlineData("2024-01-31T13:00:00+0100")]
    [InlineData("2024-01-31T13:00:00+01:60")]
    [InlineData("2024-01-31T13:00:00+24:00")]
    [InlineData("2024-01-31T13:00:00Z ")]
    [InlineData("2024-00-31T13:00:00Z")]
    [InlineData("2024-13-31T13:00:00Z")]
    [InlineData("2023-02-29T13:00:00Z")]
    [InlineData("1900-02-29T13:00:00Z")]
    [InlineData("2024-01-31T24:00:00Z")]
    [InlineData("2024-01-31T13:60:00Z")]
    [InlineData("2024-01-31T13:00:61Z")]
    [InlineData("2024-01-31T13:00:60Z")] // a leap second only ends a day
    [InlineData("+024-01-31T13:00:00Z")]
    [InlineData("2024-01-31T13:00:00\u0661Z")]
    [InlineData("0000-01-01T00:00:00+00:01")] // before the year 0
    [InlineData("9999-12-31T23:59:59-00:01")] // after the year 9999
    public void Anything_else_is_no_time(string text) => Assert.False(Rfc3339.TryParse(text, out _));

    [Fact]
    public void Agrees_with_the_framework_on_random_times()
    {
        Random random = new(1);
        for (int i = 0; i < 2_000; i++)
        {
            DateTime time = new(random.NextInt64(DateTime.MaxValue.Ticks + 1));
            Int128 expected = (Int128)(time.Ticks - DateTime.UnixEpoch.Ticks) * 100;
            Assert.True(Rfc3339.TryParse(time.ToString("yyyy-MM-ddTHH:mm:ss.fffffff") + "Z", out Int128 parsed));
            Assert.Equal(expected, parsed);
            Assert.True(Rfc3339.TryParse(Rfc3339.Format(parsed), out Int128 again));
            Assert.Equal(expected, again);
        }
    }

    /// <summary>Ends finer than the store's unit are compared exactly: the first second not before, the last not after.
    /// </summary>
    [Theory]
    [InlineData("[1970-01-01T00:00:01.5Z,1970-01-01T00:00:03.5Z]", 2L, 3L)]
    [InlineData("[1970-01-01T00:00:03.5Z,1970-01-01T00:00:01.5Z]", 2L, 3L)]
    [InlineData("[1970-01-01T00:00:01Z,1970-01-01T00:00:01.5Z]", 1L, 1L)]
    [InlineData("[1970-01-01T00:00:01.5Z,1970-01-01T00:00:01Z]", 1L, 1L)]
    [InlineData("[1970-01-01T00:00:01.2Z,1970-01-01T00:00:01.7Z]", 2L, 1L)] // empty
    [InlineData("[1969-12-31T23:59:58.5Z,0]", -1L, 0L)]
    [InlineData("[1500ms,now]", 99L, 100L)]
    [InlineData("[now,500ms]", 100L, 100L)]
    [InlineData("[3s,1500ms]", 97L, 98L)]
    public void Ends_finer_than_the_precision_are_exact(string range, long start, long end)
    {
        DslQuery query = DslTexts.Parse($"AVG:x:[]:{range}", Precision.Seconds);
        Assert.Equal(new TimeRange(start, end), query.RangeAt(100));
        Assert.Equal(new TimeRange(start, end), DslTexts.Parse(query.ToString(), Precision.Seconds).RangeAt(100));
    }

    [Theory]
    [InlineData("ns", 1_706_706_000_123_456_789L)]
    [InlineData("us", 1_706_706_000_123_456L)]
    [InlineData("ms", 1_706_706_000_123L)]
    [InlineData("s", 1_706_706_000L)]
    public void Times_are_converted_to_store_precision(string precision, long expected)
    {
        Assert.True(Precisions.TryParse(precision, out Precision unit));
        Assert.Equal(expected, DslTexts.Parse("AVG:x:[]:[0,2024-01-31T13:00:00.123456789Z]", unit).RangeAt(0).End);
    }

    [Theory]
    [InlineData("90s", 90_000_000_000L)]
    [InlineData("0ns", 0L)]
    [InlineData("15 MINUTES", 900_000_000_000L)]
    public void Durations(string text, long nanoseconds)
    {
        Assert.True(DurationText.TryParse(text, out Int128 parsed, out _));
        Assert.Equal(nanoseconds, (long)parsed);
        Assert.True(DurationText.TryParse(DurationText.Format(parsed), out Int128 again, out _));
        Assert.Equal(parsed, again);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("s", 0)]
    [InlineData("5", 1)]
    [InlineData("5 s ", 2)]
    [InlineData("5\ts", 1)]
    [InlineData("5fortnights", 1)]
    [InlineData("5\u212a", 1)] // KELVIN SIGN lowers to k
    public void No_durations(string text, int at)
    {
        Assert.False(DurationText.TryParse(text, out _, out QueryParseError error));
        Assert.Equal(at, error.At);
    }
}
