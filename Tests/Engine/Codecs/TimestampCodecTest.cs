using System;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Engine.Codecs;
using Xunit;

namespace Slungd.Tests.EngineCodecs;

public class TimestampCodecTest
{
    public static TheoryData<byte> Preferences => [0, 1, 2];

    private static byte[] Encode(long[] timestamps, TimestampEncoding preference)
    {
        var page = new byte[TimestampCodec.MaxEncodedSize(timestamps.Length)];
        return page[..TimestampCodec.Encode(timestamps, preference, page)];
    }

    private static byte[] AssertRoundTrip(long[] timestamps, TimestampEncoding preference)
    {
        byte[] page = Encode(timestamps, preference);
        var got = new long[timestamps.Length];
        Assert.True(TimestampCodec.TryDecode(page, got));
        Assert.Equal(timestamps, got);
        return page;
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
        for (int kind = 0; kind < 9; kind++)
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

    [Theory, MemberData(nameof(Preferences))]
    public void RegularPagesTakeTwentyBytesAtMost(byte preference)
    {
        byte[] page = AssertRoundTrip(Shape(0, 8192, new Random(1)), (TimestampEncoding)preference);
        Assert.InRange(page.Length, 1, 20);
    }

    [Fact]
    public void AnotherCountIsRefused()
    {
        var random = new Random(8);
        for (int kind = 1; kind < 9; kind++)
        {
            if (kind == 7) continue; // a regular page fits any count
            byte[] page = Encode(Shape(kind, 700, random), TimestampEncoding.Delta);
            Assert.False(TimestampCodec.TryDecode(page, new long[699]));
            Assert.False(TimestampCodec.TryDecode(page, new long[701]));
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
