using System;
using System.Collections.Generic;
using System.CommandLine;
using System.CommandLine.Help;
using Slungd.Ingest.Hosting.Commands;
using Xunit;

namespace Slungd.Tests.Ingest.Hosting.Commands;

public sealed class UsageErrorsTests
{
    [Theory]
    [InlineData("query a --limit x", "--limit: expected a whole number from 1, got \"x\"")]
    [InlineData("query a --limit 0", "--limit: expected a whole number from 1, got \"0\"")]
    [InlineData("query a --limit 3 --limit 4", "--limit: expected one value, got \"3, 4\"")]
    [InlineData("query a --limit", "--limit: expected a value: --limit N")]
    [InlineData("query a --json=maybe", "--json: expected no value, true or false, got \"maybe\"")]
    [InlineData("query --json=maybe", "--json: expected no value, true or false, got \"maybe\"")]
    [InlineData("query a b", "expected nothing more, got \"b\"")]
    [InlineData("query", "expected QUERY")]
    [InlineData("query --limit", "--limit: expected a value: --limit N|expected QUERY")]
    [InlineData("restore a", "expected DIR")]
    [InlineData("bench --series 1000001", "--series: expected a whole number from 1 to 1000000, got \"1000001\"")]
    [InlineData("bench --protocol udp", "--protocol: expected one of rows, columns, regular, original, got \"udp\"")]
    [InlineData("send --format xml", "--format: expected one of csv, json, got \"xml\"")]
    [InlineData("send --precision ks", "--precision: expected one of ns, us, ms, s, got \"ks\"")]
    [InlineData("send --retry soon",
        "--retry: expected a duration such as 500ms, 10s, 15m, 1h or 30d, got \"soon\"")]
    [InlineData("export --start soon",
        "--start: expected seconds since 1970, as 1700000000.5, or an RFC 3339 time, got \"soon\"")]
    [InlineData("export --start --http x", "--start: expected a value: --start TIME")]
    [InlineData("export --out \uFFFD", "--out: expected a path in UTF-8, got \"\uFFFD\"")]
    [InlineData("import a \uFFFD", "FILE: expected a path in UTF-8, got \"\uFFFD\"")]
    [InlineData("token list --tokens \uFFFD", "--tokens: expected a path in UTF-8, got \"\uFFFD\"")]
    [InlineData("completion tcsh", "SHELL: expected one of bash, zsh, fish, got \"tcsh\"")]
    [InlineData("workflow", "expected a command after workflow: one of run, deploy, list, logs, remove, restart")]
    [InlineData("workflow lis", "no command \"workflow lis\": is list meant?")]
    [InlineData("workflow run a.wasm", "expected --input FILE")]
    [InlineData("workflow logs a --limit x", "--limit: expected a whole number from 1, got \"x\"")]
    [InlineData("query @nowhere", "")]
    [InlineData("query a --json=false --limit 3", "")]
    [InlineData("export --start 1700000000.5 --end 2024-01-01T00:00:00Z", "")]
    [InlineData("workflow run a.wasm --input - --time-limit 90s --precision ns", "")]
    public void MistakesAreTold(string line, string errors) =>
        Assert.Equal(errors, string.Join('|', ErrorsOf(line.Split(' '))));

    [Fact]
    public void EmptyPathsAreTold()
    {
        Assert.Equal(["DIR: expected a path, got \"\""], ErrorsOf(["verify", ""]));
        Assert.Equal(["--out: expected a path, got \"\""], ErrorsOf(["export", "--out", ""]));
    }

    /// <summary>Whatever options there will be.</summary>
    [Fact]
    public void NoCommandSpeaksInTheParsersWords()
    {
        int seen = 0;
        foreach ((string[] path, Option option) in OptionsOf(CommandLine.All(), []))
        {
            bool isSwitch = option.ValueType == typeof(bool), isList = option.ValueType == typeof(string[]);
            List<string[]> tried = [[.. path, option.Name + "="]];
            if (!isSwitch) tried.Add([.. path, option.Name]);
            if (!isSwitch && !isList) tried.Add([.. path, option.Name, "1", option.Name, "1"]);
            if (!isList && option.ValueType != typeof(string)) tried.Add([.. path, option.Name + "=1e3"]);
            foreach (string[] line in tried)
                Assert.Contains(ErrorsOf(line), error => error.StartsWith($"{option.Name}: expected ",
                    StringComparison.Ordinal));
            foreach (string[] line in tried)
                Assert.All(ErrorsOf(line), static error => Assert.Contains("expected ", error));
            seen++;
        }
        Assert.InRange(seen, 60, 600);
    }

    private static List<string> ErrorsOf(string[] line) =>
        UsageErrors.Of(CommandLine.All().Parse(line, CommandLine.Words), line);

    private static IEnumerable<(string[] Path, Option Option)> OptionsOf(Command command, string[] path)
    {
        foreach (Option option in command.Options)
            if (option is not HelpOption && command.Subcommands.Count == 0) yield return (path, option);
        foreach (Command inner in command.Subcommands)
            foreach ((string[], Option) found in OptionsOf(inner, [.. path, inner.Name])) yield return found;
    }
}
