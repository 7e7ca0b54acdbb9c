using System;
using System.Collections.Generic;
using Slungd.Native.Simd;

namespace Slungd.Bench.Native.Simd;

/// <summary>`--quick kernels`: every variant's aggregates over one column beside C's compensated sums.</summary>
internal static class KernelQuick
{
    public static void Run(int points, int rounds)
    {
        var values = new double[points];
        var times = new long[points];
        var random = new Random(1);
        for (int i = 0; i < points; i++)
        {
            values[i] = Math.Round(random.NextDouble() * 100, 2);
            times[i] = i * 10L;
        }
        using SumsReference? reference = SumsReference.TryCreate();
        var ways = new List<(string, Func<double>)>();
        if (reference is not null)
        {
            foreach (string name in new[] { "tree", "kahan", "neumaier", "plain" })
                ways.Add(($"C {name}", () => reference.Sum(name, values)));
        }
        foreach (string name in KernelChoice.Names)
        {
            if (KernelChoice.Find(name, out _) is { } set) AddVariant(ways, set, values, times);
        }
        QuickTable.Run(ways, points, rounds);
    }

    private static void AddVariant(List<(string, Func<double>)> ways, KernelSet set, double[] values, long[] times)
    {
        ways.Add(($"{set.Name} sum", () =>
        {
            double sum = 0, low = 0;
            set.Sum(values, ref sum, ref low);
            return sum + low;
        }));
        ways.Add(($"{set.Name} min", () => set.Min(values)));
        ways.Add(($"{set.Name} count, sum, min, max", () =>
        {
            var aggregate = FloatAggregate.Empty;
            set.Aggregate(values, ref aggregate);
            return aggregate.Total;
        }));
        ways.Add(($"{set.Name} the same in a time range", () =>
        {
            var aggregate = FloatAggregate.Empty;
            set.AggregateInRange(times, values, 5, times.Length * 10L - 15, ref aggregate);
            return aggregate.Total;
        }));
        ways.Add(($"{set.Name} regular timestamps?", () => set.IsRegular(times, 10) ? 1 : 0));
    }
}
