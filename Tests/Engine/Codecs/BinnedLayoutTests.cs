using System;
using System.Collections.Generic;
using System.Numerics;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.EngineCodecs;

/// <summary>Reads entropy-coded pages bit by bit as docs/formats/pages.md describes them, and nothing else, and
/// compares.</summary>
public class BinnedLayoutTests
{
    private record struct Bin(ulong Lower, int Width, int Weight);

    private record struct State(Bin Bin, int Bits, int Next);

    private sealed class PlainReader(byte[] page)
    {
        private int _bit;

        public int At => (_bit + 7) / 8;

        public byte Byte()
        {
            _bit = At * 8 + 8;
            return page[At - 1];
        }

        public ulong Varint()
        {
            ulong value = 0;
            for (int shift = 0; ; shift += 7)
            {
                byte part = Byte();
                value |= (ulong)(part & 0x7f) << shift;
                if (part < 0x80) return value;
            }
        }

        public long Signed()
        {
            ulong zigzag = Varint();
            return (long)(zigzag >> 1) ^ -(long)(zigzag & 1);
        }

        public ulong High(int count)
        {
            ulong bits = 0;
            for (; count > 0; count--, _bit++) bits = bits << 1 | (uint)(page[_bit / 8] >> 7 - _bit % 8 & 1);
            return bits;
        }

        public ulong Low(int count)
        {
            ulong bits = 0;
            for (int i = 0; i < count; i++, _bit++) bits |= (ulong)(page[_bit / 8] >> _bit % 8 & 1) << i;
            return bits;
        }

        public void Align() => _bit = At * 8;
    }

    private static void ReadNode(PlainReader reader, ulong lower, int width, ref int left, List<Bin> bins)
    {
        switch (reader.High(2))
        {
            case 1:
                int weight = (int)reader.High(BitOperations.Log2((uint)left) + 1);
                left -= weight;
                bins.Add(new Bin(lower, width, weight));
                break;
            case 2:
                ReadNode(reader, lower, width - 1, ref left, bins);
                ReadNode(reader, lower + (1ul << width - 1), width - 1, ref left, bins);
                break;
            case 3:
                int narrow = (int)reader.High(6);
                ReadNode(reader, lower + reader.High(width), narrow, ref left, bins);
                break;
        }
    }

    private static State[] ReadStates(PlainReader reader)
    {
        int width = reader.Byte(), tableBits = reader.Byte(), count = 1 << tableBits, left = count, at = 0;
        var bins = new List<Bin>();
        ReadNode(reader, 0, width, ref left, bins);
        reader.Align();
        Assert.Equal(0, left);
        var owner = new int[count];
        for (int bin = 0; bin < bins.Count; bin++)
        {
            for (int i = 0; i < bins[bin].Weight; i++, at = (at + (count / 2 + count / 8 + 3 | 1)) % count)
                owner[at] = bin;
        }
        var ranks = bins.ConvertAll(bin => bin.Weight);
        var states = new State[count];
        for (int i = 0; i < count; i++)
        {
            int rank = ranks[owner[i]]++, bits = tableBits - BitOperations.Log2((uint)rank);
            states[i] = new State(bins[owner[i]], bits, (rank << bits) - count);
        }
        return states;
    }

    private static long[] Decode(byte[] page, int count)
    {
        var reader = new PlainReader(page);
        Assert.Equal((byte)PageEncoding.ValuesPacked, reader.Byte());
        byte flags = reader.Byte();
        Assert.Equal(4, flags & 4);
        long first = reader.Signed(), scale = (flags & 2) != 0 ? (long)reader.Varint() : 1;
        long step = (flags & 1) == 0 ? reader.Signed() : 0, origin = reader.Signed(), before = first;
        State[] states = ReadStates(reader);
        var lengths = new int[(count + 1023) / 1024];
        var befores = new long[lengths.Length];
        for (int block = 0; block < lengths.Length; block++)
        {
            lengths[block] = (int)reader.Varint();
            if ((flags & 1) != 0 && block > 0) before += reader.Signed();
            befores[block] = before;
        }
        var numbers = new long[count];
        for (int block = 0; block < lengths.Length; block++)
        {
            int start = block * 1024, size = Math.Min(1024, count - start), begin = reader.At;
            ReadBlock(reader, states, numbers.AsSpan(start, size));
            reader.Align();
            Assert.Equal(lengths[block], reader.At - begin);
            if ((flags & 1) != 0) Assert.Equal(start == 0 ? first : numbers[start - 1], befores[block]);
            for (int i = start; i < start + size; i++)
            {
                numbers[i] = (numbers[i] + origin) * scale;
                numbers[i] += (flags & 1) == 0 ? first + i * step * scale : i == 0 ? first : numbers[i - 1];
            }
        }
        Assert.Equal(page.Length, reader.At);
        return numbers;
    }

    private static void ReadBlock(PlainReader reader, State[] states, Span<long> into)
    {
        var at = new int[4];
        for (int i = 0; i < Math.Min(4, into.Length); i++)
            at[i] = (int)reader.Low(BitOperations.Log2((uint)states.Length));
        for (int i = 0; i < into.Length; i++)
        {
            State state = states[at[i % 4]];
            if (i + 4 < into.Length) at[i % 4] = state.Next + (int)reader.Low(state.Bits);
            into[i] = (long)(state.Bin.Lower + reader.Low(state.Bin.Width));
        }
    }

    [Theory]
    [InlineData(0)] // a walk: deltas
    [InlineData(1)] // a line
    [InlineData(2)] // deltas in units of 12
    [InlineData(3)] // two far clusters and wide numbers
    public void PagesReadAsDocumented(int kind)
    {
        var random = new Random(kind);
        foreach (int count in new[] { 700, 1023, 1024, 1025, 3000 })
        {
            var numbers = new long[count];
            long walk = -5_000_000;
            for (int i = 0; i < count; i++)
            {
                int bell = 0;
                for (int toss = 0; toss < 12; toss++) bell += random.Next(20);
                numbers[i] = kind switch
                {
                    0 => walk += bell - 110,
                    1 => i * 10_000L + bell,
                    2 => walk += 12 * bell,
                    _ => random.Next(3) switch { 0 => bell, 1 => long.MinValue + bell, _ => random.NextInt64() },
                };
            }
            var values = Array.ConvertAll(numbers, number => (ulong)number);
            Assert.Equal(numbers, Decode(ValueCodecTests.Encode(values, ValueFamily.Int, CodecEffort.Strong), count));
        }
    }
}
