using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>The commands of a page: the lines of its `sh` blocks, but for those that say why not in a comment before
/// them: `not run: REASON`. A comment below a command is what it must print.</summary>
internal static partial class PageCommands
{
    /// <summary>Runs them in order.</summary>
    /// <param name="daemon">Stands for the page's daemon.</param>
    /// <param name="folder">Where they run.</param>
    /// <param name="page">Markdown.</param>
    /// <param name="words">What is called otherwise here than on the page.</param>
    public static async Task Run(Daemon daemon, DataFolder folder, string page,
        params (string Said, string Meant)[] words)
    {
        (string Said, string Meant)[] all =
        [
            ("artifacts/slungd", $"'{Binary.Path}'"), ("127.0.0.1:2077", $"{daemon.SocketAddress}"),
            ("127.0.0.1:2078", $"{daemon.HttpAddress}"), .. words,
        ];
        string programs = Directory.CreateDirectory(folder.Path + "/.bin").FullName;
        File.CreateSymbolicLink(programs + "/slungd", Path.GetFullPath(Binary.Path));
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = $"{programs}:{Environment.GetEnvironmentVariable("PATH")}",
            ["SLUNGD_LISTEN"] = $"{daemon.SocketAddress}", ["SLUNGD_HTTP"] = $"{daemon.HttpAddress}",
        };
        List<(string Command, string Expected)> commands = Of(page);
        Assert.NotEmpty(commands);
        var listeners = new List<Process>();
        try
        {
            foreach ((string command, string expected) in commands)
            {
                string line = all.Aggregate(command,
                    static (text, word) => text.Replace(word.Said, word.Meant, StringComparison.Ordinal));
                await RunOne(daemon, line, expected, folder, environment, listeners);
            }
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

    private static async Task RunOne(Daemon daemon, string line, string expected, DataFolder folder,
        Dictionary<string, string> environment, List<Process> listeners)
    {
        // The page's daemon is ours already; the other tasks of build.sh are not run inside a test run.
        if (line.StartsWith("./build.sh ", StringComparison.Ordinal))
        {
            string task = line.Split(' ')[1];
            ProcessResult help = await Executable.Run("bash", ["build.sh", "help"], folder: Repository.Root);
            Assert.Matches($@"(?m)^  {task} ", help.Output);
            return;
        }
        if (line.StartsWith("docker ", StringComparison.Ordinal)) return; // ImageTests stand for these
        if (line.StartsWith("slungd serve ", StringComparison.Ordinal))
        {
            await Serve(line, folder, environment);
            return;
        }
        if (line.EndsWith(" &", StringComparison.Ordinal))
        {
            ProcessStartInfo start = Executable.StartInfo("bash", ["-c", "exec " + line[..^2]], environment,
                folder.Path);
            listeners.Add(Process.Start(start)!);
            return;
        }
        // What a workflow does, it does in its own time, and so do doors that give no answers.
        ProcessResult result = expected.Length == 0 || !InItsOwnTime().IsMatch(line) ? await RunLine()
            : await Patience.Until(expected, RunLine, ran => ran.Output.TrimEnd() == expected);
        Assert.True(result.ExitCode == 0, string.Create(CultureInfo.InvariantCulture,
            $"{line}\nended with {result.ExitCode}\n{result.Error}"));
        if (expected.Length > 0) Assert.Equal(expected, result.Output.TrimEnd());
        if (line.Contains(" workflow deploy ", StringComparison.Ordinal)) await LiveQuery(daemon);

        Task<ProcessResult> RunLine() =>
            Executable.Run("bash", ["-o", "pipefail", "-c", line], null, environment, folder.Path);
    }

    /// <summary>A daemon beside the page's: it opens its doors, and stops in order.</summary>
    private static async Task Serve(string line, DataFolder folder, Dictionary<string, string> environment)
    {
        Dictionary<string, string> own = new(environment)
        {
            ["SLUNGD_LISTEN"] = "127.0.0.1:0", ["SLUNGD_HTTP"] = "127.0.0.1:0", ["SLUNGD_DATA"] = "served",
        };
        await using Daemon daemon = await Daemon.StartUnready(
            Executable.StartInfo("bash", ["-c", "exec " + line], own, folder.Path));
        Assert.Equal(0, await daemon.Stop());
    }

    private static Task<string> LiveQuery(Daemon daemon) => Patience.Until("a live query",
        async () => await (await daemon.Get("/api/v1/workflows")).Content.ReadAsStringAsync(),
        static text => text.Contains("\"live_queries\":1", StringComparison.Ordinal));

    /// <summary>Each with what it must print; that is nothing where the page does not say.</summary>
    public static List<(string Command, string Expected)> Of(string page)
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

    [GeneratedRegex("' (?:workflow logs|query) ")]
    private static partial Regex InItsOwnTime();

    [GeneratedRegex("(?<!<!-- not run: [^\n]+ -->\n)```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}
