using System.Linq;
using Slungd.Engine.Model.Regexes;
using Xunit;

namespace Slungd.Tests.Engine.Model.Regexes;

/// <summary>What RE2 refuses is refused, with Go's message.</summary>
public sealed class RegexParserTests
{
    private const string Perl = "invalid or unsupported Perl syntax: ";
    private const string Escape = "invalid escape sequence: ";
    private const string Range = "invalid character class range: ";
    private const string Nested = "invalid nested repetition operator: ";
    private const string Missing = "missing argument to repetition operator: ";

    [Theory]
    [InlineData("(?x)a b", Perl + "`(?x`")]
    [InlineData("(?n)a", Perl + "`(?n`")]
    [InlineData("(?#x)a", Perl + "`(?#`")]
    [InlineData("(?=a)b", Perl + "`(?=`")]
    [InlineData("(?!a)b", Perl + "`(?!`")]
    [InlineData("(?<=a)b", Perl + "`(?<`")]
    [InlineData("(?<!a)b", Perl + "`(?<`")]
    [InlineData("(?>a)", Perl + "`(?>`")]
    [InlineData("(?P=n)", Perl + "`(?P`")]
    [InlineData("(?i-)", Perl + "`(?i-)`")]
    [InlineData("(?'n'a)", Perl + "`(?'`")]
    [InlineData("(?i", "missing closing ): `(?i`")]
    [InlineData("\\e", Escape + "`\\e`")]
    [InlineData("\\Z", Escape + "`\\Z`")]
    [InlineData("\\G", Escape + "`\\G`")]
    [InlineData("\\C", Escape + "`\\C`")]
    [InlineData("(a)\\1", Escape + "`\\1`")]
    [InlineData("\\k<n>", Escape + "`\\k`")]
    [InlineData("\\u0061", Escape + "`\\u`")]
    [InlineData("\\é", Escape + "`\\é`")]
    [InlineData("[\\b]", Escape + "`\\b`")]
    [InlineData("\\x{110000}", Escape + "`\\x{110000`")]
    [InlineData("\\", "trailing backslash at end of expression: ``")]
    [InlineData("[z-a]", Range + "`z-a`")]
    [InlineData("[[:foo:]]", Range + "`[:foo:]`")]
    [InlineData("\\pX", Range + "`\\pX`")]
    [InlineData("\\p{IsGreek}", Range + "`\\p{IsGreek}`")]
    [InlineData("[a", "missing closing ]: `[a`")]
    [InlineData("a**", Nested + "`**`")]
    [InlineData("a++", Nested + "`++`")]
    [InlineData("a*?+?", Nested + "`*?+?`")]
    [InlineData("*", Missing + "`*`")]
    [InlineData("a|+", Missing + "`+`")]
    [InlineData("(?i)*", Missing + "`*`")]
    [InlineData("a{2,1}", "invalid repeat count: `{2,1}`")]
    [InlineData("a{1001}", "invalid repeat count: `{1001}`")]
    [InlineData("a{99999999999}", "invalid repeat count: `{99999999999}`")]
    [InlineData("(a{40}){40}", "invalid repeat count: `{40}`")]
    [InlineData("(?P<é>a)", "invalid named capture: `(?P<é>`")]
    [InlineData("(?P<n", "invalid named capture: `(?P<n`")]
    [InlineData("(a", "missing closing ): `(a`")]
    [InlineData("a)(b", "unexpected ): `a)(b`")]
    [InlineData("(?:[a-z0-9]{100}.{10}){10}b{1000}[^b]", null)]
    [InlineData("(?:abcdefghijklm){1000}", "expression too large: `(?:abcdefghijklm){1000}`")]
    [InlineData("a{,2}{0}(?i)*|()|(|a)|\\_\\-\\a\\v\\0[\\x7f-\\x{10FFFF}]\\p{Any}\\p{^L}\\pN(?)(?i-s:)^*$+\\b?", null)]
    public void Syntax_is_RE2s(string pattern, string? error)
    {
        if (error is null) RegexProgram.Of(pattern, dotIsAll: true);
        else Assert.Equal(error, Assert.Throws<RegexSyntaxException>(() => RegexProgram.Of(pattern, true)).Message);
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("(?:", ")*")]
    public void Nesting_is_limited(string open, string close)
    {
        string Nest(int times) =>
            string.Concat(Enumerable.Repeat(open, times)) + "a" + string.Concat(Enumerable.Repeat(close, times));
        RegexProgram.Of(Nest(400), dotIsAll: true);
        var refused = Assert.Throws<RegexSyntaxException>(() => RegexProgram.Of(Nest(100_000), dotIsAll: true));
        Assert.StartsWith("expression nests too deeply", refused.Message, System.StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(?i)", "\\pL", 50_000, "")]
    [InlineData("[", "\\pL", 100_000, "]")]
    [InlineData("(?i)[", "\\x{80}-\\x{10FFFF}", 100_000, "]")]
    [InlineData("", "|", 1_000_000, "")]
    [InlineData("", "()", 1_000_000, "")]
    public void Size_is_limited_while_reading(string before, string part, int times, string after)
    {
        string pattern = before + string.Concat(Enumerable.Repeat(part, times)) + after;
        var refused = Assert.Throws<RegexSyntaxException>(() => RegexParser.Parse(pattern, true, out _));
        Assert.StartsWith("expression too large", refused.Message, System.StringComparison.Ordinal);
    }

    [Fact]
    public void A_set_that_is_named_often_is_one()
    {
        RegexProgram program = RegexProgram.Of("(?i)" + string.Concat(Enumerable.Repeat("\\pL", 9_000)), true);
        Assert.Single(program.Instructions.Select(i => i.Set).Where(set => set is not null).Distinct());
    }

    [Fact]
    public void Sets_that_overlap_too_much_are_refused()
    {
        string pattern = string.Concat(Enumerable.Range(0x4E00, 9_900).Select(code => $"[^\\x{{{code:x}}}]"));
        RegexProgram program = RegexProgram.Of(pattern, dotIsAll: true);
        Assert.Throws<RegexSyntaxException>(() => new RegexAutomaton(program));
    }

    [Fact]
    public void Groups_are_counted_from_the_left() =>
        Assert.Equal("|,,b,,b", "|" + string.Join(',',
            RegexProgram.Of("(a)(?P<b>x(?:y)(z))(?<b>u)", dotIsAll: true).GroupNames));
}
