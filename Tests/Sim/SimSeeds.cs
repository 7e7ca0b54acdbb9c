using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using Slungd.Tests.Tidy;

namespace Slungd.Tests.Sim;

/// <summary>Which seeds a simulation runs: those that failed once (`seeds.txt`), always; and a few others in the test
/// command, or those that SLUNGD_SIM_SEEDS names as `first-last`, for long runs and to see a failing one again.
/// </summary>
internal static class SimSeeds
{
    public const string Variable = "SLUNGD_SIM_SEEDS";

    private const string Kept = "Tests/Sim/seeds.txt";

    /// <param name="kind">The simulation, as lines of `seeds.txt` name it: `kind seed`.</param>
    /// <param name="usual">How many in the test command.</param>
    public static IEnumerable<ulong> Chosen(string kind, int usual)
    {
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, Kept)))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || words[0] != kind) continue;
            yield return ulong.Parse(words[1], CultureInfo.InvariantCulture);
        }
        (ulong first, ulong last) = (1, (ulong)usual);
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } text)
        {
            string[] ends = text.Split('-');
            first = ulong.Parse(ends[0], CultureInfo.InvariantCulture);
            last = ulong.Parse(ends[^1], CultureInfo.InvariantCulture);
        }
        for (ulong seed = first; seed <= last; seed++) yield return seed;
    }
}
