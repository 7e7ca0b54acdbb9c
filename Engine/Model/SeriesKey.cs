using System;
using System.Collections.Generic;
using System.Text;

namespace Slungd.Engine.Model;

/// <summary>A series' identity: name and the set of its tags, sorted bytewise, without duplicates and empties.
/// Bytes are the identity; text is for people and for PromQL (invalid UTF-8 shows as U+FFFD).</summary>
internal sealed class SeriesKey
{
    private string? _name;
    private string[]? _tags;

    /// <param name="name">The name's bytes.</param>
    /// <param name="sortedTags">Sorted, deduplicated, none empty.</param>
    public SeriesKey(byte[] name, byte[][] sortedTags)
    {
        NameBytes = name;
        TagBytes = sortedTags;
    }

    public byte[] NameBytes { get; }

    public byte[][] TagBytes { get; }

    public string Name => _name ??= Encoding.UTF8.GetString(NameBytes);

    public IReadOnlyList<string> Tags => _tags ??= Array.ConvertAll(TagBytes, Encoding.UTF8.GetString);

    /// <summary>True when the set has exactly this tag.</summary>
    public bool HasTag(ReadOnlySpan<byte> tag)
    {
        int low = 0, high = TagBytes.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = TagBytes[middle].AsSpan().SequenceCompareTo(tag);
            if (order == 0) return true;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return false;
    }

    /// <summary>The value of `key=value`; of a doubled key the last in sort order. False when no tag has the
    /// key.</summary>
    public bool TryGetTagValue(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        for (int i = TagBytes.Length - 1; i >= 0; i--)
        {
            ReadOnlySpan<byte> tag = TagBytes[i];
            if (tag.Length > key.Length && tag[key.Length] == '=' && tag.StartsWith(key) &&
                tag.IndexOf((byte)'=') == key.Length)
            {
                value = tag[(key.Length + 1)..];
                return true;
            }
        }
        value = default;
        return false;
    }
}
