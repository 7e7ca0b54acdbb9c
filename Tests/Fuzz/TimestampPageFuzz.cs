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

    private static byte[][] MakeSeeds()
    {
        var random = new Random(1);
        var seeds = new byte[12][];
        for (int i = 0; i < seeds.Length; i++)
        {
            var timestamps = new long[i < 6 ? 530 : 20];
            for (int at = 0; at < timestamps.Length; at++)
                timestamps[at] = at * 1000L + (i % 2 == 0 ? random.Next(9) : random.Next(40) == 0 ? 1L << 40 : 0);
            seeds[i] = new byte[2 + TimestampCodec.MaxEncodedSize(timestamps.Length)];
            BinaryPrimitives.WriteUInt16LittleEndian(seeds[i], (ushort)timestamps.Length);
            int length = TimestampCodec.Encode(timestamps, (TimestampEncoding)(i / 2 % 3), (CodecEffort)(i % 4 / 2),
                seeds[i].AsSpan(2));
            Array.Resize(ref seeds[i], 2 + length);
        }
        return seeds;
    }
}
