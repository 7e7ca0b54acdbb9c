using System;
using System.Diagnostics;
using Slungd.Bench.Native;
using Slungd.Engine.Query;
using Slungd.Native.Simd;

namespace Slungd.Bench.Engine;

/// <summary>`--quick query`: history queries that read every point of one series in memory, interleaved with the same
/// compensated sum in C over a flat array; microseconds per query and the ratio to C.</summary>
internal static class QueryQuick
{
    private const int InARow = 5; // so that each way finds its own memory in the cache, not that of the way before

    public static void Run(int points, int rounds)
    {
        using CompensatedSum? reference = CompensatedSum.TryCreate();
        using QueryLoad load = new(points);
        DslQuery Query(string text) => QueryLoad.Parse(text);
        DslQuery avg = Query("AVG:cpu:[host=a]"), min = Query("MIN:cpu:[]"), count = Query("COUNT:cpu:[]");
        DslQuery last = Query("LAST:cpu:[]"), raw = Query("RAW:cpu:[]");
        DslQuery seconds = Query("AVG:cpu:[]:[0,9223372036854775807]:[1s]");
        DslQuery small = Query("AVG:cpu:[]:[0,9223372036854775807]:[10ms]");
        (string Name, Func<double> Run)[] ways =
        [
            ("C compensated sum", () => reference?.Sum(load.Values) ?? 0),
            ("kernel, flat array", () => KernelSum(load.Values)),
            ("AVG", () => load.Run(avg)),
            ("MIN", () => load.Run(min)),
            ("COUNT", () => load.Run(count)),
            ("LAST", () => load.Run(last)),
            ("AVG, windows of 1,000 points", () => load.Run(seconds)),
            ("AVG, windows of 10 points", () => load.Run(small)),
            ("RAW, first 10,000", () => load.Run(raw)),
        ];
        double[] best = new double[ways.Length];
        Array.Fill(best, double.MaxValue);
        double checksum = 0;
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < ways.Length; i++)
            {
                for (int again = 0; again < InARow; again++)
                {
                    long begin = Stopwatch.GetTimestamp();
                    checksum += ways[i].Run();
                    best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(begin).TotalMicroseconds);
                }
            }
        }
        for (int i = 0; i < ways.Length; i++)
            Console.WriteLine($"{ways[i].Name,-32} {best[i],9:F1} us"
                + (reference is null ? "" : $"  {best[i] / best[0],6:F2} of C"));
        Console.WriteLine($"checksum: {checksum}");
    }

    private static double KernelSum(double[] values)
    {
        double sum = 0, low = 0;
        Kernels.Sum(values, ref sum, ref low);
        return sum + low;
    }
}
