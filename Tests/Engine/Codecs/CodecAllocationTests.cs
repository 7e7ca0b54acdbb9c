using System;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.EngineCodecs;

public class CodecAllocationTests
{
    [Theory]
    [InlineData(0)] // decimals
    [InlineData(1)] // decimals with misses
    [InlineData(2)] // few real numbers
    [InlineData(3)] // real numbers
    [InlineData(4)] // noise
    public void PagesOfNumbersAllocateNothing(int kind)
    {
        var random = new Random(kind);
        var values = new ulong[5000];
        var timestamps = new long[values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            timestamps[i] = i * 1000L + random.Next(kind + 1) * 7;
            values[i] = kind == 4 ? (ulong)random.NextInt64() : BitConverter.DoubleToUInt64Bits(kind switch
            {
                0 => random.Next(1000) / 10.0,
                1 => random.Next(20) == 0 ? double.NaN : random.Next(1000) / 10.0,
                2 => Math.Sqrt(random.Next(7) + 2),
                _ => random.NextDouble() + 5,
            });
        }
        var page = new byte[ValueCodec.MaxEncodedSize(values.Length)];
        var numbers = new ulong[values.Length];
        var times = new long[values.Length];
        foreach (CodecEffort effort in Enum.GetValues<CodecEffort>()) Assert.Equal(0, AllocatedBytes.LeastOf(() =>
        {
            int length = ValueCodec.Encode(values, ValueFamily.Float, effort, page);
            Assert.True(ValueCodec.TryDecode(page.AsSpan(0, length), numbers));
            for (var preference = TimestampEncoding.Adaptive; preference <= TimestampEncoding.Delta; preference++)
            {
                length = TimestampCodec.Encode(timestamps, preference, effort, page);
                Assert.True(TimestampCodec.TryDecode(page.AsSpan(0, length), times));
            }
        }));
    }
}
