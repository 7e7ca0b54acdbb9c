using System;
using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Bench.Engine.Codecs;

/// <summary>Columns as they occur, one page long unless asked otherwise.</summary>
internal static class CodecColumns
{
    private const long Start = 1_700_000_000_000_000;

    public static IEnumerable<(string Name, long[] Timestamps)> Timestamps(int count)
    {
        var random = new Random(1);
        yield return ("regular", Make(i => Start + i * 10_000_000L));
        yield return ("jitter of 5 ms in us", Make(i => Start + i * 10_000_000L + random.Next(-5000, 5001)));
        yield return ("jitter of 5 ms in ms", Make(i => Start + i * 10_000_000L + 1000 * random.Next(-5, 6)));
        long walk = Start;
        yield return ("events", Make(_ => walk += 1000 + random.Next(100)));
        yield return ("regular with gaps", Make(_ => walk += random.Next(100) == 0 ? 3_600_000_000 : 1000));

        long[] Make(Func<int, long> of)
        {
            var column = new long[count];
            for (int i = 0; i < count; i++) column[i] = of(i);
            return column;
        }
    }

    /// <summary>Values of the other numeric families, as their bits.</summary>
    public static IEnumerable<(string Name, ValueFamily Family, ulong[] Values)> Integers(int count)
    {
        var random = new Random(1);
        long walk = 1_000_000;
        yield return ("int, walk", ValueFamily.Int, Make(_ => (ulong)(walk += random.Next(-50, 51))));
        yield return ("int, skewed", ValueFamily.Int, Make(_ => (ulong)((1L << random.Next(12)) + random.Next(3))));
        yield return ("uint, ids", ValueFamily.UInt, Make(_ => (ulong)random.NextInt64()));
        yield return ("bool", ValueFamily.Bool, Make(_ => (ulong)random.Next(2)));

        ulong[] Make(Func<int, ulong> of)
        {
            var column = new ulong[count];
            for (int i = 0; i < count; i++) column[i] = of(i);
            return column;
        }
    }

    public static IEnumerable<(string Name, double[] Values)> Floats(int count)
    {
        var random = new Random(1);
        double walk = 50, counter = 0;
        yield return ("constant", Make(_ => 21.5));
        yield return ("2 decimals, noise", Make(_ => Math.Round(20 + random.NextDouble() * 5, 2)));
        yield return ("2 decimals, walk", Make(_ => walk = Math.Round(walk + random.Next(-100, 101) / 100.0, 2)));
        double cpu = 5000;
        yield return ("TSBS walk", Make(_ => (cpu = Math.Clamp(cpu + Math.Round(Normal() * 100), 0, 10000)) / 100));
        yield return ("the same, 2 % NaN", Make(_ => random.Next(50) == 0 ? double.NaN : Math.Round(walk++ / 7, 2)));
        yield return ("counter", Make(_ => counter += random.Next(20)));
        yield return ("32-bit floats", Make(_ => (float)(20 + random.NextDouble())));
        yield return ("uniform x 100", Make(_ => random.NextDouble() * 100));
        yield return ("few real numbers", Make(_ => Math.Sqrt(random.Next(6) + 2)));
        yield return ("random bits", Make(_ => BitConverter.Int64BitsToDouble(random.NextInt64(long.MaxValue))));
        walk = 50;
        yield return ("2 decimals, wide walk",
            Make(_ => walk = Math.Round(walk + random.Next(-30000, 30001) / 100.0, 2)));

        double Normal() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble());

        double[] Make(Func<int, double> of)
        {
            var column = new double[count];
            for (int i = 0; i < count; i++) column[i] = of(i);
            return column;
        }
    }
}
