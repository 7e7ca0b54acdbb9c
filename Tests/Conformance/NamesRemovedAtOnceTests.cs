using System.Collections.Generic;
using System.IO;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Conformance;

/// <summary>The same scripts with names removed in each function, as users have it by default: Prometheus runs its
/// scripts with delayed removal, and two of them are about that.</summary>
public sealed class NamesRemovedAtOnceTests
{
    private static readonly string s_folder = Path.Combine(Repository.Root, "..", "shared", "conformance", "promql");

    [ScriptTheory]
    [InlineData("aggregators.test")]
    [InlineData("collision.test")]
    [InlineData("functions.test")]
    [InlineData("literals.test")]
    [InlineData("native_histograms.test")]
    [InlineData("operators.test")]
    [InlineData("selectors.test")]
    [InlineData("staleness.test")]
    [InlineData("trig_functions.test")]
    public void A_script_holds(string script)
    {
        string path = Path.Combine(s_folder, script);
        if (!File.Exists(path)) return; // PROMQL_TESTDATA brings other scripts
        using ScriptRunner runner = new(static () => new FakeScriptStore(), delaysNames: false);
        List<string> failures = runner.Run(File.ReadAllText(path));
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }
}
