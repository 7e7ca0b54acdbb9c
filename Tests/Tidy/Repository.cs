using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;

namespace Slungd.Tests.Tidy;

/// <summary>The working tree these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] Skipped =
        ["bin", "obj", "artifacts", "node_modules", "TestResults", "BenchmarkDotNet.Artifacts"];

    public static string Root { get; } = FindRoot();

    /// <summary>Every text file of the tree, paths relative to the root with '/', sorted.</summary>
    public static IReadOnlyList<string> Files { get; } =
        Walk(new DirectoryInfo(Root)).Select(Relative).Order(StringComparer.Ordinal).ToArray();

    /// <summary>C# of the product: what ships in the executable.</summary>
    public static IEnumerable<string> ProductSources => Sources.Where(static f =>
        !f.StartsWith("Tests/", StringComparison.Ordinal) && !f.StartsWith("Bench/", StringComparison.Ordinal));

    /// <summary>All C#, tests and benchmarks included.</summary>
    public static IEnumerable<string> Sources => Files.Where(static f => f.EndsWith(".cs", StringComparison.Ordinal));

    public static string Read(string relative) => File.ReadAllText(Path.Combine(Root, relative));

    private static IEnumerable<string> Walk(DirectoryInfo folder)
    {
        foreach (FileInfo file in folder.EnumerateFiles()) yield return file.FullName;
        foreach (DirectoryInfo child in folder.EnumerateDirectories())
        {
            bool hidden = child.Name.StartsWith('.') && child.Name != ".ci";
            if (hidden || Skipped.Contains(child.Name) || child.LinkTarget is not null) continue;
            foreach (string file in Walk(child)) yield return file;
        }
    }

    private static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    // This file's own path was true where the tests were built; build output may lie outside the tree.
    private static string FindRoot([CallerFilePath] string thisFile = "")
    {
        for (DirectoryInfo? at = new FileInfo(thisFile).Directory; at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "slungd.csproj"))) return at.FullName;
        }
        throw new DirectoryNotFoundException($"no slungd.csproj above {thisFile}");
    }
}
