using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text.RegularExpressions;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Metrics;

/// <summary>A strict reader of the text format, for tests: names, label syntax, escapes, numbers, one HELP and one TYPE
/// per family before its samples, no family twice, no sample twice, histograms whole and ascending.</summary>
internal static partial class PrometheusParser
{
    /// <summary>The samples by `name{labels}`; fails the test at the first line that is not right.</summary>
    public static Dictionary<string, double> Parse(string text)
    {
        Assert.EndsWith("\n", text);
        Dictionary<string, double> samples = [];
        HashSet<string> families = [];
        string family = "", type = "", helped = "";
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            if (HelpLine().Match(line) is { Success: true } help)
            {
                helped = help.Groups["name"].Value;
                Assert.True(families.Add(helped), $"twice: {line}");
            }
            else if (TypeLine().Match(line) is { Success: true } kind)
            {
                family = kind.Groups["name"].Value;
                type = kind.Groups["type"].Value;
                Assert.Equal(helped, family);
            }
            else
            {
                Match sample = SampleLine().Match(line);
                Assert.True(sample.Success, $"no sample: {line}");
                string name = sample.Groups["name"].Value;
                string suffix = type == "histogram" ? Regex.Match(name, "(_bucket|_sum|_count)$").Value : "";
                Assert.Equal(family + suffix, name);
                Assert.True(type != "histogram" || suffix.Length > 0, line);
                double value = Number(sample.Groups["value"].Value);
                Assert.True(samples.TryAdd(sample.Groups["series"].Value, value), $"twice: {line}");
            }
        }
        return samples;
    }

    private static double Number(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"^# HELP (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) ([^\\\n]|\\\\|\\n)*$")]
    private static partial Regex HelpLine();

    [GeneratedRegex(@"^# TYPE (?<name>[a-zA-Z_:][a-zA-Z0-9_:]*) (?<type>counter|gauge|histogram)$")]
    private static partial Regex TypeLine();

    [GeneratedRegex("""
        ^(?<series>(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
        (\{[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*"(,[a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*")*\})?)
        [ ](?<value>NaN|[+-]Inf|-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?)$
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex SampleLine();
}
