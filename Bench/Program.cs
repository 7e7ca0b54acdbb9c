using System;
using System.Globalization;
using Slungd.Bench.Engine;

namespace Slungd.Bench;

/// <summary>BenchmarkDotNet by its own arguments, or `--quick NAME [POINTS [ROUNDS]]` for the short runs that
/// interleave with a C reference.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is not ["--quick", var name, ..])
        {
            BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
            return 0;
        }
        int points = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1_000_000;
        int rounds = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : 15;
        switch (name)
        {
            case "memtable":
                MemtableQuick.Run(points, rounds);
                return 0;
            default:
                Console.Error.WriteLine($"unknown quick bench '{name}': expected memtable");
                return 2;
        }
    }
}
