using System.Globalization;
using Slungd.Engine.Model;
using Slungd.Engine.Query;
using Xunit;

namespace Slungd.Tests.Engine.Query;

/// <summary>Every row of what is known of the original's language: the notes on its grammar, then the results that its
/// own tests expect. Where the design decides otherwise the row begins with "differs".</summary>
public sealed class DslConformanceTests
{
    private const long Week = 604_800_000_000; // in us, the default precision

    [Theory]
    // query := op ":" series ":" tags [ ":" range ]
    [InlineData("AVG:cpu:[]", "AVG:cpu:[]", "the shortest query")]
    [InlineData("AVG:cpu:[a]:[1,2]", "AVG:cpu:[a]:[1,2]", "all four parts")]
    [InlineData("SUM:cpu:[host=a:8080]", "SUM:cpu:[host=a:8080]", "differs: ':' may stand inside brackets")]
    [InlineData("SUM:\"a:b\":[]", "SUM:\"a:b\":[]", "differs: and inside quotes")]
    [InlineData("AVG:cpu:[a]:[1,2]:[1s]", "AVG:cpu:[a]:[1,2]:[1s]", "differs: a fifth part is the window")]
    // op
    [InlineData("avg:cpu:[]", "AVG:cpu:[]", "differs: any letter case (the original took this as SUM)")]
    [InlineData("CoUnT:cpu:[]", "COUNT:cpu:[]", "differs: any letter case")]
    [InlineData("MIN:cpu:[]", "MIN:cpu:[]", "op")]
    [InlineData("MAX:cpu:[]", "MAX:cpu:[]", "op")]
    [InlineData("SUM:cpu:[]", "SUM:cpu:[]", "op")]
    [InlineData("FIRST:cpu:[]", "FIRST:cpu:[]", "differs: new")]
    [InlineData("LAST:cpu:[]", "LAST:cpu:[]", "differs: new")]
    [InlineData("RAW:cpu:[]", "RAW:cpu:[]", "differs: new")]
    // series: raw text, not trimmed
    [InlineData("AVG: cpu x :[]", "AVG: cpu x :[]", "not trimmed")]
    [InlineData("AVG:s1, s2:[]", "AVG:s1, s2:[]", "one series; the comma lists of older versions are gone")]
    [InlineData("AVG:\"cpu\":[]", "AVG:cpu:[]", "differs: may be quoted")]
    [InlineData("AVG:\"a\\\"b\\\\c[]\":[]", "AVG:\"a\\\"b\\\\c[]\":[]", "differs: \\\" and \\\\ in quotes")]
    [InlineData("AVG:a\"b:[]", "AVG:a\"b:[]", "a quote inside is text")]
    // tags := ws "[" ws [ expr ] ws "]" ws
    [InlineData("AVG:cpu:[   ]", "AVG:cpu:[]", "blank is all series")]
    [InlineData("AVG:cpu: [ a ] ", "AVG:cpu:[a]", "white space around brackets")]
    [InlineData("AVG:cpu:[a   AND\tb]", "AVG:cpu:[a AND b]", "runs of spaces; tabs are trimmed")]
    [InlineData("AVG:cpu:[a and b oR c]", "AVG:cpu:[a AND b OR c]", "operator words in any case")]
    [InlineData("AVG:cpu:[a,b]", "AVG:cpu:[a,b]", "',' is ordinary: one tag")]
    [InlineData("AVG:cpu:[NOT NOT a]", "AVG:cpu:[a]", "double negation")]
    [InlineData("AVG:cpu:[NOT NOT NOT a]", "AVG:cpu:[NOT a]", "NOT repeats")]
    [InlineData("AVG:cpu:[a AND (b OR c)]", "AVG:cpu:[a AND (b OR c)]", "differs: parentheses group")]
    [InlineData("AVG:cpu:[\"a b\" AND \"and\"]", "AVG:cpu:[\"a b\" AND \"and\"]", "differs: quoted tags")]
    [InlineData("AVG:cpu:[k=*]", "AVG:cpu:[k=*]", "differs: any value of k")]
    [InlineData("AVG:cpu:[\"k=*\"]", "AVG:cpu:[\"k=*\"]", "quoted: the tag k=* itself")]
    [InlineData("AVG:cpu:[a=b=*]", "AVG:cpu:[a=b=*]", "the first '=' splits: an ordinary tag")]
    [InlineData("AVG:cpu:[a[0]", "AVG:cpu:[a[0]", "an opening bracket is ordinary")]
    // range
    [InlineData("AVG:cpu:[]: [ 1 , 2 ] ", "AVG:cpu:[]:[1,2]", "white space")]
    [InlineData("AVG:cpu:[]:[-5,+5]", "AVG:cpu:[]:[-5,5]", "signs")]
    [InlineData("AVG:cpu:[]:[1_000,2]", "AVG:cpu:[]:[1000,2]", "'_' between digits, as in the original")]
    [InlineData("AVG:cpu:[]:[NOW,1H]", "AVG:cpu:[]:[now,1h]", "now and units in any case")]
    [InlineData("AVG:cpu:[]:[1h]", "AVG:cpu:[]:[1h,now]", "differs: one duration means up to now")]
    [InlineData("AVG:cpu:[]:[5 ms,7us]", "AVG:cpu:[]:[5ms,7us]", "differs: ms, us and ns")]
    [InlineData("AVG:cpu:[]:[2024-01-31T13:00:00Z,now]", "AVG:cpu:[]:[1706706000000000,now]", "differs: RFC 3339")]
    // the original's own expectations
    [InlineData("SUM:x:[site=eu AND env=prod OR region=west]", "SUM:x:[site=eu AND env=prod OR region=west]", "table")]
    [InlineData("SUM:x:[NOT muted]", "SUM:x:[NOT muted]", "table")]
    [InlineData("AVG:cpu.total:[region=us-west AND NOT host=test]:[1700000000,1700000100]",
        "AVG:cpu.total:[region=us-west NOT host=test]:[1700000000,1700000100]", "table; prints shorter")]
    [InlineData("SUM:s1:[enabled]", "SUM:s1:[enabled]", "table: no range")]
    [InlineData("AVG:x:[]:[1 minute,now]", "AVG:x:[]:[1m,now]", "table")]
    [InlineData("AVG:x:[]:[2weeks,now]", "AVG:x:[]:[2w,now]", "table")]
    // new
    [InlineData("AVG:cpu:[] BY host", "AVG:cpu:[] BY host", "BY")]
    [InlineData("AVG:cpu:[]:[1h]:[60s]  by  host , dc", "AVG:cpu:[]:[1h,now]:[1m] BY host,dc", "BY with blanks")]
    [InlineData("AVG:cpu:[]:[1h] BY \"a b\"", "AVG:cpu:[]:[1h,now] BY \"a b\"", "quoted key")]
    [InlineData(" AVG:cpu:[] ", "AVG:cpu:[]", "white space around")]
    public void Reads(string text, string canonical, string note)
    {
        Assert.Equal(canonical, DslTexts.Parse(text).ToString());
        Assert.Equal(canonical, DslTexts.Parse(canonical).ToString());
        Assert.NotEmpty(note);
    }

    [Theory]
    [InlineData("a AND b OR c", "((a & b) | c)")] // strictly left to right
    [InlineData("a OR b AND c", "((a | b) & c)")]
    [InlineData("a OR (b AND c)", "(a | (b & c))")]
    [InlineData("x NOT y", "(x & !y)")] // differs: the original's history lost the NOT
    [InlineData("x NOT NOT y", "(x & y)")]
    [InlineData("x AND NOT y", "(x & !y)")]
    [InlineData("x AND NOT NOT y", "(x & y)")]
    [InlineData("x OR NOT y", "(x | !y)")]
    [InlineData("x NOT NOT NOT y", "(x & !y)")]
    [InlineData("NOT a AND b", "(!a & b)")]
    [InlineData("NOT (a AND b)", "!(a & b)")]
    [InlineData("NOT (NOT a)", "a")]
    [InlineData("a NOT(b OR k=*)", "(a & !(b | has(k)))")]
    [InlineData("((a))", "a")]
    [InlineData("(a)AND(b)", "(a & b)")]
    [InlineData("=*", "has()")]
    public void Means(string tags, string tree)
    {
        DslQuery query = DslTexts.Parse($"AVG:x:[{tags}]");
        Assert.Equal(tree, DslTexts.Tree(query.Selector.Tags));
        Assert.Equal(tree, DslTexts.Tree(DslTexts.Parse(query.ToString()).Selector.Tags));
    }

    [Theory]
    [InlineData("SUM:cpu.total:[env=prod AND host=h-9]", "cpu.total region=eu env=prod host=h-9", true)]
    [InlineData("SUM:cpu.total:[env=prod AND host=h-9]", "cpu.total env=prod host=h-8", false)]
    [InlineData("SUM:cpu.total:[service=db OR NOT muted]", "cpu.total service=db", true)]
    [InlineData("SUM:cpu.total:[service=db OR NOT muted]", "cpu.total muted=false", true)]
    [InlineData("SUM:cpu.total:[service=db OR NOT muted]", "cpu.total muted", false)]
    [InlineData("SUM:cpu:[]", "cpu", true)] // [] = all series of the name
    [InlineData("SUM:cpu:[]", "cpu a b=c", true)]
    [InlineData("SUM:cpu:[]", "cpu.total", false)] // the name matches exactly
    [InlineData("SUM:CPU:[]", "cpu", false)]
    [InlineData("SUM:cpu:[a,b]", "cpu a b", false)] // one tag "a,b"
    [InlineData("SUM:cpu:[a,b]", "cpu a,b", true)]
    [InlineData("SUM:cpu:[host=*]", "cpu host=a", true)]
    [InlineData("SUM:cpu:[host=*]", "cpu host=", true)]
    [InlineData("SUM:cpu:[host=*]", "cpu host", false)]
    [InlineData("SUM:cpu:[\"host=*\"]", "cpu host=a", false)]
    public void Matches(string query, string series, bool matches) =>
        Assert.Equal(matches, DslTexts.Parse(query).Selector.Matches(DslTexts.Key(series)));

    [Theory]
    [InlineData("[1700000000,1700000100]", 5L, 1_700_000_000L, 1_700_000_100L)] // taken as is, in store precision
    [InlineData("[now,1s]", 1_000_000_000L, 999_000_000L, 1_000_000_000L)]
    [InlineData("[1s,now]", 1_000_000_000L, 999_000_000L, 1_000_000_000L)] // the ends may be swapped
    [InlineData("[1s]", 1_000_000_000L, 999_000_000L, 1_000_000_000L)] // differs: was InvalidRange
    [InlineData("[2m,now]", 10 * Week, 10 * Week - 120_000_000L, 10 * Week)]
    [InlineData("[3h,now]", 10 * Week, 10 * Week - 3 * 3_600_000_000L, 10 * Week)]
    [InlineData("[4d,now]", 10 * Week, 10 * Week - 4 * 86_400_000_000L, 10 * Week)]
    [InlineData("[5w,now]", 10 * Week, 5 * Week, 10 * Week)]
    [InlineData("[1 minute,now]", 10 * Week, 10 * Week - 60_000_000L, 10 * Week)]
    [InlineData("[2weeks,now]", 10 * Week, 8 * Week, 10 * Week)]
    [InlineData("[1h,30m]", 10 * Week, 10 * Week - 3_600_000_000L, 10 * Week - 1_800_000_000L)]
    [InlineData("[2,1]", 0L, 1L, 2L)]
    [InlineData("[-9223372036854775808,9223372036854775807]", 0L, long.MinValue, long.MaxValue)]
    [InlineData("[9223372036854775807us,now]", 0L, -long.MaxValue, 0L)]
    [InlineData("[9223372036854775807us,now]", -5L, long.MinValue, -5L)] // stops at the end of i64
    [InlineData("[9223372036854775807w]", 7L, long.MinValue, 7L)]
    [InlineData("[2001ns]", long.MinValue + 1, long.MinValue, long.MinValue + 1)] // finer than a unit, too
    [InlineData("[0s]", 7L, 7L, 7L)]
    public void Ranges(string range, long now, long start, long end) =>
        Assert.Equal(new TimeRange(start, end), DslTexts.Parse($"AVG:x:[]:{range}").RangeAt(now));

    [Theory]
    [InlineData("s sec secs second seconds S Secs", 1_000_000_000L)]
    [InlineData("m min mins minute minutes MIN", 60_000_000_000L)]
    [InlineData("h hr hrs hour hours HOURS", 3_600_000_000_000L)]
    [InlineData("d day days", 86_400_000_000_000L)]
    [InlineData("w wk wks week weeks", 604_800_000_000_000L)]
    [InlineData("ms MS", 1_000_000L)]
    [InlineData("us", 1_000L)]
    [InlineData("ns", 1L)]
    public void Units(string names, long nanoseconds)
    {
        foreach (string name in names.Split(' '))
        {
            foreach (string blank in new[] { "", " ", "   " })
            {
                string query = string.Create(CultureInfo.InvariantCulture, $"AVG:x:[]:[3{blank}{name},now]");
                TimeRange range = DslTexts.Parse(query, Precision.Nanoseconds).RangeAt(0);
                Assert.Equal(new TimeRange(-3 * nanoseconds, 0), range);
            }
        }
    }

    [Fact]
    public void Without_a_range_it_is_all_time() =>
        Assert.Equal(TimeRange.All, DslTexts.Parse("SUM:s1:[enabled]").RangeAt(1));

    [Fact]
    public void Both_ends_are_inclusive_and_relative_ranges_slide()
    {
        DslQuery query = DslTexts.Parse("AVG:x:[]:[1m,now]");
        Assert.True(query.RangeAt(60_000_000).Contains(0));
        Assert.True(query.RangeAt(60_000_000).Contains(60_000_000));
        Assert.False(query.RangeAt(60_000_001).Contains(0)); // differs: the original froze it at registration
    }
}
