using System;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Codecs;
using Xunit;

namespace Slungd.Tests.EngineCodecs;

public class TimestampCodecTests
{
    public static TheoryData<byte> Preferences => [0, 1, 2];

    private static byte[] Encode(long[] timestamps, TimestampEncoding preference,
        CodecEffort effort = CodecEffort.Fast)
    {
        var page = new byte[TimestampCodec.MaxEncodedSize(timestamps.Length)];
        return page[..TimestampCodec.Encode(timestamps, preference, effort, page)];
    }

    private static byte[] AssertRoundTrip(long[] timestamps, TimestampEncoding preference)
    {
        AssertHolds(Encode(timestamps, preference, CodecEffort.Strong), timestamps);
        byte[] page = Encode(timestamps, preference);
        AssertHolds(page, timestamps);
        return page;
    }

    private static void AssertHolds(byte[] page, long[] timestamps)
    {
        var got = new long[timestamps.Length];
        Assert.True(TimestampCodec.TryDecode(page, got));
        Assert.Equal(timestamps, got);
        var random = new Random(timestamps.Length);
        for (int trial = 0; trial < 4; trial++)
        {
            int from = random.Next(timestamps.Length), count = 1 + random.Next(timestamps.Length - from);
            if (trial == 0) count = Math.Min(count, 3);
            Assert.True(TimestampCodec.TryDecode(page, timestamps.Length, from, got.AsSpan(0, count)));
            Assert.True(timestamps.AsSpan(from, count).SequenceEqual(got.AsSpan(0, count)));
        }
    }

    /// <summary>Shapes that occur and shapes that hurt.</summary>
    private static long[] Shape(int kind, int count, Random random)
    {
        var timestamps = new long[count];
        long now = 1_700_000_000_000_000;
        for (int i = 0; i < count; i++)
        {
            now += kind switch
            {
                0 => 10_000_000,
                1 => 10_000_000 + random.Next(-5000, 5001),
                2 => random.Next(100) == 0 ? 3_600_000_000 : 1_000,
                3 => random.Next(1, 3),
                4 => random.NextInt64(0, long.MaxValue >> random.Next(1, 63)),
                5 => random.NextInt64(long.MinValue, long.MaxValue),
                6 => i % 2 == 0 ? long.MaxValue : 1,
                7 => 0,
                9 => i is 700 or 2000 or 2001 or 5000 ? 123_456 : 1_000,
                _ => random.Next(-1000, 1000),
            };
            timestamps[i] = now;
        }
        return timestamps;
    }

    [Theory, MemberData(nameof(Preferences))]
    public void ShapesOfAnyLengthRoundTrip(byte preference)
    {
        var random = new Random(3);
        for (int kind = 0; kind < 10; kind++)
        {
            foreach (int count in new[] { 1, 2, 3, 7, 15, 16, 17, 100, 511, 512, 513, 1000, 1024, 1537, 8191, 8192 })
                AssertRoundTrip(Shape(kind, count, random), (TimestampEncoding)preference);
        }
    }

    [Theory, MemberData(nameof(Preferences))]
    public void AnyNumbersRoundTrip(byte preference) =>
        Prop.ForAll(ArbMap.Default.ArbFor<long[]>(), numbers =>
        {
            if (numbers.Length > 0) AssertRoundTrip(numbers, (TimestampEncoding)preference);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void RegularPagesTakeTwentyBytesAtMost()
    {
        byte[] page = AssertRoundTrip(Shape(0, 8192, new Random(1)), TimestampEncoding.Adaptive);
        Assert.InRange(page.Length, 1, 20);
    }

    [Theory]
    [InlineData(1, TimestampEncoding.Adaptive, PageEncoding.TimestampsPacked, 1.8)] // 14 bits
    [InlineData(1, TimestampEncoding.Delta, PageEncoding.TimestampsDelta, 4.1)]
    [InlineData(1, TimestampEncoding.Gorilla, PageEncoding.TimestampsGorilla, 4.6)]
    [InlineData(2, TimestampEncoding.Adaptive, PageEncoding.TimestampsPacked, 0.1)] // 1 in 100 is an exception
    [InlineData(9, TimestampEncoding.Adaptive, PageEncoding.TimestampsRuns, 0.01)] // four gaps
    [InlineData(3, TimestampEncoding.Adaptive, PageEncoding.TimestampsPacked, 0.15)] // 1 bit
    [InlineData(5, TimestampEncoding.Adaptive, PageEncoding.TimestampsRaw, 8.1)]
    [InlineData(5, TimestampEncoding.Delta, PageEncoding.TimestampsRaw, 8.1)]
    internal void PagesAreLaidOutAsPreferred(int kind, TimestampEncoding preference, PageEncoding want, double bytes)
    {
        byte[] page = AssertRoundTrip(Shape(kind, 8192, new Random(1)), preference);
        Assert.Equal(want, (PageEncoding)page[0]);
        Assert.InRange(page.Length, 0, bytes * 8192);
    }

    [Fact]
    public void MillisecondsInNanosecondsCostNoMore()
    {
        var random = new Random(2);
        var timestamps = new long[8192];
        for (int i = 0; i < timestamps.Length; i++)
            timestamps[i] = 1_700_000_000_123_000_000 + i * 1_000_000_000L + random.Next(-5, 6) * 1_000_000L;
        byte[] page = AssertRoundTrip(timestamps, TimestampEncoding.Adaptive);
        Assert.InRange(page.Length, 0, 8192 * 0.52); // 4 bits and headers
    }

    [Fact]
    public void CutAndLongerPagesAreRefused()
    {
        var random = new Random(8);
        for (int kind = 1; kind < 10; kind++)
        {
            for (int preference = 0; preference < 3; preference++)
            {
                byte[] page = Encode(Shape(kind, 700, random), (TimestampEncoding)preference);
                for (int cut = 1; cut < page.Length; cut += 1 + cut / 50)
                    Assert.False(TimestampCodec.TryDecode(page.AsSpan(0, page.Length - cut), new long[700]));
                Assert.False(TimestampCodec.TryDecode([.. page, 0], new long[700]));
            }
        }
    }

    [Fact]
    public void EmptyUnknownAndOversizedPagesAreRefused()
    {
        Assert.False(TimestampCodec.TryDecode(default, new long[1]));
        Assert.False(TimestampCodec.TryDecode([0, 0, 0], new long[1]));
        Assert.False(TimestampCodec.TryDecode([0xff, 0, 0], new long[1]));
        Assert.False(TimestampCodec.TryDecode(Encode([1], TimestampEncoding.Adaptive), default));
        Assert.False(TimestampCodec.TryDecode([2, 0, 0], new long[TimestampCodec.MaxCount + 1]));
    }
}
