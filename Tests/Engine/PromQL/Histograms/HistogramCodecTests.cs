using System;
using Slungd.Engine.PromQL.Histograms;
using Slungd.Tests.Conformance;
using Xunit;

namespace Slungd.Tests.Engine.PromQL.Histograms;

public sealed class HistogramCodecTests
{
    [Theory]
    [InlineData("", 11)]
    [InlineData("schema:3 sum:1.5 count:7 z_bucket:1 z_bucket_w:0.001 buckets:[1 2 0 3] n_buckets:[4] n_offset:-2", 0)]
    [InlineData("schema:-4 sum:NaN count:0.5 buckets:[0.5] offset:-100000 counter_reset_hint:gauge", 0)]
    [InlineData("schema:8 sum:-Inf count:9007199254740992 buckets:[1 9007199254740991] counter_reset_hint:reset", 0)]
    [InlineData("schema:-53 sum:5 count:4 custom_values:[-1 5 10] buckets:[1 2 1]", 0)]
    [InlineData("schema:0 count:-3 buckets:[-1 -2] counter_reset_hint:not_reset", 0)]
    public void What_is_written_is_read(string text, int length)
    {
        FloatHistogram histogram = ScriptSeries.ParseHistogram(text);
        byte[] bytes = HistogramCodec.Encode(histogram);
        if (length > 0) Assert.Equal(length + 3, bytes.Length);
        Assert.True(HistogramCodec.TryDecode(bytes, out FloatHistogram read));
        Assert.True(histogram.SameAs(read));
        Assert.Equal(histogram.Hint, read.Hint);
        Assert.Equal(bytes, HistogramCodec.Encode(read));
        for (int cut = 0; cut < bytes.Length; cut++)
            Assert.False(HistogramCodec.TryDecode(bytes.AsSpan(0, cut), out _));
        Assert.False(HistogramCodec.TryDecode([.. bytes, 0], out _));
    }

    [Fact]
    public void Whole_counts_are_small()
    {
        FloatHistogram histogram = ScriptSeries.ParseHistogram(
            "schema:3 sum:12345.6 count:1000 z_bucket_w:0.001 buckets:[10 20 30 40 50 60 70 80 90 100]");
        Assert.Equal(3 + 8 + 8 + 2 + 1 + 1 + 10 * 2, HistogramCodec.Encode(histogram).Length);
    }

    [Theory]
    [InlineData("02 00 00 0000000000000000 00 00 00")] // version
    [InlineData("01 44 00 0000000000000000 00 00 00")] // unknown flag
    [InlineData("01 04 09 0000000000000000 00 00 00")] // schema
    [InlineData("01 04 CB 0000000000000000 00 00 00")] // custom schema without bounds
    [InlineData("01 14 00 0000000000000000 00 00 00 00")] // bounds without custom schema
    [InlineData("01 04 00 0000000000000000 00 00 02 02 01 01 01")] // indexes go down
    [InlineData("01 14 CB 0000000000000000 00 00 00 01 02 01")] // bucket beyond the bounds
    public void What_is_wrong_is_refused(string hex) =>
        Assert.False(HistogramCodec.TryDecode(
            Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)), out _));
}
