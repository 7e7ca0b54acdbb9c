using System;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace Slungd.Ingest.Protocols.Statsd;

/// <summary>Makes what a metric is known by of the name and the tags of a line: `u16 length | name`, then for each tag
/// `u16 length | tag`, sorted, none twice. In the name what PromQL does not take in names becomes `_`, and so in the
/// keys of tags; a tag `key:value` or `key=value` becomes `key=value`, one without a value stays bare. Tags may also
/// stand behind a comma in the name, as Telegraf writes them. One thread; reused.</summary>
internal sealed class StatsdKey
{
    public const int MaxTags = 64;

    /// <summary>A name may begin with an underscore more, each tag has its length and may have the prefix.</summary>
    public const int MaxBytes = StatsdLine.MaxNameBytes + StatsdLine.MaxTagBytes + (MaxTags + 1) * (4 + 9);

    private static readonly byte[] s_prefix = [.. "exported_"u8];

    private readonly byte[] _key = new byte[MaxBytes];
    private readonly byte[] _tags = new byte[MaxBytes]; // in the order of the line
    private readonly Range[] _sorted = new Range[MaxTags];
    private int _tagBytes;
    private int _tagCount;
    private bool _isTimer;

    /// <summary>False when there are too many tags, or bytes that are no text.</summary>
    /// <param name="name">As it was sent.</param>
    /// <param name="tags">As they were sent, with commas.</param>
    /// <param name="kind">Of the metric.</param>
    /// <param name="key">Valid until the next call.</param>
    public bool TryMake(ReadOnlySpan<byte> name, ReadOnlySpan<byte> tags, StatsdKind kind, out ReadOnlySpan<byte> key)
    {
        key = default;
        (_tagBytes, _tagCount, _isTimer) = (0, 0, kind == StatsdKind.Timer);
        int comma = name.IndexOf((byte)',');
        ReadOnlySpan<byte> bare = comma < 0 ? name : name[..comma];
        bool isRead = !bare.IsEmpty && (comma < 0 || TryAddTags(name[(comma + 1)..])) && TryAddTags(tags);
        if (!isRead) return false;
        int length = WriteClean(bare, _key.AsSpan(sizeof(ushort)));
        BinaryPrimitives.WriteUInt16LittleEndian(_key, (ushort)length);
        length += sizeof(ushort);
        foreach (Range tag in _sorted.AsSpan(0, _tagCount))
        {
            ReadOnlySpan<byte> text = _tags.AsSpan(tag);
            BinaryPrimitives.WriteUInt16LittleEndian(_key.AsSpan(length), (ushort)text.Length);
            text.CopyTo(_key.AsSpan(length + sizeof(ushort)));
            length += sizeof(ushort) + text.Length;
        }
        key = _key.AsSpan(0, length);
        return true;
    }

    /// <summary>Takes a text with its length from the front of a key's rest.</summary>
    public static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> key)
    {
        int length = BinaryPrimitives.ReadUInt16LittleEndian(key);
        ReadOnlySpan<byte> text = key.Slice(sizeof(ushort), length);
        key = key[(sizeof(ushort) + length)..];
        return text;
    }

    private bool TryAddTags(ReadOnlySpan<byte> tags)
    {
        if (!Utf8.IsValid(tags)) return false;
        while (!tags.IsEmpty)
        {
            int comma = tags.IndexOf((byte)',');
            ReadOnlySpan<byte> tag = comma < 0 ? tags : tags[..comma];
            tags = comma < 0 ? default : tags[(comma + 1)..];
            if (!TryAddTag(tag)) return false;
        }
        return true;
    }

    private bool TryAddTag(ReadOnlySpan<byte> tag)
    {
        int split = tag.IndexOfAny((byte)':', (byte)'=');
        ReadOnlySpan<byte> key = split < 0 ? tag : tag[..split], value = split < 0 ? default : tag[(split + 1)..];
        if (key.IsEmpty || split >= 0 && value.IsEmpty) return true; // as if it were not there
        int start = _tagBytes;
        int end = start + WriteClean(key, _tags.AsSpan(start));
        if (_isTimer && IsQuantile(_tags.AsSpan(start, end - start)))
        {
            s_prefix.CopyTo(_tags, start);
            end = start + s_prefix.Length + WriteClean(key, _tags.AsSpan(start + s_prefix.Length));
        }
        if (split >= 0)
        {
            _tags[end++] = (byte)'=';
            value.CopyTo(_tags.AsSpan(end));
            end += value.Length;
        }
        ReadOnlySpan<byte> made = _tags.AsSpan(start, end - start);
        int at = _tagCount;
        while (at > 0 && _tags.AsSpan(_sorted[at - 1]).SequenceCompareTo(made) > 0) at--;
        if (at > 0 && _tags.AsSpan(_sorted[at - 1]).SequenceEqual(made)) return true;
        if (_tagCount == MaxTags) return false;
        _sorted.AsSpan(at, _tagCount - at).CopyTo(_sorted.AsSpan(at + 1));
        _sorted[at] = start..end;
        (_tagBytes, _tagCount) = (end, _tagCount + 1);
        return true;
    }

    private static bool IsQuantile(ReadOnlySpan<byte> key)
    {
        if (!key.EndsWith("quantile"u8)) return false;
        while (key.StartsWith(s_prefix)) key = key[s_prefix.Length..];
        return key.SequenceEqual("quantile"u8);
    }

    /// <returns>The length.</returns>
    private static int WriteClean(ReadOnlySpan<byte> text, Span<byte> to)
    {
        int length = 0;
        if (char.IsAsciiDigit((char)text[0])) to[length++] = (byte)'_';
        foreach (byte one in text)
        {
            bool isKept = char.IsAsciiLetterOrDigit((char)one) || one == '_';
            to[length++] = isKept ? one : (byte)'_';
        }
        return length;
    }
}
