using System.Linq;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Xunit;

namespace Slungd.Tests.Engine.Query;

/// <summary>What is no query is refused with what was expected, and where.</summary>
public sealed class DslErrorTests
{
    [Theory]
    // The original's own expectations: InvalidTags, InvalidRange, InvalidQuery, TooManyTags.
    [InlineData("SUM:x:[foo AND]", 14, "expected a tag, NOT or '('")]
    [InlineData("SUM:x:foo AND bar", 6, "expected '[' and tags")]
    [InlineData("AVG:series1:[x]:1,2", 16, "expected '[' and a range")]
    [InlineData("AVG:series1:x:[1,2]", 12, "expected '[' and tags")]
    [InlineData("AVG:series1:[x]:[1mo,now]", 18, "expected a unit of time: ns, us, ms, s, m, h, d or w")]
    [InlineData("AVG:series1:[x]:[1,2]:extra", 22, "expected '[' and a window")] // differs: a fifth part is the window
    [InlineData("AVG:cpu", 7, "expected ':' after the series; quote a name that contains ':' or brackets")]
    [InlineData("AVG:cpu:", 8, "expected '[' and tags")]
    // differs: the original took every unknown op as SUM
    [InlineData("", 0, "expected AVG, MIN, MAX, SUM, COUNT, FIRST, LAST or RAW")]
    [InlineData(":cpu:[]", 0, "expected AVG, MIN, MAX, SUM, COUNT, FIRST, LAST or RAW")]
    [InlineData("?:cpu:[]", 0, "expected AVG, MIN, MAX, SUM, COUNT, FIRST, LAST or RAW")]
    [InlineData("  AVERAGE:cpu:[]", 2, "expected AVG, MIN, MAX, SUM, COUNT, FIRST, LAST or RAW")]
    [InlineData("AVG", 3, "expected ':' after the operator")]
    [InlineData("AVG :cpu:[]", 3, "expected ':' after the operator")]
    // series
    [InlineData("AVG:", 4, "expected the name of a series")]
    [InlineData("AVG::[]", 4, "expected the name of a series")]
    [InlineData("AVG:a[b:[]", 5, "expected ':' after the series; quote a name that contains ':' or brackets")]
    [InlineData("AVG:\"a", 6, "expected a closing quote")]
    [InlineData("AVG:\"a\\", 7, "expected a closing quote")]
    [InlineData("AVG:\"a\\n\":[]", 7, "expected \\\" or \\\\ after a backslash")]
    [InlineData("AVG:\"a\"b:[]", 7, "expected ':' after the series; quote a name that contains ':' or brackets")]
    // tags
    [InlineData("AVG:x:[a b]", 9, "expected AND, OR, NOT or ']'")]
    [InlineData("AVG:x:[a (b)]", 9, "expected AND, OR, NOT or ']'")]
    [InlineData("AVG:x:[a", 8, "expected AND, OR, NOT or ']'")]
    [InlineData("AVG:x:[", 7, "expected a tag, NOT or '('")]
    [InlineData("AVG:x:[AND a]", 7, "expected a tag, NOT or '('")]
    [InlineData("AVG:x:[NOT]", 10, "expected a tag, NOT or '('")]
    [InlineData("AVG:x:[a AND OR b]", 13, "expected a tag, NOT or '('")]
    [InlineData("AVG:x:[()]", 8, "expected a tag, NOT or '('")]
    [InlineData("AVG:x:[(a]", 9, "expected AND, OR, NOT or ')'")]
    [InlineData("AVG:x:[a)]", 8, "expected AND, OR, NOT or ']'")]
    [InlineData("AVG:x:[k=\"a b\"]", 9, "expected a space; quotes enclose a whole tag, as in \"k=v w\"")]
    [InlineData("AVG:x:[\"a\"b]", 10, "expected a space; quotes enclose a whole tag, as in \"k=v w\"")]
    [InlineData("AVG:x:[\"\"]", 8, "expected a tag between the quotes")]
    [InlineData("AVG:x:[\"a]", 10, "expected a closing quote")]
    // range
    [InlineData("AVG:x:[]:[]", 10, "expected a duration such as 90s or 1h")]
    [InlineData("AVG:x:[]:[now]", 10, "expected a duration such as 90s or 1h")]
    [InlineData("AVG:x:[]:[5]", 11, "expected a unit of time: ns, us, ms, s, m, h, d or w")]
    [InlineData("AVG:x:[]:[1,]", 12, "expected a time: now, an integer, a duration or an RFC 3339 time")]
    [InlineData("AVG:x:[]:[,1]", 10, "expected a time: now, an integer, a duration or an RFC 3339 time")]
    [InlineData("AVG:x:[]:[1,2,3]", 13, "expected ']' after the range")]
    [InlineData("AVG:x:[]:[1,2", 13, "expected ']'")]
    [InlineData("AVG:x:[]:[1,soon]", 12, "expected a time: now, an integer, a duration or an RFC 3339 time")]
    [InlineData("AVG:x:[]:[-5m,now]", 12, "expected a digit")] // no future offsets, no sign on a duration
    [InlineData("AVG:x:[]:[-,now]", 11, "expected digits")]
    [InlineData("AVG:x:[]:[1_,2]", 11, "expected a unit of time: ns, us, ms, s, m, h, d or w")]
    [InlineData("AVG:x:[]:[1.5h,now]", 11, "expected a unit of time: ns, us, ms, s, m, h, d or w")]
    [InlineData("AVG:x:[]:[9223372036854775808,1]", 10, "expected an integer that fits 64 bits")]
    [InlineData("AVG:x:[]:[-9223372036854775809,1]", 10, "expected an integer that fits 64 bits")]
    [InlineData("AVG:x:[]:[9223372036854775808s]", 10, "expected a number below 2^63")]
    [InlineData("AVG:x:[]:[1h]:[9223372036854775807s]", 15, "expected a duration that fits 64 bits of us")]
    [InlineData("AVG:x:[]:[2024-01-31,now]", 10, "expected an RFC 3339 time such as 2024-01-31T13:00:00Z")]
    [InlineData("AVG:x:[]:[2024-02-30T00:00:00Z,now]", 10, "expected an RFC 3339 time such as 2024-01-31T13:00:00Z")]
    [InlineData("AVG:x:[]:[1h]x", 13, "expected ':' and a window, BY, or the end")]
    // window
    [InlineData("AVG:x:[]:[1h]:[0s]", 15, "expected a window longer than 0")]
    [InlineData("AVG:x:[]:[1h]:[5]", 16, "expected a unit of time: ns, us, ms, s, m, h, d or w")]
    [InlineData("AVG:x:[]:[1h]:[1500ns]", 15, "expected a whole number of us, the store's precision")]
    [InlineData("AVG:x:[]:[1h]:[1s,2s]", 17, "expected ']' after the window")]
    [InlineData("AVG:x:[]:[1h]:[1s]:[1s]", 18, "expected BY or the end")]
    [InlineData("RAW:x:[]:[1h]:[1s]", 14, "expected the end: RAW has no windows")]
    // BY
    [InlineData("AVG:x:[] BY", 11, "expected a key, without '='")]
    [InlineData("AVG:x:[] BY a,", 14, "expected a key, without '='")]
    [InlineData("AVG:x:[] BY a=b", 12, "expected a key, without '='")]
    [InlineData("AVG:x:[] BY a,b,a", 16, "expected a key that is not yet named")]
    [InlineData("AVG:x:[] BY a b", 14, "expected ',' or the end")]
    [InlineData("AVG:x:[]BY a", 8, "expected ':' and a range, BY, or the end")]
    [InlineData("AVG:x:[] BYE", 9, "expected ':' and a range, BY, or the end")]
    [InlineData("RAW:x:[] BY a", 9, "expected the end: RAW does not group")]
    public void Says_what_was_expected_and_where(string text, int at, string expected)
    {
        QueryParseError error = DslTexts.Error(text);
        Assert.Equal((at, expected), (error.At, error.Message));
        Assert.Equal($"at {at}: {expected}", error.ToString());
    }

    [Fact]
    public void At_most_64_tokens_with_parentheses()
    {
        string fits = new string('(', 31) + "NOT a" + new string(')', 31);
        Assert.Equal("AVG:x:[NOT a]", DslTexts.Parse($"AVG:x:[{fits}]").ToString());
        QueryParseError error = DslTexts.Error($"AVG:x:[({fits})]");
        Assert.Equal(("expected at most 64 tokens", 7 + 1 + fits.Length - 1), (error.Message, error.At));

        string tags = "t" + string.Concat(Enumerable.Repeat(" OR t", 31)); // 32 tags, 31 operators
        DslTexts.Parse($"AVG:x:[NOT {tags}]");
        error = DslTexts.Error($"AVG:x:[{tags} OR t]");
        Assert.Equal(("expected at most 64 tokens", 7 + tags.Length + 4), (error.Message, error.At));
    }

    [Fact]
    public void The_length_is_bounded()
    {
        string tag = new('a', DslTexts.Limits.MaxQueryChars - 8);
        DslTexts.Parse($"AVG:x:[{tag}]");
        QueryParseError error = DslTexts.Error($"AVG:x:[{tag}] ");
        Assert.Equal((DslTexts.Limits.MaxQueryChars, "expected at most 131072 characters"), (error.At, error.Message));
    }

    [Fact]
    public void At_most_16_keys()
    {
        string keys = string.Join(',', Enumerable.Range(0, 16).Select(i => $"k{i}"));
        Assert.Equal(16, DslTexts.Parse($"AVG:x:[] BY {keys}").By.Length);
        Assert.Equal("expected at most 16 keys", DslTexts.Error($"AVG:x:[] BY {keys},k16").Message);
    }

    [Fact]
    public void A_time_must_fit_the_store_s_precision()
    {
        const string query = "AVG:x:[]:[2300-01-01T00:00:00Z,now]";
        DslTexts.Parse(query, Precision.Microseconds);
        string error = DslTexts.Error(query, Precision.Nanoseconds).ToString();
        Assert.Equal("at 10: expected a time that fits 64 bits of ns", error);
    }
}
