using System;
using System.Linq;
using Slungd.Engine.Model.Regexes;
using Slungd.Engine.PromQL.Functions;
using Xunit;

namespace Slungd.Tests.Engine.PromQL.Functions;

/// <summary>What label_replace() makes of values, as Prometheus does.</summary>
public sealed class LabelTemplateTests
{
    [Theory]
    [InlineData("(?P<method>\\w+) (.*)", "$1 $2", "GET /a", "GET /a")]
    [InlineData("(?P<method>\\w+) (?P<path>.*)", "$2 $1", "GET /a", "/a GET")]
    [InlineData("(\\w+) (?P<path>.*)", "$2 $1", "GET /a", "/a GET")]
    [InlineData("(?P<method>\\w+) (.*)", "$method-${method}y", "GET /a", "GET-GETy")]
    [InlineData("(?P<x>a+).", "$xy", "ab", "")]
    [InlineData("(?P<x>a)|(?P<x>b)", "$x", "b", "b")]
    [InlineData("(a*)+b", "$1", "aab", "aa")]
    [InlineData("(.)", "$1$0", "😀", "😀😀")]
    [InlineData("(.*)", "$$1$", "ab", "$1$")]
    [InlineData("(.*)", "${1", "ab", "${1")]
    [InlineData("(.*)", "${ 1}$-1", "ab", "${ 1}$-1")]
    [InlineData("(.*)", "$10$01$1_", "ab", "")]
    [InlineData("(.*)", "<$99999999999>", "ab", "<>")]
    [InlineData("(a)(b)?c", "$1$2", "ac", "a")]
    [InlineData("(.*)", "$é|$1é|${1}é", "x", "||xé")]
    [InlineData("a", "$1", "b", null)]
    [InlineData("a", "b", "ab", null)]
    public void Groups_are_counted_by_their_parentheses(string pattern, string template, string value, string? wanted)
    {
        LabelTemplate replacement = new(RegexProgram.Of(pattern, dotIsAll: true), template);
        Assert.Equal(wanted, replacement.Replace(value));
    }

    [Fact]
    public void Long_results_are_not_made()
    {
        string template = string.Concat(Enumerable.Repeat("$1", 20_000));
        LabelTemplate replacement = new(RegexProgram.Of("(.*)", dotIsAll: true), template);
        Assert.InRange(replacement.Replace(new string('x', 1000), maxChars: 5000)!.Length, 5001, 6000);
    }

    [Fact]
    public void Long_matches_can_be_ended()
    {
        LabelTemplate replacement = new(RegexProgram.Of("(?:.?){999}y", dotIsAll: true), "x");
        Assert.Throws<OperationCanceledException>(() => replacement.Replace(new string('x', 1000), 5000,
            static () => throw new OperationCanceledException()));
    }
}
