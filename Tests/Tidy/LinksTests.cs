using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Xunit;

namespace Slungd.Tests.Tidy;

public class LinksTests
{
    private static IEnumerable<string> Pages =>
        Repository.Files.Where(static f => f.EndsWith(".md", StringComparison.Ordinal));

    [Fact]
    public void LinksResolve() => Violations.None(Pages.SelectMany(static p =>
        LinkRules.Check(p, Repository.Read(p), ReadTree)));

    [Fact]
    public void EveryPageIsReachedFromTheReadme() => Violations.None(LinkRules.Unreached("README.md", ReadTree,
        Pages.Where(static p => p.StartsWith("docs/", StringComparison.Ordinal))));

    [Theory]
    [InlineData("[a](missing.md)", 1)]
    [InlineData("[a](other.md#no-such)", 1)]
    [InlineData("[a](#here)", 1)]
    [InlineData("# Here\n[a](#here)", 0)]
    [InlineData("[a](other.md#a-heading-with-code)", 0)]
    [InlineData("[a](other.md#twice-1)", 0)]
    [InlineData("[a](../README.md)", 0)]
    [InlineData("[a](https://example.org/x)", 0)]
    [InlineData("```\n[a](missing.md)\n```\n", 0)]
    [InlineData("`[a](missing.md)`", 0)]
    public void BrokenLinkIsFound(string text, int broken) =>
        Assert.Equal(broken, LinkRules.Check("docs/page.md", text, path =>
            path == "docs/page.md" ? text : ReadSample(path)).Count());

    [Fact]
    public void LonelyPageIsFound() =>
        Assert.Single(LinkRules.Unreached("README.md", ReadSample, ["docs/other.md", "docs/lonely.md"]));

    private static string? ReadTree(string path)
    {
        string full = Path.Combine(Repository.Root, path);
        return File.Exists(full) ? File.ReadAllText(full) : Directory.Exists(full) ? "" : null;
    }

    private static string? ReadSample(string path) => path switch
    {
        "README.md" => "[other](docs/other.md)",
        "docs/other.md" => "# A heading, with `code`\n## Twice\n## Twice\n",
        _ => null,
    };
}
