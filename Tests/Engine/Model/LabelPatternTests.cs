using System.Text;
using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.Engine.Model;

/// <summary>Patterns match whole values, in RE2's dialect, with or without an automaton.</summary>
public sealed class LabelPatternTests
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
    [InlineData(".+.+", "éa", "é")] // two characters, not two bytes
    [InlineData(".+é.+", "éé😀", "éé")]
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
    [InlineData("[[:^digit:]]+", "a😀", "5")]
    [InlineData(".😀+", "😂😀😀", "😀")]
    public void Whole_values_match(string pattern, string yes, string? no)
    {
        Assert.True(LabelPattern.TryParse(pattern, out LabelPattern? made, out string? error), error);
        Assert.True(made!.IsMatch(Encoding.UTF8.GetBytes(yes)));
        if (no is not null) Assert.False(made.IsMatch(Encoding.UTF8.GetBytes(no)));
    }

    [Theory]
    [InlineData("a(")]
    [InlineData("*a")]
    [InlineData("(?=a)b")]
    [InlineData("(a)\\1")]
    [InlineData("((a{1000}){1000}){1000}")]
    public void What_is_no_linear_expression_is_refused(string pattern)
    {
        Assert.False(LabelPattern.TryParse(pattern, out _, out string? error));
        Assert.False(string.IsNullOrEmpty(error));
    }

    [Theory]
    [InlineData("\\.+*?()|[]{}^$")]
    [InlineData("a b#c\n-é😀\\d")]
    [InlineData("")]
    public void Texts_can_be_escaped(string text)
    {
        Assert.True(LabelPattern.TryParse(LabelPattern.Escape(text), out LabelPattern? pattern, out _));
        Assert.True(pattern!.IsMatch(Encoding.UTF8.GetBytes(text)));
        Assert.False(pattern.IsMatch(Encoding.UTF8.GetBytes(text + "x")));
        Assert.True(LabelPattern.TryParse(LabelPattern.Escape(text) + "\\b?", out pattern, out _));
        Assert.True(pattern!.IsMatch(Encoding.UTF8.GetBytes(text)));
    }

    [Fact]
    public void Lists_of_literals_are_known()
    {
        Assert.True(LabelPattern.TryParse("(a|b\\.c|)", out LabelPattern? pattern, out _));
        Assert.Equal(["a"u8.ToArray(), "b.c"u8.ToArray(), []], pattern!.Alternatives!);
        Assert.True(LabelPattern.TryParse("a.b", out pattern, out _));
        Assert.Null(pattern!.Alternatives);
    }
}
