using System;
using System.Linq;
using Xunit;

namespace Slungd.Tests.Tidy;

/// <summary>docs/comparison.md repeats some figures of the README.</summary>
public class ComparisonPageTests
{
    [Fact]
    public void ItsFiguresAreThoseOfTheReadme()
    {
        string page = Repository.Read("docs/comparison.md");
        int start = page.IndexOf("\n## Figures\n", StringComparison.Ordinal);
        int end = page.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        string[] rows = [.. page[start..end].Split('\n').Where(static line => line.StartsWith('|'))];
        Assert.True(rows.Length > 5);
        string[] readme = Repository.Read("README.md").Split('\n');
        Assert.All(rows, row => Assert.Contains(row, readme));
    }
}
