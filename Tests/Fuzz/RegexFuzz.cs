using System;
using System.Collections.Generic;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Model.Regexes;

namespace Slungd.Tests.Fuzz;

/// <summary>No pattern makes the regular expressions fail otherwise than with a message, and with shortcuts, with
/// states and with threads they say the same. The text to match stands behind the last line's end.</summary>
internal static class RegexFuzz
{
    public static readonly byte[][] Seeds =
    [
        "(?P<a>\\w+)[^[:^digit:]]*?|(?i:k+){2,3}\nkK12"u8.ToArray(),
        "\\p{^Greek}\\bσ*[😀-😂]+\\x{1F600}$\nа😀😀"u8.ToArray(),
        "(?:(a*)+b|\\Q[\\E|(?U).{0,9})*.*x.+\naab[x1"u8.ToArray(),
        "(?m-s)^.*$\\n\\z(?<n>)\\W\\D\\pN\na"u8.ToArray(),
    ];

    private static readonly HashSet<int> s_groups = [1, 2];

    public static void Run(ReadOnlySpan<byte> input)
    {
        if (input.Length > 300) input = input[..300];
        int end = input.LastIndexOf((byte)'\n');
        string pattern = Encoding.UTF8.GetString(end < 0 ? input : input[..end]);
        string text = Encoding.UTF8.GetString(end < 0 ? input : input[(end + 1)..]);
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        RegexProgram program;
        try
        {
            program = RegexProgram.Of(pattern, dotIsAll: true);
        }
        catch (RegexSyntaxException wrong)
        {
            bool isTaken = LabelPattern.TryParse(pattern, out _, out _);
            Expect(wrong.Message.Length > 0 && !isTaken, $"{pattern}: {wrong.Message}");
            return;
        }
        Expect(LabelPattern.TryParse(pattern, out LabelPattern? label, out string? error), $"{pattern}: {error}");
        bool isMatch = new RegexAutomaton(program).IsMatch(bytes);
        Expect(label!.IsMatch(bytes) == isMatch, $"{pattern} on {text} has shortcuts that are wrong");
        RegexSubmatches submatches = new(program, s_groups);
        Expect(submatches.TryMatch(text) == isMatch, $"{pattern} on {text} differs with groups");
        if (isMatch) submatches.TryGet(1, text, out _);
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds) throw new InvalidOperationException(otherwise);
    }
}
