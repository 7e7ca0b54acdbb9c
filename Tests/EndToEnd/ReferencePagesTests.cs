using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Runs the commands of the pages that people look things up in; see <see cref="ReadmeTests"/> for the others.
/// </summary>
public partial class ReferencePagesTests
{
    private static readonly (string, string) s_curlFails = ("curl ", "curl -f ");

    [EndToEndTheory]
    [InlineData("docs/cli.md")]
    public async Task TheCommandLine(string page)
    {
        using var folder = new DataFolder();
        await using Daemon daemon = await Start(folder);
        string text = Repository.Read(page);
        await File.WriteAllTextAsync(folder.Path + "/points.csv", CsvExample().Match(text).Groups[1].Value);
        await File.WriteAllTextAsync(folder.Path + "/more.jsonl", JsonExample().Match(text).Groups[1].Value);
        await PageCommands.Run(daemon, folder, text, ("--points 50000000", "--points 100000"),
            ("/backup/20251121T013000Z-8c1f6f0b2f4a9d11", "data/snapshots/*"), ("/var/lib/slungd", "restored"));
    }

    [EndToEndTheory]
    [InlineData("docs/operations.md")]
    public async Task Operations(string page)
    {
        using var folder = new DataFolder();
        await using Daemon daemon = await Start(folder);
        await PageCommands.Run(daemon, folder, Repository.Read(page), s_curlFails, ("/var/lib/slungd", "data"),
            ("rsync -a", "cp -r"), ("backup:/slungd/", "backup/"));
        ProcessResult checkedCopy = await Executable.Slungd("verify", folder.Path + "/backup");
        Assert.True(checkedCopy.ExitCode == 0, checkedCopy.Output + checkedCopy.Error);
    }

    [EndToEndTheory]
    [InlineData("docs/security.md")]
    public async Task Security(string page)
    {
        using var folder = new DataFolder();
        await using Daemon daemon = await Start(folder);
        TlsTests.Paths.In(folder, "server");
        await PageCommands.Run(daemon, folder, Repository.Read(page));
    }

    [EndToEndTheory]
    [InlineData("docs/prometheus.md")]
    public async Task Prometheus(string page)
    {
        using var folder = new DataFolder();
        await using Daemon daemon = await Start(folder);
        // The daemon stands for the exporter, too.
        await PageCommands.Run(daemon, folder, Repository.Read(page), s_curlFails,
            ("127.0.0.1:9100", $"{daemon.HttpAddress}"));
    }

    /// <summary>A page with commands that nobody runs would rot.</summary>
    [Fact]
    public void EachPageWithCommandsIsRun()
    {
        IEnumerable<string> run = new[] { typeof(ReadmeTests), typeof(ReferencePagesTests) }
            .SelectMany(static type => type.GetMethods())
            .SelectMany(static method => method.GetCustomAttributes(typeof(InlineDataAttribute), false))
            .SelectMany(static data => ((InlineDataAttribute)data).GetData(null!))
            .Select(static row => row[0]).OfType<string>()
            .Where(static page => page.EndsWith(".md", StringComparison.Ordinal))
            .Append("docs/workflows.md"); // GuidePageTests
        IEnumerable<string> pages = Repository.Files.Where(static file =>
            (file == "README.md" || (file.StartsWith("docs/", StringComparison.Ordinal) &&
                file.EndsWith(".md", StringComparison.Ordinal))) && PageCommands.Of(Repository.Read(file)).Count > 0);
        Assert.Equal(pages.Order(StringComparer.Ordinal), run.Order(StringComparer.Ordinal));
    }

    private static Task<Daemon> Start(DataFolder folder) =>
        Daemon.Start(folder.Path + "/data", [], folder: folder.Path);

    [GeneratedRegex("```csv\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex CsvExample();

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonExample();
}
