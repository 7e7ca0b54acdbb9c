using System;
using System.Linq;
using System.Text;
using Slungd.Engine.Model;
using Slungd.Engine.Model.Regexes;
using Xunit;

namespace Slungd.Tests.Engine.Model;

public sealed class PatternLiteralsTests
{
    [Theory]
    [InlineData("host-1.*(3|5)1:9100", "host-1x31:9100", "host-2x31:9100", "host-1x31:9101")]
    [InlineData(".*ab[0-9]+c?de*.*", "ab1d", "a1d", "")]
    [InlineData("ab*c", "axc", "bc", "ab")] // b may be missing
    [InlineData("a\\.b\\d", "a.b", "axb1", "")]
    [InlineData("x{2}y{1,3}(z)", "anything", null, null)]
    [InlineData("a[]b]c", "axc", "abd", "bc")]
    public void WhatLacksALiteralNeedsNoAutomaton(string pattern, string may, string? not, string? nor)
    {
        PatternLiterals literals = PatternLiterals.Of(pattern);
        Assert.True(literals.MayMatch(Encoding.UTF8.GetBytes(may)));
        if (not is not null) Assert.False(literals.MayMatch(Encoding.UTF8.GetBytes(not)));
        if (nor is not null) Assert.False(literals.MayMatch(Encoding.UTF8.GetBytes(nor)));
    }

    [Theory]
    [InlineData("ab|cd")]
    [InlineData("(?i)abc")]
    [InlineData("a(?i:b)c")]
    [InlineData("\\Qa*\\E.")]
    [InlineData("\\x61bc.")]
    [InlineData("a{,2}.")]
    [InlineData("[[:alpha:]]bc")]
    [InlineData("\U0001F600?a")]
    public void WhatIsNotSimpleHasNone(string pattern) =>
        Assert.True(PatternLiterals.Of(pattern).MayMatch("~"u8));

    /// <summary>A pattern with its shortcuts against the automaton alone.</summary>
    [Fact]
    public void ShortcutsChangeNoAnswer()
    {
        string[] pieces = ["a", "b", "ab", "é", "\\.", ".", "\\d", "[ab]", "[^a]", "(a|b)", "(?:ab)", "a{2}", "b{0,2}",
            "\\w", "1", "|", "^", "$", "(ab)", "x", "]", "\\Qa.\\E", "(?i)", "(?i:A)", "\\x61", "\\s", "-"];
        string[] repeats = ["", "", "", "", "*", "+", "?", "{2}", "{1,}", "*?"];
        var random = new Random(11);
        int matches = 0;
        for (int i = 0; i < 1200; i++)
        {
            string pattern = string.Concat(Enumerable.Range(0, 1 + random.Next(6)).Select(_ =>
            {
                string piece = pieces[random.Next(pieces.Length)];
                return piece is "|" or "^" or "$" or "(?i)" || piece.EndsWith('}') ? piece
                    : piece + repeats[random.Next(repeats.Length)];
            }));
            if (!LabelPattern.TryParse(pattern, out LabelPattern? made, out _)) continue;
            var plain = new RegexAutomaton(RegexProgram.Of(pattern, dotIsAll: true));
            for (int n = 0; n < 20; n++)
            {
                string text = string.Concat(Enumerable.Range(0, random.Next(7))
                    .Select(_ => "aabbA1.éx] -"[random.Next(12)]));
                bool isMatch = plain.IsMatch(Encoding.UTF8.GetBytes(text));
                if (isMatch) matches++;
                if (made!.IsMatch(Encoding.UTF8.GetBytes(text)) != isMatch)
                    Assert.Fail($"{pattern} on {text}: {isMatch}");
            }
        }
        Assert.InRange(matches, 500, 20_000);
    }
}
