using System;
using System.Collections.Generic;
using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using Slungd.Ingest.Protocols.RemoteRead;
using Slungd.Native.Bits;
using Xunit;

namespace Slungd.Tests.Ingest.Protocols.RemoteRead;

public class XorChunkTests
{
    /// <summary>Reads a chunk bit by bit as the format's page describes it.</summary>
    internal static List<(long Time, ulong Bits)> Decode(ReadOnlySpan<byte> chunk)
    {
        int count = chunk[0] << 8 | chunk[1];
        byte[] bytes = chunk[2..].ToArray();
        int bit = 0;
        ulong Read(int bits)
        {
            ulong value = 0;
            for (; bits > 0; bits--, bit++) value = value << 1 | (uint)(bytes[bit / 8] >> (7 - bit % 8)) & 1;
            return value;
        }
        ulong ReadVarint()
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                ulong part = Read(8);
                value |= (part & 0x7f) << shift;
                if (part < 0x80) return value;
            }
        }
        long Signed(int bits)
        {
            ulong value = Read(bits);
            return bits < 64 && value > 1UL << bits - 1 ? (long)value - (1L << bits) : (long)value;
        }
        List<(long Time, ulong Bits)> samples = [];
        long time = Varint.UnZigZag(ReadVarint()), delta = 0;
        ulong bits = Read(64);
        samples.Add((time, bits));
        int leading = 0, trailing = 0;
        for (int i = 1; i < count; i++)
        {
            if (i == 1) delta = (long)ReadVarint();
            else if (Read(1) == 1) delta += Read(1) == 0 ? Signed(14) : Read(1) == 0 ? Signed(17)
                : Read(1) == 0 ? Signed(20) : Signed(64);
            time += delta;
            if (Read(1) == 1)
            {
                if (Read(1) == 1)
                {
                    leading = (int)Read(5);
                    int length = (int)Read(6);
                    trailing = 64 - leading - (length == 0 ? 64 : length);
                }
                bits ^= Read(64 - leading - trailing) << trailing;
            }
            samples.Add((time, bits));
        }
        return samples;
    }

    private static List<(long Time, ulong Bits)> RoundTrip(long[] times, double[] values)
    {
        byte[] chunk = new byte[XorChunk.MaxBytes];
        return Decode(chunk.AsSpan(0, XorChunk.Encode(times, values, chunk)));
    }

    [Fact]
    public void WhatIsEncodedDecodes()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<(int Step, double Value)[]>(), static samples =>
        {
            int count = Math.Min(samples.Length, XorChunk.MaxSamples);
            if (count == 0) return;
            long[] times = new long[count];
            double[] values = new double[count];
            long time = 1_700_000_000_000;
            for (int i = 0; i < count; i++)
            {
                times[i] = time += Math.Abs((long)samples[i].Step) * (i % 3 == 0 ? 1_000_000 : 1);
                values[i] = samples[i].Value;
            }
            List<(long Time, ulong Bits)> read = RoundTrip(times, values);
            for (int i = 0; i < count; i++)
                Assert.Equal((times[i], BitConverter.DoubleToUInt64Bits(values[i])), read[i]);
            Assert.Equal(count, read.Count);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>The borders of the four widths of deltas of deltas, and windows of every kind.</summary>
    [Fact]
    public void BordersDecode()
    {
        long[] deltas = [0, 0, 1, -8191, 8192, 8193, -8192, -65535, 65536, 65537, -524287, 524288, 524289, 1L << 40, 0];
        long[] times = new long[deltas.Length + 2];
        double[] values = new double[times.Length];
        times[0] = -5;
        times[1] = 1L << 41;
        long delta = times[1] - times[0];
        for (int i = 2; i < times.Length; i++) times[i] = times[i - 1] + (delta += deltas[i - 2]);
        for (int i = 0; i < values.Length; i++)
        {
            ulong bits = i % 4 == 0 ? 0 : BitOperations.RotateLeft(0x8000000000000001, i);
            values[i] = BitConverter.UInt64BitsToDouble(bits);
        }
        List<(long Time, ulong Bits)> read = RoundTrip(times, values);
        for (int i = 0; i < times.Length; i++)
            Assert.Equal((times[i], BitConverter.DoubleToUInt64Bits(values[i])), read[i]);
    }

    /// <summary>By hand: 1 at 1000 ms, 1 at 2000, 1 at 3000.</summary>
    [Fact]
    public void ASteadySeriesIsShort()
    {
        byte[] chunk = new byte[XorChunk.MaxBytes];
        int length = XorChunk.Encode([1_000, 2_000, 3_000], [1, 1, 1], chunk);
        Assert.Equal("0003" + "D00F" + "3FF0000000000000" + "E807" + "00", Convert.ToHexString(chunk, 0, length));
    }
}
