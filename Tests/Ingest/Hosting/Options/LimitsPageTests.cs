using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Slungd.Engine.Model;
using Slungd.Ingest.Hosting.Options;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Options;

/// <summary>The table of limits in docs/operations.md says what the options do.</summary>
public class LimitsPageTests
{
    private const string Page = "docs/operations.md";

    [Fact]
    public void EachOptionStandsThereWithItsDefault()
    {
        List<string> wrong = [];
        HashSet<string> named = [];
        foreach (string[] row in Rows())
        {
            string name = row[3].Trim('`', '-');
            if (name.Length == 0) continue;
            named.Add(name);
            OptionSpec? option = OptionTable.Find(name);
            if (option is null) wrong.Add($"there is no option {row[3]}");
            else if (Plain(row[2]) != Plain(option.Default!)) wrong.Add($"{row[3]}: {row[2]}, not {option.Default}");
        }
        Assert.Empty(wrong);
        foreach (OptionSpec option in OptionTable.All)
        {
            bool isLimit = option.Name.StartsWith("max-", StringComparison.Ordinal) || option.Name == "query-timeout";
            Assert.Equal(isLimit, named.Contains(option.Name));
        }
    }

    [Fact]
    public void EachRowSaysWhatIsBeyond() => Assert.All(Rows(), static row => Assert.Equal((6, true),
        (row.Length, row[4].Length > 0)));

    /// <summary>`1,024`, `64 KiB` and `2 min` as `1024`, 65536 bytes and `2m`.</summary>
    private static string Plain(string text)
    {
        text = text.Replace(",", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal);
        if (text.EndsWith("min", StringComparison.Ordinal)) text = text[..^2];
        if (text.EndsWith('m')) return text; // a duration
        return SizeText.TryParse(text, out long bytes) ? bytes.ToString(CultureInfo.InvariantCulture) : text;
    }

    private static IEnumerable<string[]> Rows()
    {
        string page = Repository.Read(Page);
        int begin = page.IndexOf("<!-- limits -->", StringComparison.Ordinal);
        string table = page[begin..page.IndexOf("<!-- /limits -->", StringComparison.Ordinal)];
        return table.Split('\n').Where(static line => line.StartsWith('|')).Skip(2)
            .Select(static line => line.Split('|').Select(static cell => cell.Trim()).ToArray());
    }
}
