using System;
using System.Collections.Generic;
using System.Text;

namespace Slungd.Ingest.Protocols.Graphite;

/// <summary>How the parts of a path between its dots become a name and tags, as InfluxDB and Telegraf write it:
/// <code>
/// [ filter ] template [ tag=value,tag=value ]          servers.* .host.measurement* region=eu
/// filter     parts of a path's front, "*" for any
/// template   parts: "measurement" or "field" goes to the name, with "*" everything from there on; nothing is left out;
///            anything else is the name of a tag
/// </code>
/// Parts of the name, and of a tag that is named twice, are joined by "_", fields behind measurements.</summary>
internal sealed class GraphiteTemplate
{
    private readonly byte[]?[] _filter; // null stands for any part
    private readonly int[] _name;       // indexes of parts in the order of the name; ~index: everything from there on

    private GraphiteTemplate(byte[]?[] filter, int[] name, (byte[] Key, int[] Parts)[] tags, byte[][] constants)
    {
        _filter = filter;
        _name = name;
        Tags = tags;
        Constants = constants;
    }

    /// <summary>Keys, and the parts that make up their values.</summary>
    public IReadOnlyList<(byte[] Key, int[] Parts)> Tags { get; }

    /// <summary>Tags that every path gets.</summary>
    public IReadOnlyList<byte[]> Constants { get; }

    /// <summary>Parts of the name; ~index stands for everything from there on.</summary>
    public ReadOnlySpan<int> Name => _name;

    /// <summary>Null when it fits, else what was expected.</summary>
    public static string? TryParse(string text, out GraphiteTemplate? template)
    {
        template = null;
        string[] words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        bool hasConstants = words.Length > 1 && words[^1].Contains('=', StringComparison.Ordinal);
        int templateAt = words.Length - (hasConstants ? 2 : 1);
        if (templateAt is < 0 or > 1) return "[FILTER] TEMPLATE [TAG=VALUE,...], as \"servers.* .host.measurement*\"";
        List<byte[]?> filter = [];
        if (templateAt == 1)
            foreach (string part in words[0].Split('.')) filter.Add(part == "*" ? null : Encoding.UTF8.GetBytes(part));
        List<byte[]> constants = [];
        if (hasConstants)
        {
            foreach (string tag in words[^1].Split(','))
            {
                int equals = tag.IndexOf('=', StringComparison.Ordinal);
                if (equals <= 0 || equals == tag.Length - 1) return "tags as TAG=VALUE,TAG=VALUE";
                constants.Add(Encoding.UTF8.GetBytes(tag));
            }
        }
        string? expected = TryParseParts(words[templateAt].Split('.'), out int[] name, out var tags);
        if (expected is null) template = new GraphiteTemplate([.. filter], name, tags, [.. constants]);
        return expected;
    }

    /// <summary>The path begins as the filter says.</summary>
    public bool Fits(ReadOnlySpan<byte> path, ReadOnlySpan<Range> parts)
    {
        if (parts.Length < _filter.Length) return false;
        for (int i = 0; i < _filter.Length; i++)
            if (_filter[i] is { } wanted && !path[parts[i]].SequenceEqual(wanted)) return false;
        return true;
    }

    private static string? TryParseParts(string[] parts, out int[] name, out (byte[] Key, int[] Parts)[] tags)
    {
        List<int> measurement = [], field = [];
        List<(string Key, List<int> Parts)> named = [];
        tags = [];
        name = [];
        for (int i = 0; i < parts.Length; i++)
        {
            string part = parts[i];
            bool isRest = part is "measurement*" or "field*";
            if (isRest && i < parts.Length - 1) return $"nothing behind {part}";
            if (part is "measurement" or "measurement*") measurement.Add(isRest ? ~i : i);
            else if (part is "field" or "field*") field.Add(isRest ? ~i : i);
            else if (part.Contains('*', StringComparison.Ordinal) || part.Contains('=', StringComparison.Ordinal))
                return $"measurement, field, nothing or the name of a tag, not {part}";
            else if (named.Find(tag => tag.Key == part).Parts is { } known) known.Add(i);
            else if (part.Length > 0) named.Add((part, [i]));
        }
        if (measurement.Count == 0) return "a template with a part measurement";
        name = [.. measurement, .. field];
        tags = [.. named.ConvertAll(static tag => (Encoding.UTF8.GetBytes(tag.Key), tag.Parts.ToArray()))];
        return null;
    }
}
