using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace Slungd.Tests.EndToEnd;

/// <summary>What is installed on this machine.</summary>
internal static class Programs
{
    public static bool Has(string name) => Find(name).Any();

    /// <summary>All of this name, in the PATH's order.</summary>
    public static IEnumerable<string> Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name)).Where(File.Exists);
}
