using System;
using System.IO;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>The guide for people who write workflows: its sources are saved, its commands are run.</summary>
[Collection(GuestCollection.Name)]
public sealed partial class GuidePageTests
{
    private static readonly string s_page = Repository.Read("docs/workflows.md");

    [EndToEndTheory]
    [GuestData(GuestLanguage.C)]
    [GuestData(GuestLanguage.Rust)]
    [GuestData(GuestLanguage.AssemblyScript)]
    public async Task TheFirstWorkflowDoesWhatThePageSays(string name)
    {
        GuestLanguage language = GuestLanguage.Find(name);
        using var folder = new DataFolder();
        await using Daemon daemon = await Daemon.Start(folder.Path + "/data", [], folder: folder.Path);
        string own = Section($"In {name}");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, $"alert.{language.Extension}"),
            Source().Match(own).Groups[1].Value);
        await PageCommands.Run(daemon, folder, own + Section("Try it, then deploy it"),
            ("Workflows/Sdk", Path.Combine(Repository.Root, "Workflows", "Sdk")),
            ("rustc --edition", $"'{language.Compiler}' --edition"), ("npx asc", $"'{language.Compiler}'"));
    }

    private static string Section(string title)
    {
        int start = s_page.IndexOf($"\n### {title}\n", StringComparison.Ordinal);
        Assert.True(start >= 0, $"docs/workflows.md has no section '{title}'");
        int end = s_page.IndexOf("\n##", start + 5, StringComparison.Ordinal);
        return s_page[start..end];
    }

    [GeneratedRegex("```(?:c|rust|ts)\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Source();
}
