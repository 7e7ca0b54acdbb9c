using Slungd.Workflows.Supervisor;
using Xunit;

namespace Slungd.Tests.Workflows.Supervisor;

public sealed class PlainTextTests
{
    [Theory]
    [InlineData("plain é\tä", "plain é\tä")]
    [InlineData("", "")]
    [InlineData("\u001b[31mred", "\\u001b[31mred")]
    [InlineData("a\nb\r", "a\\u000ab\\u000d")]
    [InlineData("trap\n  0: call\n", "trap\n  0: call\\u000a")]
    [InlineData("a\u0085b\u2028c", "a\\u0085b\\u2028c")]
    public void Control_characters_are_shown(string text, string expected) =>
        Assert.Equal(expected, PlainText.Of(text));
}
