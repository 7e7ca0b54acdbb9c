using System;
using System.IO;
using Slungd.Tests.Tidy;

namespace Slungd.Tests.EndToEnd;

/// <summary>The published executable: SLUNGD_BINARY, else artifacts/slungd of this tree.</summary>
internal static class Binary
{
    public static string Path { get; } =
        Environment.GetEnvironmentVariable("SLUNGD_BINARY") is { Length: > 0 } given
            ? given
            : System.IO.Path.Combine(Repository.Root, "artifacts", "slungd");

    /// <summary>Why there is nothing to drive, or null.</summary>
    public static string? Missing { get; } =
        !OperatingSystem.IsLinux() ? "the end-to-end tests drive a Linux process"
        : File.Exists(Path) ? null
        : $"{Path} is missing: ./build.sh build";
}
