using Slungd.Engine.PromQL.Syntax;
using Xunit;

namespace Slungd.Tests.Engine.PromQL.Syntax;

/// <summary>Patterns match whole values, in RE2's dialect, with or without an automaton.</summary>
public sealed class ValuePatternTests
{
    [Theory]
    [InlineData("", "", "a")]
    [InlineData("abc", "abc", "abcd")]
    [InlineData("a|b\\.c", "b.c", "bxc")]
    [InlineData("(a|b)", "a", "(a|b)")]
    [InlineData("a.*", "a", "ba")]
    [InlineData("a.+", "ab", "a")]
    [InlineData(".*a", "ba", "ab")]
    [InlineData(".+a.+", "bab", "ab")]
    [InlineData(".*", "", null)]
    [InlineData(".+", "x\ny", "")]
    [InlineData(".*a.*", "xay", "xy")]
    [InlineData("a\\.*", "a..", "ab")]
    [InlineData("(?i:PRO).*", "production", "reproduction")]
    [InlineData("((?i)PRO).*", "proX", "xpro")]
    [InlineData(".*?x", "aax", "xa")]
    [InlineData("a$", "a", "a\n")]
    [InlineData("\\d+", "12", "١٢")]
    [InlineData("[[:alpha:]_]+", "a_b", "a1")]
    [InlineData("[^\\s]x", "ax", " x")]
    [InlineData("\\Qa.b\\E+", "a.bb", "axb")]
    [InlineData("(?P<n>a)b", "ab", "a")]
    [InlineData("\\x{61}", "a", "b")]
    public void Whole_values_match(string pattern, string yes, string? no)
    {
        Assert.True(ValuePattern.TryCreate(pattern, out ValuePattern? made, out string error), error);
        Assert.True(made!.Matches(yes));
        if (no is not null) Assert.False(made.Matches(no));
    }

    [Theory]
    [InlineData("a(")]
    [InlineData("*a")]
    [InlineData("(?=a)b")]
    [InlineData("(a)\\1")]
    [InlineData("((a{1000}){1000}){1000}")]
    public void What_is_no_linear_expression_is_refused(string pattern)
    {
        Assert.False(ValuePattern.TryCreate(pattern, out _, out string error));
        Assert.StartsWith("error parsing regexp: ", error, System.StringComparison.Ordinal);
    }
}
