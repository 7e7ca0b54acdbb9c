using System;
using System.Numerics;
using Slungd.Engine.Codecs;
using Xunit;

namespace Slungd.Tests.EngineCodecs;

/// <summary>Reads packed pages bit by bit as docs/formats/pages.md describes them, and nothing else, and compares.
/// </summary>
public class PackedLayoutTests
{
    private sealed class PlainReader(byte[] page)
    {
        public int At { get; private set; }

        public byte Byte() => page[At++];

        public ulong Varint()
        {
            BigInteger value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte part = Byte();
                value |= (BigInteger)(part & 0x7f) << shift;
                if (part < 0x80) return (ulong)value;
            }
        }

        public long Signed()
        {
            ulong zigzag = Varint();
            return zigzag % 2 == 0 ? (long)(zigzag / 2) : -1 - (long)(zigzag / 2);
        }

        public ulong[] Bits(int count, int width)
        {
            int start = At;
            var numbers = new ulong[count];
            for (int i = 0; i < count; i++)
            {
                for (int bit = 0; bit < width; bit++)
                {
                    // Of a full block: the lane's stream; of a shorter one: the only stream.
                    int inStream = count == 512 ? i / 8 * width + bit : i * width + bit;
                    int byteOf = count == 512
                        ? (8 * (inStream / 64) + i % 8) * 8 + inStream % 64 / 8
                        : inStream / 8;
                    if ((page[start + byteOf] >> inStream % 8 & 1) != 0) numbers[i] |= 1ul << bit;
                }
            }
            At += count == 512 ? 64 * width : (count * width + 7) / 8;
            return numbers;
        }
    }

    private static long[] Decode(byte[] page, int count)
    {
        var reader = new PlainReader(page);
        Assert.Equal((byte)PageEncoding.TimestampsPacked, reader.Byte());
        byte flags = reader.Byte();
        long first = reader.Signed(), scale = (flags & 2) != 0 ? (long)reader.Varint() : 1;
        long step = (flags & 1) == 0 ? reader.Signed() : 0;
        var numbers = new long[count];
        for (int start = 0; start < count; start += 512)
        {
            int length = Math.Min(512, count - start);
            byte head = reader.Byte();
            long origin = reader.Signed();
            ulong exceptions = (head & 0x80) != 0 ? reader.Varint() : 0;
            ulong[] bits = reader.Bits(length, head & 0x7f);
            for (int i = 0; i < length; i++) numbers[start + i] = origin + (long)bits[i];
            for (int position = start; exceptions > 0; exceptions--, position++)
            {
                position += (int)reader.Varint();
                numbers[position] = origin + reader.Signed();
            }
        }
        Assert.Equal(page.Length, reader.At);
        for (int i = 0; i < count; i++)
        {
            numbers[i] *= scale;
            numbers[i] += (flags & 1) == 0 ? first + i * step * scale : i == 0 ? first : numbers[i - 1];
        }
        return numbers;
    }

    [Theory]
    [InlineData(0)] // jitter: a line
    [InlineData(1)] // a walk: deltas
    [InlineData(2)] // a line in units of 1000
    [InlineData(3)] // deltas in units of 12
    [InlineData(4)] // exceptions
    [InlineData(5)] // wide
    public void PagesReadAsDocumented(int kind)
    {
        var random = new Random(kind);
        foreach (int count in new[] { 40, 511, 512, 513, 1500 })
        {
            var numbers = new long[count];
            long walk = -5_000_000;
            for (int i = 0; i < count; i++)
            {
                numbers[i] = kind switch
                {
                    0 => i * 10_000L + random.Next(100),
                    1 => walk += random.Next(3000),
                    2 => 17 + 1000L * (50 * i + random.Next(9)),
                    3 => walk += 12 * random.Next(100),
                    4 => random.Next(30) == 0 ? random.NextInt64(-1L << 60, 1L << 60) : random.Next(500),
                    _ => random.NextInt64(1L << 57),
                };
            }
            var page = new byte[TimestampCodec.MaxEncodedSize(count)];
            Array.Resize(ref page, TimestampCodec.Encode(numbers, TimestampEncoding.Adaptive, CodecEffort.Fast, page));
            Assert.Equal(numbers, Decode(page, count));
        }
    }
}
