using System;
using System.Collections.Generic;
using Slungd.Native.Bits;

namespace Slungd.Bench.Native.Bits;

/// <summary>`--quick bits`: the hash of series keys and the checksum of pages; a point is one call.</summary>
internal static class BitsQuick
{
    public static void Run(int points, int rounds)
    {
        var data = new byte[1 << 16];
        new Random(1).NextBytes(data);
        var ways = new List<(string, Func<double>)>();
        foreach (int length in new[] { 8, 30, 45, 60, 200 })
            ways.Add(($"hash of {length} bytes", () => Hash(data, length, points)));
        foreach (int length in new[] { 64, 1024, 8192 })
            ways.Add(($"CRC-32C of {length} bytes", () => Checksum(data, length, points / 16) * 16));
        QuickTable.Run(ways, points, rounds);
    }

    private static double Hash(byte[] data, int length, int times)
    {
        ulong sum = 0;
        for (int i = 0; i < times; i++) sum += Hash64.Of(data.AsSpan(i & 1023, length));
        return sum;
    }

    private static double Checksum(byte[] data, int length, int times)
    {
        uint sum = 0;
        for (int i = 0; i < times; i++) sum += Crc32C.Of(data.AsSpan(i & 1023, length));
        return sum;
    }
}
