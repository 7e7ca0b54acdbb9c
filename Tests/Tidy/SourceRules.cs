using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;

namespace Slungd.Tests.Tidy;

/// <summary>Rules about one file's text. Each takes the path from the root and the text, and lists what is
/// wrong.</summary>
internal static partial class SourceRules
{
    public const int MaxFileLines = 600;
    public const int MaxColumns = 120;

    private static readonly string[] ForbiddenFolders =
        ["Utils", "Util", "Helpers", "Helper", "Common", "Misc", "Shared"];

    /// <summary>Files above the limit are cut by concern; one noun fits in far less.</summary>
    public static IEnumerable<string> FileLength(string path, string text)
    {
        int lines = text.Count(static c => c == '\n');
        if (lines > MaxFileLines) yield return $"{path}: {lines} lines, at most {MaxFileLines}";
    }

    public static IEnumerable<string> Columns(string path, string text)
    {
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            if (line.Length > MaxColumns) yield return $"{path}:{number}: {line.Length} columns, at most {MaxColumns}";
        }
    }

    /// <summary>Tabs, trailing blanks, CR, a byte order mark, a missing last newline.</summary>
    public static IEnumerable<string> Whitespace(string path, string text)
    {
        if (text.StartsWith('\ufeff')) yield return $"{path}: byte order mark";
        if (text.Length > 0 && !text.EndsWith('\n')) yield return $"{path}: no newline at the end";
        if (text.EndsWith("\n\n", StringComparison.Ordinal)) yield return $"{path}: blank line at the end";
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            if (line.Contains('\t', StringComparison.Ordinal)) yield return $"{path}:{number}: tab";
            if (line.EndsWith(' ') || line.EndsWith('\r')) yield return $"{path}:{number}: blank or CR at the end";
        }
    }

    /// <summary>Unfinished work belongs in an issue, not in the source.</summary>
    public static IEnumerable<string> LeftOvers(string path, string text)
    {
        foreach (Match match in LeftOver().Matches(text))
            yield return $"{path}:{LineOf(text, match.Index)}: {match.Value}";
    }

    /// <summary>A log message is known by its event's number.</summary>
    public static IEnumerable<string> EventNumbers(IEnumerable<(string Path, string Text)> files)
    {
        var owners = new Dictionary<string, string>();
        foreach ((string path, string text) in files)
        {
            foreach (Match match in EventNumber().Matches(text))
            {
                string number = match.Groups[1].Value;
                if (!owners.TryAdd(number, path)) yield return $"{path}: event {number} is in {owners[number]} already";
            }
        }
    }

    /// <summary>The namespace is the folder. Tests may join segments where a name would shadow another.</summary>
    public static IEnumerable<string> NamespaceIsFolder(string path, string text)
    {
        string folder = Path.GetDirectoryName(path)!.Replace('/', '.');
        string expected = folder.Length == 0 ? "Slungd" : "Slungd." + folder;
        Match found = NamespaceLine().Match(CodeText.Strip(text));
        string actual = found.Success ? found.Groups[1].Value : "none";
        bool test = path.StartsWith("Tests/", StringComparison.Ordinal);
        bool same = test
            ? actual.Replace(".", "", StringComparison.Ordinal) == expected.Replace(".", "", StringComparison.Ordinal)
            : actual == expected;
        if (!same) yield return $"{path}: namespace {actual}, expected {expected};";
    }

    /// <summary>A file is named as a type in it (before the first dot: partials are cut by concern).</summary>
    public static IEnumerable<string> FileIsType(string path, string text)
    {
        string name = Path.GetFileName(path).Split('.')[0];
        if (!Regex.IsMatch(CodeText.Strip(text),
            $@"\b(class|struct|record|interface|enum|delegate\s+[\w<>\[\],\s?]+)\s+{name}\b"))
            yield return $"{path}: holds no type named {name}";
    }

    public static IEnumerable<string> Folders(string path)
    {
        string? bad = path.Split('/').SkipLast(1).FirstOrDefault(p =>
            ForbiddenFolders.Contains(p, StringComparer.OrdinalIgnoreCase));
        if (bad is not null) yield return $"{path}: folder {bad}: name what is in it";
    }

    /// <summary>What makes a file unsafe: null when nothing does.</summary>
    public static string? UnsafeUse(string text)
    {
        Match match = Unsafe().Match(CodeText.Strip(text));
        return match.Success ? match.Value : null;
    }

    /// <summary>`using Slungd.X` that the direction of imports forbids, even when nothing of it ends up in the
    /// IL.</summary>
    public static IEnumerable<string> Usings(string path, string text)
    {
        string code = CodeText.Strip(text);
        Match ns = NamespaceLine().Match(code);
        if (!ns.Success) yield break;
        foreach (Match match in UsingLine().Matches(code))
        {
            if (match.Groups[1].Length > 0 && match.Groups[2].Value.StartsWith("Slungd", StringComparison.Ordinal))
                yield return $"{path}: global using of {match.Groups[2].Value}";
            if (ImportRules.Violation("Slungd", ns.Groups[1].Value, match.Groups[2].Value) is { } why)
                yield return $"{path}: using {match.Groups[2].Value}: {why}";
        }
    }

    private static int LineOf(string text, int index) => 1 + text.AsSpan(0, index).Count('\n');

    [GeneratedRegex(@"\b(TODO|FIXME|XXX|HACK)\b")]
    private static partial Regex LeftOver();

    [GeneratedRegex(@"\bLoggerMessage\(([0-9]+)")]
    private static partial Regex EventNumber();

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^(global )?using (?:static )?(?:\w+ = )?(Slungd[\w.]*);", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    [GeneratedRegex(@"\bunsafe\b|\b(Unsafe|MemoryMarshal|CollectionsMarshal|NativeMemory)\.|\bMemoryMarshal\b")]
    private static partial Regex Unsafe();
}
