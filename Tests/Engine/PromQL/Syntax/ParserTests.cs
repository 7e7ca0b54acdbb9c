using Slungd.Engine.PromQL.Syntax;
using Xunit;

namespace Slungd.Tests.Engine.PromQL.Syntax;

/// <summary>What reads, how it is understood (by printing it), and what errors say.</summary>
public sealed class ParserTests
{
    [Theory]
    [InlineData("1", "1")]
    [InlineData("+Inf", "+Inf")]
    [InlineData("-nan", "NaN")]
    [InlineData(".5", "0.5")]
    [InlineData("5.", "5")]
    [InlineData("1e3", "1000")]
    [InlineData("12.34e-6", "0.00001234")]
    [InlineData("0x1F", "31")]
    [InlineData("017", "15")]
    [InlineData("1_000", "1000")]
    [InlineData("1h30m", "1h30m")]
    [InlineData("90s", "1m30s")]
    [InlineData("'a\\'b'", "\"a'b\"")]
    [InlineData("`a\\n\"`", "\"a\\\\n\\\"\"")]
    [InlineData("\"\\u65e5\\xc5\"", "\"日\\xc5\"")]
    [InlineData("1 + 2 * 3 ^ 2 ^ 2 - 1", "1 + 2 * 3 ^ 2 ^ 2 - 1")]
    [InlineData("-2^---1*3", "-2 ^ -1 * 3")]
    [InlineData("1 == bool 1", "1 == bool 1")]
    [InlineData("foo", "foo")]
    [InlineData("foo:bar:baz", "foo:bar:baz")]
    [InlineData("sum", "sum")]
    [InlineData("offset", "offset")]
    [InlineData("{foo=\"bar\"}", "{foo=\"bar\"}")]
    [InlineData("foo{a='b', c=~\"d|e\",}", "foo{a=\"b\",c=~\"d|e\"}")]
    [InlineData("{\"my.metric\", \"a.b\"!=\"c\"}", "{\"a.b\"!=\"c\",__name__=\"my.metric\"}")]
    [InlineData("foo[5m] offset 1w", "foo[5m] offset 1w")]
    [InlineData("foo @ 1603774568", "foo @ 1603774568.000")]
    [InlineData("foo @ -1.2345", "foo @ -1.234")]
    [InlineData("foo[5m] @ start() offset -1m", "foo[5m] @ start() offset -1m")]
    [InlineData("foo offset 5m @ end()", "foo @ end() offset 5m")]
    [InlineData("foo[300]", "foo[5m]")]
    [InlineData("rate(foo[5m])[1h:30s] @ 10 offset 1m", "rate(foo[5m])[1h:30s] @ 10.000 offset 1m")]
    [InlineData("foo[1h:]", "foo[1h:]")]
    [InlineData("SUM BY (a, \"b.c\") (foo)", "sum by (a, \"b.c\") (foo)")]
    [InlineData("sum(foo) without (on, by)", "sum without (on, by) (foo)")]
    [InlineData("topk by () (3, foo)", "topk(3, foo)")]
    [InlineData("count_values(\"v\", foo)", "count_values(\"v\", foo)")]
    [InlineData("a + on(x) group_left(y) b", "a + on (x) group_left (y) b")]
    [InlineData("a > bool ignoring(x) group_right b", "a > bool ignoring (x) group_right () b")]
    [InlineData("a and on() b or c unless d", "a and on () b or c unless d")]
    [InlineData("foo # comment\n + bar", "foo + bar")]
    [InlineData("foo[5m + step()]", "foo[5m + step()]")]
    [InlineData("foo[-(2s) + 2 * (1m - 3s) ^ 2]", "foo[-2s + 2 * (1m - 3s) ^ 2]")]
    [InlineData("foo offset -2 ^ 2", "foo offset -2s ^ 2")]
    [InlineData("foo offset -(2 ^ 2)", "foo offset -(2 ^ 2)")]
    [InlineData("foo[max(step(), 5m):min(1m, range())]", "foo[max(step(), 5m):min(1m, range())]")]
    [InlineData("rate(foo[5m] anchored)", "rate(foo[5m] anchored)")]
    [InlineData("info(foo, {data=~\".*\"})", "info(foo, {data=~\".*\"})")]
    public void A_query_reads_and_prints(string text, string printed)
    {
        Assert.True(Parser.TryParse(text, ParserOptions.Everything, out Expr? query, out SyntaxError error), error.In(
            text));
        Assert.Equal(printed, query.ToString());
        Assert.True(Parser.TryParse(printed, ParserOptions.Everything, out Expr? again, out error), error.In(printed));
        Assert.Equal(printed, again.ToString());
    }

    [Theory]
    [InlineData("", "1:1: parse error: no expression found in input")]
    [InlineData("# just a comment", "1:1: parse error: no expression found in input")]
    [InlineData("1 +", "1:4: parse error: unexpected end of input")]
    [InlineData("*1", "1:1: parse error: unexpected <op:*>")]
    [InlineData("(1", "1:1: parse error: unclosed left parenthesis")]
    [InlineData("1)", "1:2: parse error: unexpected \")\"")]
    [InlineData("1 foo", "1:3: parse error: unexpected identifier \"foo\"")]
    [InlineData("1 > 2", "1:3: parse error: comparisons between scalars must use BOOL modifier")]
    [InlineData("1 and 1", "1:1: parse error: set operator \"and\" not allowed in binary scalar expression")]
    [InlineData("1 + bool 1", "1:3: parse error: bool modifier can only be used on comparison operators")]
    [InlineData("foo and on(a) group_left(b) c", "1:1: parse error: no grouping allowed for \"and\" operation")]
    [InlineData("a + on(x) group_left(x) b",
        "1:1: parse error: label \"x\" must not occur in ON and GROUP clause at once")]
    [InlineData("1 + on(x) b", "1:1: parse error: vector matching only allowed between instant vectors")]
    [InlineData("foo[5m] + 1",
        "1:1: parse error: binary expression must contain only scalar and instant vector types")]
    [InlineData("\nfoo{a=1}", "2:7: parse error: unexpected character inside braces: '1'")]
    [InlineData("foo{a=b}", "1:7: parse error: unexpected identifier \"b\" in label matching, expected string")]
    [InlineData("foo{a}",
        "1:6: parse error: unexpected \"}\" in label matching, expected label matching operator")]
    [InlineData("foo{a='b' c='d'}",
        "1:11: parse error: unexpected identifier \"c\" in label matching, expected \",\" or \"}\"")]
    [InlineData("foo{", "1:5: parse error: unexpected end of input inside braces")]
    [InlineData("foo{a='x}", "1:7: parse error: unterminated quoted string")]
    [InlineData("{}", "1:1: parse error: vector selector must contain at least one non-empty matcher")]
    [InlineData("{a=~\".*\"}", "1:1: parse error: vector selector must contain at least one non-empty matcher")]
    [InlineData("foo{__name__='bar'}",
        "1:1: parse error: metric name must not be set twice: \"foo\" or \"bar\"")]
    [InlineData("foo[]", "1:5: parse error: unexpected \"]\" in subquery or range selector, " +
        "expected number or duration")]
    [InlineData("foo[0s]", "1:5: parse error: duration must be greater than 0")]
    [InlineData("foo[-5m]", "1:5: parse error: duration must be greater than 0")]
    [InlineData("foo[5x]", "1:5: parse error: bad number or duration syntax: \"5x\"")]
    [InlineData("foo[5m", "1:7: parse error: unexpected end of input in duration expression")]
    [InlineData("foo[1m5h]", "1:5: parse error: not a valid duration string: \"1m5h\"")]
    [InlineData("sum(foo)[5m]", "1:9: parse error: ranges only allowed for vector selectors")]
    [InlineData("foo offset 1m[5m]", "1:14: parse error: no offset modifiers allowed before range")]
    [InlineData("foo @ 1 [5m]", "1:9: parse error: no @ modifiers allowed before range")]
    [InlineData("foo offset 1m offset 2m", "1:1: parse error: offset may not be set multiple times")]
    [InlineData("1 offset 1m", "1:1: parse error: offset modifier must be preceded by an instant vector selector " +
        "or range vector selector or a subquery, but follows a scalar instead")]
    [InlineData("foo @ bar", "1:7: parse error: unexpected identifier \"bar\" in @, expected timestamp")]
    [InlineData("foo @ 1e100", "1:7: parse error: timestamp out of bounds for @ modifier: " +
        "10000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("rate(foo)",
        "1:6: parse error: expected type range vector in call to function \"rate\", got instant vector")]
    [InlineData("rate()", "1:1: parse error: expected 1 argument(s) in call to \"rate\", got 0")]
    [InlineData("round(a, 1, 2)", "1:1: parse error: expected at most 2 argument(s) in call to \"round\", got 3")]
    [InlineData("label_join(a)", "1:1: parse error: expected at least 3 argument(s) in call to \"label_join\", got 1")]
    [InlineData("unknown(a)", "1:1: parse error: unknown function with name \"unknown\"")]
    [InlineData("rate(foo[5m],)", "1:13: parse error: trailing commas not allowed in function call args")]
    [InlineData("sum()", "1:1: parse error: no arguments for aggregate expression provided")]
    [InlineData("topk(foo)",
        "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 2, got 1")]
    [InlineData("topk('a', foo)",
        "1:6: parse error: expected type scalar in aggregation parameter, got string")]
    [InlineData("sum by foo (x)", "1:8: parse error: unexpected identifier \"foo\" in grouping opts, expected \"(\"")]
    [InlineData("sum by (1) (x)", "1:9: parse error: unexpected number \"1\" in grouping opts, expected label")]
    [InlineData("-\"a\"", "1:1: parse error: unary expression only allowed on expressions of type scalar or " +
        "instant vector, got \"string\"")]
    [InlineData("1[5m:]", "1:1: parse error: subquery is only allowed on instant vector, got scalar")]
    [InlineData("info(foo, bar)",
        "1:11: parse error: expected label selectors only, got vector selector instead")]
    [InlineData("foo[5m/0]", "1:7: parse error: division by zero")]
    [InlineData("foo=~\"a\"", "1:4: parse error: unexpected character after '=': '~'")]
    [InlineData("'\\8'", "1:1: parse error: invalid escape sequence in '\\8'")]
    public void An_error_says_what_and_where(string text, string message)
    {
        Assert.False(Parser.TryParse(text, ParserOptions.Everything, out _, out SyntaxError error));
        Assert.Equal(message, error.In(text));
    }

    [Theory]
    [InlineData("mad_over_time(foo[5m])", "function \"mad_over_time\" is not enabled")]
    [InlineData("limitk(1, foo)", "limitk() is experimental and must be enabled")]
    [InlineData("foo[5m + 1m]", "experimental duration expression is not enabled")]
    [InlineData("foo offset (5m)", "experimental duration expression is not enabled")]
    [InlineData("rate(foo[5m] smoothed)", "smoothed modifier is experimental and not enabled")]
    public void What_is_experimental_is_off_by_default(string text, string message)
    {
        Assert.False(Parser.TryParse(text, default, out _, out SyntaxError error));
        Assert.Equal(message, error.Message);
        Assert.True(Parser.TryParse(text, ParserOptions.Everything, out _, out _));
    }

    [Fact]
    public void Depth_is_bounded()
    {
        foreach (string text in new[]
        {
            new string('(', 100_000), new string('-', 100_000) + "1", "a" +
                string.Concat(System.Linq.Enumerable.Repeat("+a", 300)),
            "foo" + string.Concat(System.Linq.Enumerable.Repeat("[1m:]", 1)) + new string('(', 10),
            "foo[" + new string('(', 100_000), "abs(" + string.Concat(System.Linq.Enumerable.Repeat("abs(", 5_000)),
        })
            Assert.False(Parser.TryParse(text, ParserOptions.Everything, out _, out _));
        string deep = new string('(', 100) + "1" + new string(')', 100);
        Assert.True(Parser.TryParse(deep, default, out _, out _));
    }

    [Fact]
    public void A_long_query_is_printed_over_several_lines()
    {
        const string Text =
            "sum by (job, instance) (rate(http_requests_total{job=\"api-server\", status=~\"5..\"}[5m])) " +
            "/ on (job, instance) group_left () sum by (job, instance) (rate(http_requests_total[5m]))";
        const string Pretty = """
              sum by (job, instance) (rate(http_requests_total{job="api-server",status=~"5.."}[5m]))
            / on (job, instance) group_left ()
              sum by (job, instance) (rate(http_requests_total[5m]))
            """;
        Assert.True(Parser.TryParse(Text, default, out Expr? query, out _));
        Assert.Equal(Pretty.ReplaceLineEndings("\n"), PrettyPrinter.Print(query));
        Assert.True(Parser.TryParse(PrettyPrinter.Print(query), default, out Expr? again, out _));
        Assert.Equal(query.ToString(), again.ToString());
    }
}
