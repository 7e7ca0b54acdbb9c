using System;
using System.IO;
using Xunit;

namespace Slungd.Tests.Conformance;

/// <summary>Skipped unless PROMETHEUS_PROGRAMS names a directory with `prometheus` and `promtool`.</summary>
internal sealed class DifferentialFactAttribute : FactAttribute
{
    public DifferentialFactAttribute()
    {
        if (Programs is null) Skip = "PROMETHEUS_PROGRAMS does not name the directory of prometheus and promtool";
    }

    public static string? Programs { get; } =
        Environment.GetEnvironmentVariable("PROMETHEUS_PROGRAMS") is { Length: > 0 } folder &&
        File.Exists(Path.Combine(folder, "prometheus")) ? folder : null;
}
