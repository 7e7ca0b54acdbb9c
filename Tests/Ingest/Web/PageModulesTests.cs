using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Slungd.Tests.EndToEnd;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Ingest.Web;

/// <summary>The parts of the page that need no document, in Node: Tests/Ingest/Web/*.test.mjs.</summary>
public sealed class PageModulesTests
{
    [NodeFact]
    public async Task PureModulesDoWhatTheySay()
    {
        string folder = Path.Combine(Repository.Root, "Tests/Ingest/Web");
        string[] tests = [.. Directory.GetFiles(folder, "*.test.mjs").Order()];
        Assert.NotEmpty(tests);
        ProcessResult ran = await Executable.Run("node", ["--test", "--test-reporter=tap", .. tests]);
        Assert.True(ran.ExitCode == 0, ran.Output + ran.Error);
    }
}
