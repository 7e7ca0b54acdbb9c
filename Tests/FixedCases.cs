using System;
using System.Globalization;
using FsCheck;

namespace Slungd.Tests;

/// <summary>Properties on the same made-up cases in every run: what a change breaks fails at once, and nothing fails by
/// chance. SLUNGD_CHECKS=10000 tries so many others instead; FsCheck's message names the seed of what it finds.
/// </summary>
internal static class FixedCases
{
    /// <summary>Stands in for FsCheck's own, whose cases are others each time.</summary>
    public static void QuickCheckThrowOnFailure(this Property property)
    {
        Config config = Config.QuickThrowOnFailure;
        Check.One(Environment.GetEnvironmentVariable("SLUNGD_CHECKS") is { Length: > 0 } count
            ? config.WithMaxTest(int.Parse(count, CultureInfo.InvariantCulture))
            : config.WithReplay(seed: 20_261_121, gamma: 1), property);
    }
}
