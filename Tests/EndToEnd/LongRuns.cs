using System;
using System.Globalization;

namespace Slungd.Tests.EndToEnd;

/// <summary>How often a test repeats itself: a few times in the test command, as often as a variable says in long
/// runs.</summary>
internal static class LongRuns
{
    /// <summary>Of <see cref="KillsTests"/>.</summary>
    public const string Kills = "SLUNGD_KILLS";

    public static int Count(string variable, int usual) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
