using Slungd.Ingest.Hosting.Commands;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Commands;

public class SpellingTests
{
    [Theory]
    [InlineData("--memroy", "--memory")]
    [InlineData("--wal-snyc", "--wal-sync")]
    [InlineData("--htp", "--http")]
    [InlineData("--https", "--http")]
    [InlineData("--frobnicate", null)]
    [InlineData("-x", null)]
    [InlineData("", null)]
    public void TheNearestWordIsFoundWhenItIsNear(string word, string? expected) =>
        Assert.Equal(expected, Spelling.Nearest(word, ["--memory", "--wal-size-limit", "--wal-sync", "--http"]));
}
