using System;
using System.IO;
using System.Linq;
using System.Text;
using Slungd.Ingest.Hosting.Options;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Options;

/// <summary>The table of options in docs/operations.md is the option table's own; UPDATE_GOLDEN=1 writes it.</summary>
public class OptionsPageTests
{
    private const string Page = "docs/operations.md";
    private const string Begin = "<!-- options -->\n";
    private const string End = "<!-- /options -->\n";

    [Fact]
    public void PageNamesEveryOption()
    {
        string text = Repository.Read(Page);
        int begin = text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = text.IndexOf(End, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(Path.Combine(Repository.Root, Page), text[..begin] + Table() + text[end..]);
        else Assert.True(Table() == text[begin..end], $"{Page} is behind the option table: test with UPDATE_GOLDEN=1");
    }

    private static string Table()
    {
        var table = new StringBuilder("| option | default | what |\n|---|---|---|\n");
        foreach (OptionSpec option in OptionTable.All.OrderBy(static o => o.Name, StringComparer.Ordinal))
        {
            string value = option.IsSwitch ? "" : $" {option.ValueName.Replace("|", "\\|", StringComparison.Ordinal)}";
            string preset = option.Default is null ? "" : $"`{option.Default}`";
            table.Append($"| `{option.CommandLineName}{value}` | {preset} | {option.Help} |\n");
        }
        return table.ToString();
    }
}
