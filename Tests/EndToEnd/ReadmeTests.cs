using System;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.EndToEnd;

/// <summary>Runs the commands of the pages a newcomer reads first, in order, against one daemon. A comment below a
/// command is what it must print.</summary>
public class ReadmeTests
{
    [EndToEndTheory]
    [InlineData("README.md")]
    [InlineData("docs/quick-start.md")]
    [InlineData("docs/influxdb.md")]
    [InlineData("docs/otlp.md")]
    public async Task EveryCommandDoesWhatThePageSays(string page)
    {
        using var folder = new DataFolder();
        await using Daemon daemon = await Daemon.Start(folder.Path + "/data", [], folder: folder.Path);
        await PageCommands.Run(daemon, folder, Repository.Read(page));
    }

    [EndToEndTheory]
    [InlineData("docs/graphite.md", "Graphite", "2003", "--graphite-template", "servers.* .host.measurement*")]
    [InlineData("docs/statsd.md", "StatsD", "8125", "--statsd-flush", "100ms")]
    public async Task EveryCommandOfADoorsPageDoesWhatThePageSays(string page, string door, string port, string option,
        string value)
    {
        using var folder = new DataFolder();
        string[] options = ["--graphite", "127.0.0.1:0", "--statsd", "127.0.0.1:0", option, value];
        await using Daemon daemon = await Daemon.Start(folder.Path + "/data", options, folder: folder.Path);
        await daemon.Says($"{door} door on 127.0.0.1:");
        string at = Regex.Match(daemon.Log, $"{door} door on 127.0.0.1:([0-9]+)").Groups[1].Value;
        string text = Repository.Read(page);
        await PageCommands.Run(daemon, folder, text, ("127.0.0.1/" + port, "127.0.0.1/" + at));
    }

    [Fact]
    public void CommandsAndOutputsAreRead() => Assert.Equal([("a \\\n  b", "x\ny"), ("c", ""), ("d", "")],
        PageCommands.Of("text\n```sh\na \\\n  b\n# x\n# y\nc\n```\n```\nnot run\n```\n```sh\nd\n```\n"));
}
