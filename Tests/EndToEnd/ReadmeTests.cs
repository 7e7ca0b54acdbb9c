using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Runs the commands of the pages a newcomer reads first, in order, against one daemon. A comment below a
/// command is what it must print.</summary>
public partial class ReadmeTests
{
    [EndToEndTheory]
    [InlineData("README.md")]
    [InlineData("docs/quick-start.md")]
    [InlineData("docs/influxdb.md")]
    public async Task EveryCommandDoesWhatThePageSays(string page)
    {
        using var folder = new DataFolder();
        await using Daemon daemon = await Daemon.Start(folder.Path + "/data", [], folder: folder.Path);
        List<(string Command, string Expected)> commands = CommandsOf(Repository.Read(page));
        Assert.NotEmpty(commands);
        var listeners = new List<Process>();
        try
        {
            foreach ((string command, string expected) in commands) await Run(daemon, folder, listeners, command,
                expected);
        }
        finally
        {
            foreach (Process listener in listeners)
            {
                listener.Kill(entireProcessTree: true);
                listener.Dispose();
            }
        }
    }

    [Fact]
    public void CommandsAndOutputsAreRead() => Assert.Equal([("a \\\n  b", "x\ny"), ("c", ""), ("d", "")],
        CommandsOf("text\n```sh\na \\\n  b\n# x\n# y\nc\n```\n```\nnot run\n```\n```sh\nd\n```\n"));

    private static async Task Run(Daemon daemon, DataFolder folder, List<Process> listeners, string command,
        string expected)
    {
        // The page's daemon is ours already; the other tasks of build.sh are not run inside a test run.
        if (command.StartsWith("./build.sh ", StringComparison.Ordinal))
        {
            string task = command.Split(' ')[1];
            ProcessResult help = await Executable.Run("bash", ["build.sh", "help"], folder: Repository.Root);
            Assert.Matches($@"(?m)^  {task} ", help.Output);
            return;
        }
        if (command.StartsWith("docker ", StringComparison.Ordinal)) return; // ImageTests stand for these
        string line = command
            .Replace("artifacts/slungd", $"'{Binary.Path}'", StringComparison.Ordinal)
            .Replace("127.0.0.1:2077", daemon.SocketAddress.ToString(), StringComparison.Ordinal)
            .Replace("127.0.0.1:2078", daemon.HttpAddress!.ToString(), StringComparison.Ordinal);
        var environment = new Dictionary<string, string> { ["SLUNGD_LISTEN"] = daemon.SocketAddress.ToString() };
        if (line.EndsWith(" &", StringComparison.Ordinal))
        {
            ProcessStartInfo start = Executable.StartInfo("bash", ["-c", "exec " + line[..^2]], environment,
                folder.Path);
            listeners.Add(Process.Start(start)!);
            return;
        }
        ProcessResult result = await Executable.Run("bash", ["-o", "pipefail", "-c", line], null, environment,
            folder.Path);
        Assert.True(result.ExitCode == 0, string.Create(CultureInfo.InvariantCulture,
            $"{command}\nended with {result.ExitCode}\n{result.Error}"));
        if (expected.Length > 0) Assert.Equal(expected, result.Output.TrimEnd());
    }

    private static List<(string Command, string Expected)> CommandsOf(string page)
    {
        var commands = new List<(string Command, string Expected)>();
        foreach (string block in ShellBlock().Matches(page).Select(static m =>
            m.Groups[1].Value.Replace("\\\n", "\\\r")))
        {
            foreach (string line in block.Split('\n').Where(static l => l.Length > 0))
            {
                if (!line.StartsWith("# ", StringComparison.Ordinal)) commands.Add((line.Replace("\\\r", "\\\n"), ""));
                else
                {
                    (string command, string expected) = commands[^1];
                    commands[^1] = (command, expected.Length == 0 ? line[2..] : expected + "\n" + line[2..]);
                }
            }
        }
        return commands;
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}
