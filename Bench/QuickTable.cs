using System;
using System.Collections.Generic;
using System.Diagnostics;

namespace Slungd.Bench;

/// <summary>Runs ways of doing a thing in turns, so that a busy machine is busy for all of them, and prints the best
/// round of each: time per point, and how many times as long as the first way.</summary>
internal static class QuickTable
{
    public static void Run(IReadOnlyList<(string Name, Func<double> Run)> ways, int points, int rounds)
    {
        double[] best = new double[ways.Count];
        Array.Fill(best, double.MaxValue);
        double checksum = 0;
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < ways.Count; i++)
            {
                ways[i].Run(); // so that each finds the caches as it leaves them, not as its neighbour does
                long begin = Stopwatch.GetTimestamp();
                checksum += ways[i].Run();
                best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(begin).TotalNanoseconds / points);
            }
        }
        for (int i = 0; i < ways.Count; i++)
        {
            Console.WriteLine($"{ways[i].Name,-36} {best[i],8:F3} ns/point {1e-3 * best[i] * points,10:F1} us"
                + $" {best[i] / best[0],7:F2} x {ways[0].Name}");
        }
        Console.WriteLine($"checksum: {checksum:r}");
    }
}
