using System;
using System.Linq;

namespace Slungd.Tests.Engine.Model.Regexes;

/// <summary>Regular expressions over few letters, and texts that some of them match.</summary>
internal static class RandomPattern
{
    private static readonly string[] s_atoms =
    [
        "a", "b", "A", "é", "😀", ".", "\\d", "\\w", "\\W", "[ab]", "[^a]", "[[:^alpha:]]", "\\pL", "\\b", "\\B", "^",
        "$", "\\n", "[😀-😂]", "(?i)", "(?m)", "(?s)", "(?U)",
    ];

    private static readonly string[] s_repeats = ["", "", "", "*", "+", "?", "{2}", "{1,2}", "{0,}", "*?", "+?", "??"];
    private static readonly string[] s_groups = ["(", "(?:", "(?i:", "(?P<n>"];
    private static readonly string[] s_letters = ["a", "a", "b", "A", "1", "é", "😀", "\n", "-"];

    public static string Make(Random random, int depth) =>
        string.Join('|', Enumerable.Range(0, random.Next(1, 3)).Select(_ => Sequence(random, depth)));

    /// <summary>Without what the framework knows otherwise, or not at all.</summary>
    public static string MakeCommon(Random random, int depth)
    {
        string pattern;
        do pattern = Make(random, depth);
        while (pattern.Contains("(?", StringComparison.Ordinal) || pattern.Contains('[', StringComparison.Ordinal) ||
            pattern.Contains('\\', StringComparison.Ordinal) || !pattern.All(char.IsAscii));
        return pattern;
    }

    public static string Text(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(7)).Select(_ => s_letters[random.Next(s_letters.Length)]));

    private static string Sequence(Random random, int depth) =>
        string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
        {
            string atom = depth > 0 && random.Next(4) == 0
                ? s_groups[random.Next(s_groups.Length)] + Make(random, depth - 1) + ")"
                : s_atoms[random.Next(s_atoms.Length)];
            return atom + s_repeats[random.Next(s_repeats.Length)];
        }));
}
