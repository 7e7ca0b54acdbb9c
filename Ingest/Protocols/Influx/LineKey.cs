using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;
using Slungd.Engine.Model;

namespace Slungd.Ingest.Protocols.Influx;

/// <summary>A line's measurement and tags, taken apart, and the wire keys of its fields' series: the name is
/// `measurement_field`, of a field `value` the measurement alone. One thread; reused.
/// <code>
/// key       measurement { "," tag key "=" tag value }
/// escapes   "\," and "\ ", in tags and field names "\=" too; any other "\" stands for itself
/// </code>
/// </summary>
internal sealed class LineKey
{
    private const int HeaderBytes = 2 * sizeof(ushort);

    private static readonly SearchValues<byte> s_special = SearchValues.Create("\\,="u8);

    private byte[] _measurement = new byte[256];
    private int _measurementBytes;
    private byte[] _tags = new byte[1024]; // each with its length before it
    private int _tagBytes;
    private int _tagCount;
    private readonly LabelNames _names = new(); // of the tags
    private byte[] _wire = new byte[1024];

    /// <summary>Reads a key as it was sent, without the blank behind it.</summary>
    /// <returns>What is wrong, in InfluxDB's words where it has some; null when nothing is.</returns>
    public string? Read(ReadOnlySpan<byte> key)
    {
        int end = Find(key, stopAtEquals: false);
        if (end == 0) return "missing measurement";
        if (!Utf8.IsValid(key)) return "invalid UTF-8";
        // Unescaped it is never longer, and a tag's length takes a byte more than its comma.
        Reserve(ref _measurement, end);
        Reserve(ref _tags, 2 * key.Length);
        _measurementBytes = Unescape(key[..end], _measurement, inMeasurement: true);
        (_tagBytes, _tagCount) = (0, 0);
        _names.Clear();
        for (ReadOnlySpan<byte> rest = key[end..]; !rest.IsEmpty;)
        {
            rest = rest[1..]; // the comma
            int equals = Find(rest, stopAtEquals: true);
            if (equals == 0) return "missing tag key";
            if (equals == rest.Length || rest[equals] != '=') return "missing tag value";
            ReadOnlySpan<byte> name = rest[..equals], value = rest[(equals + 1)..];
            int behind = Find(value, stopAtEquals: true);
            if (behind == 0) return "missing tag value";
            if (behind < value.Length && value[behind] == '=') return "invalid tag format";
            if (name.Contains((byte)'=')) return "expected a tag key without an equals sign";
            if (name.SequenceEqual("__name__"u8)) return "expected one name, not a tag __name__ besides it";
            if (!TryAddTag(name, value[..behind])) return "expected at most 65535 tags, each of at most 65535 bytes";
            rest = value[behind..];
        }
        return _names.HasTwins() ? "duplicate tags" : null;
    }

    /// <summary>The wire key of a field's series.</summary>
    /// <param name="field">Its name as it was sent.</param>
    /// <param name="wire">Valid until the next call.</param>
    /// <returns>What is wrong; null when nothing is.</returns>
    public string? ReadField(ReadOnlySpan<byte> field, out ReadOnlySpan<byte> wire)
    {
        wire = default;
        if (!Utf8.IsValid(field)) return "invalid UTF-8";
        Reserve(ref _wire, HeaderBytes + _measurementBytes + 1 + field.Length + _tagBytes);
        Span<byte> to = _wire.AsSpan(HeaderBytes);
        _measurement.AsSpan(0, _measurementBytes).CopyTo(to);
        int nameBytes = _measurementBytes;
        if (!field.SequenceEqual("value"u8))
        {
            to[nameBytes++] = (byte)'_';
            nameBytes += Unescape(field, to[nameBytes..], inMeasurement: false);
        }
        int length = HeaderBytes + nameBytes + _tagBytes;
        if (nameBytes > ushort.MaxValue) return "expected measurement and field of at most 65535 bytes together";
        if (length > WriteBatch.MaxKeyBytes) return "expected a shorter key";
        _tags.AsSpan(0, _tagBytes).CopyTo(to[nameBytes..]);
        BinaryPrimitives.WriteUInt16LittleEndian(_wire, (ushort)nameBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(_wire.AsSpan(sizeof(ushort)), (ushort)_tagCount);
        wire = _wire.AsSpan(0, length);
        return null;
    }

    /// <summary>Where the next comma, or equals sign, without a backslash before it stands; or the end.</summary>
    private static int Find(ReadOnlySpan<byte> text, bool stopAtEquals)
    {
        int at = 0;
        while (at < text.Length)
        {
            int found = text[at..].IndexOfAny(s_special);
            if (found < 0) return text.Length;
            at += found;
            if (text[at] == ',' || (text[at] == '=' && stopAtEquals)) return at;
            at += IsEscape(text, at) ? 2 : 1;
        }
        return at;
    }

    /// <summary>A backslash stands here and takes the meaning of what is behind it.</summary>
    public static bool IsEscape(ReadOnlySpan<byte> text, int at) =>
        text[at] == '\\' && at + 1 < text.Length && text[at + 1] is (byte)',' or (byte)' ' or (byte)'=';

    private bool TryAddTag(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Span<byte> to = _tags.AsSpan(_tagBytes + sizeof(ushort));
        int length = Unescape(name, to, inMeasurement: false);
        _names.Add(to[..length]);
        to[length++] = (byte)'=';
        length += Unescape(value, to[length..], inMeasurement: false);
        if (length > ushort.MaxValue || _tagCount == ushort.MaxValue) return false;
        BinaryPrimitives.WriteUInt16LittleEndian(_tags.AsSpan(_tagBytes), (ushort)length);
        _tagBytes += sizeof(ushort) + length;
        _tagCount++;
        return true;
    }

    private static void Reserve(ref byte[] buffer, int length)
    {
        if (buffer.Length < length) buffer = new byte[Math.Max(length, buffer.Length * 2)];
    }

    private static int Unescape(ReadOnlySpan<byte> text, Span<byte> to, bool inMeasurement)
    {
        int length = 0;
        while (true)
        {
            int at = text.IndexOf((byte)'\\');
            if (at < 0) break;
            bool isEscape = IsEscape(text, at) && !(inMeasurement && text[at + 1] == '=');
            int taken = isEscape ? at : at + 1;
            text[..taken].CopyTo(to[length..]);
            length += taken;
            text = text[(at + 1)..];
            if (!isEscape) continue;
            to[length++] = text[0];
            text = text[1..];
        }
        text.CopyTo(to[length..]);
        return length + text.Length;
    }
}
