using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;
using Slungd.Engine.Model.Regexes;
using Xunit;

namespace Slungd.Tests.Engine.Model.Regexes;

public sealed class RegexSubmatchesTests
{
    private static readonly HashSet<int> s_groups = [1, 2, 3];

    /// <summary>Go's answers.</summary>
    [Theory]
    [InlineData("(a*)+b", "aab", "aa||")]
    [InlineData("(a*)*(b)", "aab", "aa|b|")]
    [InlineData("(a|b)+", "ab", "b||")]
    [InlineData("(a*?)(b|1)", "aab", "aa|b|")]
    [InlineData("(?:(a)|b)*", "ab", "a||")]
    [InlineData("(a|ab)(b|)", "ab", "a|b|")]
    [InlineData("(a+)(a*)", "aaa", "aaa||")]
    [InlineData("(?U)(a+)(a*)", "aaa", "a|aa|")]
    [InlineData("(a+?)(a*)", "aaa", "a|aa|")]
    [InlineData("(.)(\\W+)", "😀😀é", "😀|😀é|")]
    [InlineData("(?i)(ß+)(S)", "ẞßſ", "ẞß|ſ|")]
    [InlineData("(?P<x>a)(b)(?P<y>c)?", "ab", "a|b|")]
    [InlineData("()(\\b)a(^|$)", "a", "||")]
    [InlineData("(a)|b", "x", null)]
    [InlineData("a", "aa", null)]
    public void Groups_take_what_they_take_in_Go(string pattern, string text, string? groups)
    {
        RegexSubmatches submatches = new(RegexProgram.Of(pattern, dotIsAll: true), s_groups);
        for (int again = 0; again < 2; again++) Assert.Equal(groups, Groups(submatches, text));
    }

    /// <summary>Where the framework means the same it finds the same.</summary>
    [Fact]
    public void Groups_are_those_of_a_backtracking_search()
    {
        var random = new Random(3);
        int matches = 0;
        for (int i = 0; i < 1500; i++)
        {
            string pattern = RandomPattern.MakeCommon(random, depth: 2);
            RegexProgram program;
            try
            {
                program = RegexProgram.Of(pattern, dotIsAll: false);
            }
            catch (RegexSyntaxException)
            {
                continue;
            }
            if (HasEmptyLoop(RegexParser.Parse(pattern, false, out _))) continue; // the framework stops elsewhere
            RegexSubmatches submatches = new(program, s_groups);
            Regex reference = new($@"\A(?:{pattern.Replace("$", "\\z", StringComparison.Ordinal)})\z");
            for (int n = 0; n < 10; n++)
            {
                string text = RandomPattern.Text(random).Replace("😀", "é", StringComparison.Ordinal);
                Match match = reference.Match(text);
                string? wanted = match.Success
                    ? string.Join('|', s_groups.Select(group => match.Groups[group].Value)) : null;
                if (match.Success) matches++;
                string? found = Groups(submatches, text);
                if (found != wanted) Assert.Fail($"{pattern} on {text}: {wanted}, and not {found}");
            }
        }
        Assert.InRange(matches, 300, 15_000);
    }

    [Fact]
    public void Groups_that_nobody_wants_cost_nothing()
    {
        RegexProgram program = RegexProgram.Of(string.Concat(Enumerable.Repeat("(a)", 3000)), dotIsAll: true);
        RegexSubmatches submatches = new(program, new HashSet<int> { 2999, 5000 });
        string text = new('a', 3000);
        Assert.True(submatches.TryMatch(text));
        Assert.False(submatches.TryGet(1, text, out _));
        Assert.False(submatches.TryGet(5000, text, out _));
        Assert.True(submatches.TryGet(2999, text, out ReadOnlySpan<char> taken));
        Assert.Equal("a", taken.ToString());
        Assert.Throws<RegexSyntaxException>(() => new RegexSubmatches(program, Enumerable.Range(0, 3000).ToHashSet()));
    }

    private static bool HasEmptyLoop(RegexNode node)
    {
        if (node.Kind == RegexNodeKind.Repeat && node.Parts[0].CanBeEmpty) return true;
        foreach (RegexNode part in node.Parts)
            if (HasEmptyLoop(part)) return true;
        return false;
    }

    private static string? Groups(RegexSubmatches submatches, string text) => !submatches.TryMatch(text) ? null
        : string.Join('|', s_groups.Select(group =>
            submatches.TryGet(group, text, out ReadOnlySpan<char> taken) ? taken.ToString() : ""));
}
