using System;
using System.Diagnostics;
using System.IO;
using Xunit;

namespace Slungd.Tests.Conformance;

/// <summary>Skipped where `prometheus` and `promtool` of 2.x are neither in the directory that PROMETHEUS_PROGRAMS
/// names nor on the PATH.</summary>
internal sealed class DifferentialFactAttribute : FactAttribute
{
    public DifferentialFactAttribute()
    {
        if (Programs is null) Skip = "prometheus and promtool 2.x are not installed (Debian: prometheus)";
    }

    /// <summary>Where they are; null when they are not.</summary>
    public static string? Programs { get; } = Find();

    /// <summary>Asked for by name: then the test takes its time.</summary>
    public static bool IsLong => Environment.GetEnvironmentVariable("PROMETHEUS_PROGRAMS") is { Length: > 0 };

    private static string? Find()
    {
        string named = Environment.GetEnvironmentVariable("PROMETHEUS_PROGRAMS") ?? "";
        string places = named.Length > 0 ? named : Environment.GetEnvironmentVariable("PATH") ?? "";
        foreach (string folder in places.Split(Path.PathSeparator))
        {
            if (!File.Exists(Path.Combine(folder, "promtool"))) continue;
            string program = Path.Combine(folder, "prometheus");
            bool fits = File.Exists(program)
                && VersionOf(program).StartsWith("prometheus, version 2.", StringComparison.Ordinal);
            if (fits) return folder;
        }
        return null;
    }

    private static string VersionOf(string program)
    {
        ProcessStartInfo start = new(program, ["--version"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        string text = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        process.WaitForExit();
        return text;
    }
}
