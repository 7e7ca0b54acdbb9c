using System;
using System.IO;
using System.Linq;

namespace Slungd.Tests.EndToEnd;

/// <summary>What is installed on this machine.</summary>
internal static class Programs
{
    public static bool Has(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(p =>
            File.Exists(Path.Combine(p, name)));
}
