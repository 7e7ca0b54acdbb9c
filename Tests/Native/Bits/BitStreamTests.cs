using System;
using System.Collections.Generic;
using Slungd.Native.Bits;
using Xunit;

namespace Slungd.Tests.NativeBits;

public class BitStreamTests
{
    [Fact]
    public void MostSignificantBitFirst()
    {
        var buffer = new byte[4];
        var writer = new BitWriter(buffer);
        writer.Write(1, 1);
        writer.Write(0b01, 2);
        writer.Write(0x1ff, 9);
        Assert.Equal(2, writer.Length);
        Assert.Equal(2, writer.Finish());
        Assert.Equal([0b1011_1111, 0b1111_0000, 0, 0], buffer);
    }

    [Fact]
    public void FieldsOfEveryWidthRoundTrip()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var fields = new List<(ulong Bits, int Count)>();
            int total = 0;
            for (int i = random.Next(1, 200); i > 0; i--)
            {
                int count = seed % 3 == 0 ? random.Next(50, 65) : random.Next(1, 65);
                fields.Add(((ulong)random.NextInt64(long.MinValue, long.MaxValue) >> 64 - count, count));
                total += count;
            }
            var buffer = new byte[(total + 7) / 8];
            var writer = new BitWriter(buffer);
            foreach ((ulong bits, int count) in fields) writer.Write(bits, count);
            Assert.Equal(buffer.Length, writer.Finish());
            Assert.False(writer.Overflowed);

            var reader = new BitReader(buffer);
            foreach ((ulong bits, int count) in fields) Assert.Equal(bits, reader.Read(count));
            Assert.False(reader.Overrun);
            Assert.Equal(buffer.Length, reader.Consumed);
        }
    }

    [Fact]
    public void PeekShowsWhatReadTakes()
    {
        var data = new byte[64];
        new Random(3).NextBytes(data);
        var peeking = new BitReader(data);
        var reading = new BitReader(data);
        for (int i = 0, count = 1; i < 16; i++, count = count * 5 % 57)
        {
            ulong ahead = peeking.Peek();
            Assert.Equal(reading.Read(count), ahead >> 64 - count);
            peeking.Skip(count);
        }
    }

    [Fact]
    public void ReadingPastTheEndYieldsZerosAndSaysSo()
    {
        for (int length = 0; length < 20; length++)
        {
            var data = new byte[length];
            Array.Fill(data, (byte)0xff);
            var reader = new BitReader(data);
            for (int bit = 0; bit < length * 8; bit++) Assert.Equal(1ul, reader.Read(1));
            Assert.False(reader.Overrun);
            Assert.Equal(0ul, reader.Read(64));
            Assert.True(reader.Overrun);
            Assert.Equal(0ul, reader.Read(7));
            Assert.Equal(0ul, reader.Peek());
            Assert.True(reader.Overrun);
        }
    }

    [Fact]
    public void AWriterWithoutRoomStopsAndSaysSo()
    {
        for (int length = 0; length < 20; length++)
        {
            var buffer = new byte[length + 4];
            var writer = new BitWriter(buffer.AsSpan(0, length));
            for (int i = 0; i < 200; i++) writer.Write(0x7f, 7);
            writer.Finish();
            Assert.True(writer.Overflowed);
            Assert.Equal([0, 0, 0, 0], buffer[length..]);
        }
    }
}
