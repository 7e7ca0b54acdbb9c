using System;
using System.Buffers.Binary;
using Slungd.Engine.Codecs;
using Slungd.Engine.Model;

namespace Slungd.Tests.Fuzz;

/// <summary>u16 count, then a value page: decodes or is refused, writes nowhere else, and what it gives encodes and
/// decodes to itself in every numeric family.</summary>
internal static class ValuePageFuzz
{
    private const int MostCount = 8194; // longer columns are the same again
    private const ulong Guard = 0x5eed_5eed_5eed_5eed;

    public static byte[][] Seeds => s_seeds ??= MakeSeeds();

    private static byte[][]? s_seeds;

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 2) return;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(input) % MostCount;
        var decoded = new ulong[count + 1];
        decoded[count] = Guard;
        bool sound = ValueCodec.TryDecode(input[2..], decoded.AsSpan(0, count));
        if (decoded[count] != Guard) throw new InvalidOperationException("wrote past the end");
        AssertPart(input, decoded.AsSpan(0, count), sound);
        ValueCodec.TrySum(input[2..], count, out _);
        if (!sound || count > 1024) return; // long columns only repeat what short ones show
        AssertRoundTrip(decoded.AsSpan(0, count));
    }

    /// <summary>A range of the page decodes to the same values, writes nowhere else, and is never refused when the page
    /// as a whole is sound.</summary>
    private static void AssertPart(ReadOnlySpan<byte> input, ReadOnlySpan<ulong> all, bool sound)
    {
        if (all.IsEmpty || all.Length > ValueCodec.MaxCount) return;
        int from = input[^1] * all.Length / 256, count = 1 + input[0] * (all.Length - from - 1) / 256;
        var part = new ulong[count + 1];
        part[count] = Guard;
        bool isSound = ValueCodec.TryDecode(input[2..], all.Length, from, part.AsSpan(0, count));
        if (part[count] != Guard) throw new InvalidOperationException("wrote past the end of a part");
        if (sound && !(isSound && all.Slice(from, count).SequenceEqual(part.AsSpan(0, count))))
            throw new InvalidOperationException("a part is not what the whole has there");
    }

    private static void AssertRoundTrip(ReadOnlySpan<ulong> values)
    {
        for (int way = 0; way < 8; way++)
        {
            var family = (ValueFamily)((int)ValueFamily.Float + way / 2);
            var page = new byte[ValueCodec.MaxEncodedSize(values.Length)];
            int length = ValueCodec.Encode(values, family, (CodecEffort)(way % 2), page);
            var again = new ulong[values.Length];
            if (!ValueCodec.TryDecode(page.AsSpan(0, length), again) || !values.SequenceEqual(again))
                throw new InvalidOperationException($"{(PageEncoding)page[0]} does not give back what it took");
        }
    }

    private static byte[][] MakeSeeds()
    {
        var random = new Random(1);
        var seeds = new byte[24][];
        for (int i = 0; i < seeds.Length; i++)
        {
            var values = new ulong[i < 8 ? 530 : i < 16 ? 24 : 1400];
            for (int at = 0; at < values.Length; at++) values[at] = Value(i % 8, at, random);
            ValueFamily family = (i % 8) switch { 5 => ValueFamily.Int, 6 => ValueFamily.Bool, _ => ValueFamily.Float };
            seeds[i] = new byte[2 + ValueCodec.MaxEncodedSize(values.Length)];
            BinaryPrimitives.WriteUInt16LittleEndian(seeds[i], (ushort)values.Length);
            Array.Resize(ref seeds[i], 2 + ValueCodec.Encode(values, family,
                i < 8 ? CodecEffort.Fast : CodecEffort.Strong, seeds[i].AsSpan(2)));
        }
        return seeds;
    }

    private static ulong Value(int kind, int at, Random random)
    {
        double value = kind switch
        {
            0 => 4.5,
            1 => Math.Round(random.NextDouble() * 100, 2),
            2 => random.Next(10) == 0 ? double.NaN : at,
            3 => 50 + random.NextDouble() / 4,
            4 => (at / 7 % 3) switch { 0 => 1e-300, 1 => Math.PI, _ => -0.0 },
            _ => random.NextDouble() - 0.5,
        };
        if (kind == 5) return (ulong)(at * 1000L + (random.Next(50) == 0 ? 1L << 50 : 0));
        return kind == 6 ? (ulong)random.Next(2) : BitConverter.DoubleToUInt64Bits(value);
    }
}
