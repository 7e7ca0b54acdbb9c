using Slungd.Engine.Model;
using Xunit;

namespace Slungd.Tests.Engine.Model;

public class LabelMatcherTests
{
    [Theory]
    [InlineData("host", "=", "a", true)]
    [InlineData("host", "=", "b", false)]
    [InlineData("host", "!=", "b", true)]
    [InlineData("host", "=~", "a|b", true)]
    [InlineData("host", "=~", "b", false)]
    [InlineData("host", "!~", "b.*", true)]
    [InlineData("muted", "=", "true", true)]
    [InlineData("muted", "=~", "tr.e", true)]
    [InlineData("host", "!~", "[[:^digit:]]+", false)]
    [InlineData("host", "=~", "[[:^digit:]]", true)]
    [InlineData("absent", "=", "", true)]
    [InlineData("absent", "!=", "x", true)]
    [InlineData("absent", "!=", "", false)]
    [InlineData("absent", "=~", ".*", true)]
    [InlineData("absent", "=~", ".+", false)]
    [InlineData("absent", "!~", "x?", false)]
    [InlineData("__name__", "=", "cpu", true)]
    [InlineData("__name__", "=~", "c.*", true)]
    public void AMatcherAsksTheLabel(string name, string op, string value, bool isMatch)
    {
        LabelMatchOp parsed = OpOf(op);
        Assert.True(LabelMatcher.TryCreate(name, parsed, value, out LabelMatcher? matcher, out _));
        Assert.Equal(isMatch, matcher!.Matches(SeriesLabelsTests.KeyOf("cpu", "host=a muted")));
        Assert.Equal(isMatch, SeriesSelector.Of(matcher).Matches(SeriesLabelsTests.KeyOf("cpu", "host=a muted")));
    }

    [Fact]
    public void ManySelectorsAreAnyOfThem()
    {
        var selectors = new SeriesSelector[5000]; // deeper than any recursion if it were a chain
        for (int i = 0; i < selectors.Length; i++)
            selectors[i] = SeriesSelector.Of(LabelMatcher.Equal("__name__", "m" + i), LabelMatcher.Equal("a", "1"));
        SeriesSelector any = SeriesSelector.AnyOf(selectors);
        Assert.True(any.Matches(SeriesLabelsTests.KeyOf("m4711", "a=1")));
        Assert.False(any.Matches(SeriesLabelsTests.KeyOf("m4711", "a=2")));
        Assert.False(any.Matches(SeriesLabelsTests.KeyOf("m5000", "a=1")));
        Assert.Same(SeriesSelector.All, SeriesSelector.AnyOf());
    }

    private static LabelMatchOp OpOf(string text)
    {
        for (LabelMatchOp op = LabelMatchOp.Equal; op <= LabelMatchOp.NotRegex; op++)
            if (op.ToText() == text) return op;
        throw new System.ArgumentException(text);
    }
}
