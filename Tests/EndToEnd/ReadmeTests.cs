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
    [InlineData("docs/graphite.md")]
    [InlineData("docs/otlp.md")]
    [InlineData("docs/statsd.md")]
    public async Task EveryCommandDoesWhatThePageSays(string page)
    {
        using var folder = new DataFolder();
        await using Daemon daemon = await Daemon.Start(folder.Path + "/data", [], folder: folder.Path);
        await PageCommands.Run(daemon, folder, Repository.Read(page));
    }

    [Fact]
    public void CommandsAndOutputsAreRead() => Assert.Equal([("a \\\n  b", "x\ny"), ("c", ""), ("d", "")],
        PageCommands.Of("text\n```sh\na \\\n  b\n# x\n# y\nc\n```\n```\nnot run\n```\n```sh\nd\n```\n"));
}
