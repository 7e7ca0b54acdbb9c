using System;
using System.Globalization;
using System.Linq;

namespace Slungd.Bench;

/// <summary>`[--quick [NAME|all [POINTS [ROUNDS]]]]`: the short benchmarks. `--smoke`: each of them once, with few
/// points. Anything else goes to BenchmarkDotNet.</summary>
internal static class Program
{
    private const int Rounds = 15;
    private const int SmokePoints = 20_000;

    private static int Main(string[] args)
    {
        if (args is ["--smoke"]) return RunQuick("all", SmokePoints, rounds: 1);
        if (args is [] or ["--quick", ..])
        {
            int? points = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : null;
            int rounds = args.Length > 3 ? int.Parse(args[3], CultureInfo.InvariantCulture) : Rounds;
            return RunQuick(args.Length > 1 ? args[1] : "all", points, rounds);
        }
        BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
    }

    private static int RunQuick(string name, int? points, int rounds)
    {
        QuickBench[] chosen = QuickBench.All.Where(b => name == "all" && !b.IsLong || b.Name == name).ToArray();
        if (chosen.Length == 0)
        {
            string known = string.Join(", ", QuickBench.All.Select(static b => b.Name));
            Console.Error.WriteLine($"unknown quick bench '{name}': expected all, {known}");
            return 2;
        }
        foreach (QuickBench bench in chosen)
        {
            Console.WriteLine($"{bench.Name}, {points ?? bench.Points} points, best of {rounds}");
            bench.Run(points ?? bench.Points, rounds);
        }
        return 0;
    }
}
