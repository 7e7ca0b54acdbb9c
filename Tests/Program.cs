using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Slungd.Tests.Fuzz;

namespace Slungd.Tests;

/// <summary>`slungd.tests fuzz [target|all] [seconds] [seed]`: long fuzz runs. Tests themselves are run by `dotnet
/// test`.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is not ["fuzz", ..] || args.Length > 4 ||
            !int.TryParse(args.ElementAtOrDefault(2) ?? "60", CultureInfo.InvariantCulture, out int seconds) ||
            !ulong.TryParse(args.ElementAtOrDefault(3) ?? "1", CultureInfo.InvariantCulture, out ulong seed))
        {
            Console.Error.WriteLine("usage: slungd.tests fuzz [target|all] [seconds] [seed]");
            return 2;
        }
        string name = args.ElementAtOrDefault(1) ?? "all";
        List<FuzzTarget> chosen = Targets.All.Where(t => name == "all" ? t.Name != "canary" : t.Name == name).ToList();
        if (chosen.Count == 0)
        {
            string known = string.Join(' ', Targets.All.Select(static t => t.Name));
            Console.Error.WriteLine($"no target {name}; there are: {known}");
            return 2;
        }
        int faults = 0;
        foreach (FuzzTarget target in chosen)
        {
            FuzzFault? fault = FuzzRunner.RunFor(target, seed, TimeSpan.FromSeconds(seconds), out long rounds);
            string verdict = fault is null ? "nothing found" : "FAULT";
            Console.WriteLine($"{target.Name}: {rounds} rounds, seed {seed}: {verdict}");
            if (fault is null) continue;
            faults++;
            string file = $"fuzz-{target.Name}-{seed}-{fault.Round}.bin";
            File.WriteAllBytes(file, fault.Input);
            Console.WriteLine($"input kept in {file}");
            Console.WriteLine(fault.Cause);
        }
        return faults == 0 ? 0 : 1;
    }
}
