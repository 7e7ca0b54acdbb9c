using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;

namespace Slungd.Tests.Tidy;

/// <summary>Relative links of Markdown pages: the file is there, and so is the heading behind the #.</summary>
internal static partial class LinkRules
{
    /// <param name="path">The page, from the root.</param>
    /// <param name="text">Its Markdown.</param>
    /// <param name="read">Text of a file of the tree; "" for a folder, null when there is none.</param>
    public static IEnumerable<string> Check(string path, string text, Func<string, string?> read)
    {
        string prose = WithoutCode(text);
        foreach (string target in Link().Matches(prose).Select(static m => m.Groups[1].Value))
        {
            if (target.Contains("://", StringComparison.Ordinal) ||
                target.StartsWith("mailto:", StringComparison.Ordinal)) continue;
            string[] parts = target.Split('#', 2);
            string file = parts[0].Length == 0 ? path : Resolve(path, parts[0]);
            if (read(file) is not { } page) yield return $"{path}: link to {target}: no such file";
            else if (parts.Length == 2 && !Anchors(page).Contains(parts[1]))
                yield return $"{path}: link to {target}: no such heading";
        }
    }

    /// <summary>Every page that a page's links reach is reached: the pages of docs/ that no link leads to.</summary>
    public static IEnumerable<string> Unreached(string start, Func<string, string?> read, IEnumerable<string> pages)
    {
        var reached = new HashSet<string>();
        var open = new Stack<string>([start]);
        while (open.TryPop(out string? path))
        {
            if (!reached.Add(path) || !path.EndsWith(".md", StringComparison.Ordinal) ||
                read(path) is not { } text) continue;
            foreach (Match match in Link().Matches(WithoutCode(text)))
            {
                string target = match.Groups[1].Value.Split('#')[0];
                if (target.Length > 0 && !target.Contains("://", StringComparison.Ordinal)) open.Push(Resolve(path,
                    target));
            }
        }
        return pages.Where(p => !reached.Contains(p)).Select(p => $"{p}: no link leads here from {start}");
    }

    /// <summary>The anchors of a page's headings, as GitHub makes them.</summary>
    public static IReadOnlySet<string> Anchors(string text)
    {
        var anchors = new HashSet<string>();
        foreach (Match match in Heading().Matches(WithoutFences(text)))
        {
            string anchor = Anchor(match.Groups[1].Value);
            string unique = anchor;
            for (int i = 1; !anchors.Add(unique); i++) unique = $"{anchor}-{i}";
        }
        return anchors;
    }

    private static string Anchor(string heading)
    {
        var anchor = new StringBuilder();
        foreach (char c in heading.Trim().ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(c) || c is '-' or '_') anchor.Append(c);
            else if (c == ' ') anchor.Append('-');
        }
        return anchor.ToString();
    }

    private static string Resolve(string page, string target)
    {
        string folder = Path.GetDirectoryName(page) ?? "";
        string full = Path.GetFullPath(Path.Combine("/", folder, target));
        return full.TrimStart('/');
    }

    private static string WithoutCode(string text) => InlineCode().Replace(WithoutFences(text), "");

    private static string WithoutFences(string text) => Fence().Replace(text, "");

    [GeneratedRegex(@"^\s*```.*?^\s*```\s*$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"^#{1,6} (.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
