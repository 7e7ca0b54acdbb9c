using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Slungd.Tests.Tidy;
using Xunit;

namespace Slungd.Tests.Conformance;

/// <summary>Prometheus' own test scripts, each over series in plain memory and over the real store. PROMQL_TESTDATA
/// names another directory with scripts.</summary>
public sealed class PromQLConformance
{
    public static TheoryData<string> Scripts()
    {
        TheoryData<string> scripts = [];
        foreach (string path in Find()) scripts.Add(Path.GetFileName(path));
        return scripts;
    }

    [ScriptTheory]
    [MemberData(nameof(Scripts))]
    public void In_memory(string script) => Run(script, static () => new FakeScriptStore());

    [ScriptTheory]
    [MemberData(nameof(Scripts))]
    public void Over_the_store(string script) => Run(script, static () => new RealScriptStore());

    private static void Run(string script, Func<IScriptStore> open)
    {
        string path = Find().Single(path => Path.GetFileName(path) == script);
        using ScriptRunner runner = new(open);
        List<string> failures = runner.Run(File.ReadAllText(path));
        Assert.True(failures.Count == 0, $"{failures.Count} in {script}:\n" + string.Join('\n', failures.Take(40)));
    }

    internal static string[] Find()
    {
        string? folder = Environment.GetEnvironmentVariable("PROMQL_TESTDATA");
        if (string.IsNullOrEmpty(folder)) folder = Path.Combine(Repository.Root, "..", "shared", "conformance",
            "promql");
        if (!Directory.Exists(folder)) return [];
        string[] scripts = Directory.GetFiles(folder, "*.test");
        Array.Sort(scripts, StringComparer.Ordinal);
        return scripts;
    }
}
