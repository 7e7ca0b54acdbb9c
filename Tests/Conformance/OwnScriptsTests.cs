using System;
using System.Collections.Generic;
using System.IO;
using Xunit;

namespace Slungd.Tests.Conformance;

/// <summary>Our own scripts, about what Prometheus' at hand don't reach.</summary>
public sealed class OwnScriptsTests
{
    [Theory]
    [InlineData("times.test")]
    [InlineData("experimental.test")]
    [InlineData("classic_histograms.test")]
    [InlineData("names_and_gaps.test")]
    public void A_script_holds(string script)
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "promql", script));
        List<string> failures = ScriptRunnerTests.Run(text);
        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }
}
