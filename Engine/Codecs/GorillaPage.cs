using System;
using System.Numerics;
using Slungd.Native.Bits;

namespace Slungd.Engine.Codecs;

/// <summary>Timestamps by how their distances change (Gorilla, VLDB 2015, section 4.1.1, widened to 64 bits): id, then
/// bit codes, most significant bit first. The first timestamp in 64 bits; then for each the change of the distance to
/// the one before (at first from distance 0, modulo 2^64): `0` none; `10` and 7 bits, -63 to 64; `110` and 9 bits, -255
/// to 256; `1110` and 12 bits, -2047 to 2048; `11110` and 32 bits, two's complement; `11111` and 64 bits.</summary>
internal static class GorillaPage
{
    /// <summary>False when it takes more than <paramref name="to"/>.</summary>
    public static bool TryEncode(ReadOnlySpan<long> timestamps, Span<byte> to, out int length)
    {
        to[0] = (byte)PageEncoding.TimestampsGorilla;
        var writer = new BitWriter(to[1..]);
        long previous = timestamps[0], distance = 0;
        writer.Write((ulong)previous, 64);
        foreach (long timestamp in timestamps[1..])
        {
            long change = timestamp - previous - distance;
            distance += change;
            previous = timestamp;
            switch (change)
            {
                case 0:
                    writer.Write(0, 1);
                    break;
                case >= -63 and <= 64:
                    writer.Write(0b10ul << 7 | (ulong)(change + 63), 9);
                    break;
                case >= -255 and <= 256:
                    writer.Write(0b110ul << 9 | (ulong)(change + 255), 12);
                    break;
                case >= -2047 and <= 2048:
                    writer.Write(0b1110ul << 12 | (ulong)(change + 2047), 16);
                    break;
                case >= int.MinValue and <= int.MaxValue:
                    writer.Write(0b11110ul << 32 | (uint)change, 37);
                    break;
                default:
                    writer.Write(0b11111, 5);
                    writer.Write((ulong)change, 64);
                    break;
            }
        }
        length = 1 + writer.Finish();
        return !writer.Overflowed;
    }

    public static bool TryDecode(ReadOnlySpan<byte> body, Span<long> into)
    {
        var reader = new BitReader(body);
        long timestamp = (long)reader.Read(64), distance = 0;
        into[0] = timestamp;
        for (int i = 1; i < into.Length; i++)
        {
            ulong code = reader.Peek();
            switch (BitOperations.LeadingZeroCount(~code))
            {
                case 0:
                    reader.Skip(1);
                    break;
                case 1:
                    distance += (long)(code >> 55 & 0x7f) - 63;
                    reader.Skip(9);
                    break;
                case 2:
                    distance += (long)(code >> 52 & 0x1ff) - 255;
                    reader.Skip(12);
                    break;
                case 3:
                    distance += (long)(code >> 48 & 0xfff) - 2047;
                    reader.Skip(16);
                    break;
                case 4:
                    distance += (int)(code >> 27);
                    reader.Skip(37);
                    break;
                default:
                    reader.Skip(5);
                    distance += (long)reader.Read(64);
                    break;
            }
            timestamp += distance;
            into[i] = timestamp;
        }
        return !reader.Overrun && reader.Consumed == body.Length;
    }
}
