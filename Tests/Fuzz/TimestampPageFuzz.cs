using System;
using System.Buffers.Binary;
using Slungd.Engine.Codecs;

namespace Slungd.Tests.Fuzz;

/// <summary>u16 count, then a timestamp page: decodes or is refused, writes nowhere else, and what it gives encodes and
/// decodes to itself under every preference.</summary>
internal static class TimestampPageFuzz
{
    private const int MostCount = 8194; // longer columns are the same again
    private const long Guard = 0x5eed_5eed_5eed_5eed;

    public static byte[][] Seeds => s_seeds ??= MakeSeeds();

    private static byte[][]? s_seeds;

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length < 2) return;
        int count = BinaryPrimitives.ReadUInt16LittleEndian(input) % MostCount;
        var decoded = new long[count + 1];
        decoded[count] = Guard;
        bool sound = TimestampCodec.TryDecode(input[2..], decoded.AsSpan(0, count));
        if (decoded[count] != Guard) throw new InvalidOperationException("wrote past the end");
        AssertPart(input, decoded.AsSpan(0, count), sound);
        if (!sound || count > 1024) return; // long columns only repeat what short ones show
        ReadOnlySpan<long> timestamps = decoded.AsSpan(0, count);
        for (int way = 0; way < 6; way++)
        {
            int preference = way / 2;
            var effort = (CodecEffort)(way % 2);
            var page = new byte[TimestampCodec.MaxEncodedSize(count)];
            int length = TimestampCodec.Encode(timestamps, (TimestampEncoding)preference, effort, page);
            var again = new long[count];
            if (!TimestampCodec.TryDecode(page.AsSpan(0, length), again) || !timestamps.SequenceEqual(again))
                throw new InvalidOperationException($"{(PageEncoding)page[0]} does not give back what it took");
        }
    }

    /// <summary>A range of the page decodes to the same timestamps, writes nowhere else, and is never refused when the
    /// page as a whole is sound.</summary>
    private static void AssertPart(ReadOnlySpan<byte> input, ReadOnlySpan<long> all, bool sound)
    {
        if (all.IsEmpty || all.Length > TimestampCodec.MaxCount) return;
        int from = input[^1] * all.Length / 256, count = 1 + input[0] * (all.Length - from - 1) / 256;
        var part = new long[count + 1];
        part[count] = Guard;
        bool isSound = TimestampCodec.TryDecode(input[2..], all.Length, from, part.AsSpan(0, count));
        if (part[count] != Guard) throw new InvalidOperationException("wrote past the end of a part");
        if (sound && !(isSound && all.Slice(from, count).SequenceEqual(part.AsSpan(0, count))))
            throw new InvalidOperationException("a part is not what the whole has there");
    }

    private static byte[][] MakeSeeds()
    {
        var random = new Random(1);
        var seeds = new byte[18][];
        for (int i = 0; i < seeds.Length; i++)
        {
            var timestamps = new long[i < 6 ? 530 : i < 12 ? 20 : 1400];
            int rarity = i < 12 ? 40 : 600;
            for (int at = 0; at < timestamps.Length; at++)
                timestamps[at] = at * 1000L + (i % 2 == 0 ? random.Next(9) : random.Next(rarity) == 0 ? 1L << 40 : 0);
            seeds[i] = new byte[2 + TimestampCodec.MaxEncodedSize(timestamps.Length)];
            BinaryPrimitives.WriteUInt16LittleEndian(seeds[i], (ushort)timestamps.Length);
            CodecEffort effort = i < 6 ? CodecEffort.Fast : CodecEffort.Strong;
            int length = TimestampCodec.Encode(timestamps, (TimestampEncoding)(i / 2 % 3), effort, seeds[i].AsSpan(2));
            Array.Resize(ref seeds[i], 2 + length);
        }
        return seeds;
    }
}
