using System;
using System.Collections.Generic;
using System.Globalization;

namespace Slungd.Tests.Sim;

/// <summary>Which seeds a simulation runs: a few in the test command; others when SLUNGD_SIM_SEEDS says `first-last`,
/// for long runs and to see a failing one again.</summary>
internal static class SimSeeds
{
    public const string Variable = "SLUNGD_SIM_SEEDS";

    public static IEnumerable<ulong> Chosen(int usual)
    {
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
