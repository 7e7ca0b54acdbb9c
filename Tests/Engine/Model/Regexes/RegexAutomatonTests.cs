using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Slungd.Engine.Model.Regexes;
using Xunit;

namespace Slungd.Tests.Engine.Model.Regexes;

/// <summary>What matches is what matches in Go's regexp, whose answers stand here.</summary>
public sealed class RegexAutomatonTests
{
    private static readonly string[] s_texts =
    [
        "", "5", "x", "ab", "a1", "aab", "GET /a", "-", "\n", "a\nb", " ", "\u00A0", "é", "Éi", "éa b", "٣", "s", "S",
        "ſ", "k", "\u212A", "σ", "ς", "Σ", "😀", "😂", "😀😀", "a😀", "Я", "я", "字",
    ];

    [Theory]
    [InlineData("[[:^digit:]]", "x - \n NBSP é ٣ s S ſ k K σ ς Σ 😀 😂 Я я 字 SP")]
    [InlineData("[[:^digit:]]+", "x ab aab - \n a\nb SP NBSP é Éi éa_b ٣ s S ſ k K σ ς Σ 😀 😂 😀😀 a😀 Я я 字 GET_/a")]
    [InlineData("[[:^alpha:]x]", "5 x - \n SP NBSP é ٣ ſ K σ ς Σ 😀 😂 Я я 字")]
    [InlineData("[^[:^alpha:]x]", "s S k")]
    [InlineData("[[:^space:]]{2}", "ab a1 Éi 😀😀 a😀")]
    [InlineData("..", "ab a1 Éi 😀😀 a😀")]
    [InlineData("[^a]", "5 x - \n SP NBSP é ٣ s S ſ k K σ ς Σ 😀 😂 Я я 字")]
    [InlineData("\\S", "5 x - NBSP é ٣ s S ſ k K σ ς Σ 😀 😂 Я я 字")]
    [InlineData("\\D\\D", "ab Éi 😀😀 a😀")]
    [InlineData("\\W", "- \n SP NBSP é ٣ ſ K σ ς Σ 😀 😂 Я я 字")]
    [InlineData("[\\W]", "- \n SP NBSP é ٣ ſ K σ ς Σ 😀 😂 Я я 字")]
    [InlineData("[^\\W]", "5 x s S k")]
    [InlineData("[\\D5]", "5 x - \n SP NBSP é ٣ s S ſ k K σ ς Σ 😀 😂 Я я 字")]
    [InlineData("[\\S]", "5 x - NBSP é ٣ s S ſ k K σ ς Σ 😀 😂 Я я 字")]
    [InlineData("(?i)[^\\W]", "5 x s S ſ k K")]
    [InlineData("😀+", "😀 😀😀")]
    [InlineData("[😀-😂]", "😀 😂")]
    [InlineData("\\x{1F600}", "😀")]
    [InlineData("[\\x{1F600}x]+", "x 😀 😀😀")]
    [InlineData("\\p{So}", "😀 😂")]
    [InlineData("a\\pS", "a😀")]
    [InlineData("\\p{Greek}", "σ ς Σ")]
    [InlineData("\\p{^Greek}", "5 x - \n SP NBSP é ٣ s S ſ k K 😀 😂 Я я 字")]
    [InlineData("\\P{^Cyrillic}|\\p{Han}", "Я я 字")]
    [InlineData("\\p{Lu}.*", "Éi GET_/a S K Σ Я")]
    [InlineData("(?i)\\p{Lu}", "x é s S ſ k K σ ς Σ Я я")]
    [InlineData("(?i)σ", "σ ς Σ")]
    [InlineData("(?i)[Σ]", "σ ς Σ")]
    [InlineData("(?i)s", "s S ſ")]
    [InlineData("(?i)[j-l]", "k K")]
    [InlineData("(?i)я", "Я я")]
    [InlineData("\\bÉi", "")]
    [InlineData("É\\bi", "Éi")]
    [InlineData("\\Ba.*", "")]
    [InlineData("(?U)a+b", "ab aab")]
    [InlineData("(?m)a$(.|\n)*", "a\nb")]
    [InlineData("(?m)a\n^b$", "a\nb")]
    [InlineData("a\n^b", "")]
    [InlineData("(?-s)a.b", "aab")]
    [InlineData("a.b", "a\nb aab")]
    [InlineData("\\Qa1\\E|\\Q-", "a1 -")]
    [InlineData("[]x]|[^]a]{2}", "x Éi 😀😀")]
    [InlineData("\\x35|\\061*[[:upper:]]|\\141\\x62", "5 S ab")]
    [InlineData("a{1,2}b|(?:x){0}-", "ab aab -")]
    [InlineData("(?:a*)*b|(?:|x)+", "EMPTY x ab aab")]
    [InlineData("(?P<a>x)|(?<b>5)|[x5-]", "5 x -")]
    public void Patterns_match_what_they_match_in_Go(string pattern, string matches)
    {
        RegexAutomaton automaton = new(RegexProgram.Of(pattern, dotIsAll: true));
        string[] wanted = [.. matches.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word switch
        {
            "SP" => " ",
            "NBSP" => "\u00A0",
            "EMPTY" => "",
            "K" => "\u212A",
            _ => word.Replace('_', ' '),
        })];
        string[] found = [.. s_texts.Where(text => automaton.IsMatch(Encoding.UTF8.GetBytes(text)))];
        Assert.Equal(wanted.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_replacement_characters()
    {
        RegexAutomaton automaton = new(RegexProgram.Of("a\uFFFD{2}.", dotIsAll: true));
        Assert.True(automaton.IsMatch([(byte)'a', 0xF0, 0x9F, (byte)'b']));
        Assert.False(automaton.IsMatch([(byte)'a', 0xF0, (byte)'b']));
    }

    /// <summary>Sets of states that are forgotten on the way, many texts, and other threads change no answer.</summary>
    [Fact]
    public void States_are_made_anew()
    {
        RegexAutomaton automaton = new(RegexProgram.Of("(?:.*x)?[^x]{14}|.*x[^z]{13}[α-ω]", dotIsAll: true));
        var random = new Random(5);
        for (int i = 0; i < 300; i++)
        {
            string text = string.Concat(Enumerable.Range(0, 200).Select(_ => "xyα"[random.Next(3)]));
            bool isMatch = text.LastIndexOf('x') == text.Length - 15 || text[^15] == 'x' && text[^1] is 'α';
            Assert.Equal(isMatch, automaton.IsMatch(Encoding.UTF8.GetBytes(text)));
        }
    }

    /// <summary>The automaton against sets of ends, found node by node.</summary>
    [Fact]
    public void Automaton_and_definition_agree()
    {
        var random = new Random(7);
        int matches = 0;
        for (int i = 0; i < 1500; i++)
        {
            string pattern = RandomPattern.Make(random, depth: 2);
            RegexNode node;
            try
            {
                node = RegexParser.Parse(pattern, dotIsAll: false, out _);
            }
            catch (RegexSyntaxException)
            {
                continue;
            }
            RegexAutomaton automaton = new(RegexProgram.Of(pattern, dotIsAll: false));
            for (int n = 0; n < 10; n++)
            {
                string text = RandomPattern.Text(random);
                int[] codes = [.. text.EnumerateRunes().Select(rune => rune.Value)];
                bool isMatch = Ends(node, codes, [0]).Contains(codes.Length);
                if (isMatch) matches++;
                if (automaton.IsMatch(Encoding.UTF8.GetBytes(text)) != isMatch)
                    Assert.Fail($"{pattern} on {text}: {isMatch}");
            }
        }
        Assert.InRange(matches, 500, 15_000);
    }

    private static HashSet<int> Ends(RegexNode node, int[] text, HashSet<int> starts)
    {
        switch (node.Kind)
        {
            case RegexNodeKind.Set:
                return [.. starts.Where(at => at < text.Length && node.Set!.Contains(text[at])).Select(at => at + 1)];
            case RegexNodeKind.Concat:
                foreach (RegexNode part in node.Parts) starts = Ends(part, text, starts);
                return starts;
            case RegexNodeKind.Alternate:
                HashSet<int> either = [];
                foreach (RegexNode part in node.Parts) either.UnionWith(Ends(part, text, starts));
                return either;
            case RegexNodeKind.Capture:
                return Ends(node.Parts[0], text, starts);
            case RegexNodeKind.Repeat:
                for (int i = 0; i < node.Min; i++) starts = Ends(node.Parts[0], text, starts);
                HashSet<int> all = [.. starts];
                for (int i = node.Min; i < (node.Max ?? node.Min + text.Length); i++)
                    all.UnionWith(starts = Ends(node.Parts[0], text, starts));
                return all;
            default:
                return [.. starts.Where(at => new RegexPlace(at > 0 ? text[at - 1] : -1,
                    at < text.Length ? text[at] : -1).Holds(node.Kind))];
        }
    }
}
