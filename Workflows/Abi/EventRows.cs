using System;
using System.Buffers.Binary;
using Slungd.Engine.Series;

namespace Slungd.Workflows.Abi;

/// <summary>Points as guests write many at once: events of the original protocol (design, section 4.1), back to back.
/// <code>
/// i64 timestamp | f64 value | u16 series_len | u16 tag_count | series | tag_count x ( u16 tag_len | tag )
/// </code></summary>
internal ref struct EventRows
{
    private const int KeyAt = 16;

    private ReadOnlySpan<byte> _rest;

    private EventRows(ReadOnlySpan<byte> rows, int count)
    {
        _rest = rows;
        Count = count;
    }

    public int Count { get; }

    /// <summary>Of the point after <see cref="MoveNext"/>.</summary>
    public long Timestamp { get; private set; }

    /// <inheritdoc cref="Timestamp"/>
    public double Value { get; private set; }

    /// <summary>See <see cref="WireKey"/>.</summary>
    public ReadOnlySpan<byte> Key { get; private set; }

    /// <summary>False when the bytes are not whole events, one or more.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out EventRows rows)
    {
        int count = 0;
        rows = default;
        for (ReadOnlySpan<byte> rest = bytes; !rest.IsEmpty; count++)
        {
            if (rest.Length < KeyAt || !WireKey.TryMeasure(rest[KeyAt..], out int length)) return false;
            rest = rest[(KeyAt + length)..];
        }
        rows = new EventRows(bytes, count);
        return count > 0;
    }

    public bool MoveNext()
    {
        if (_rest.IsEmpty) return false;
        WireKey.TryMeasure(_rest[KeyAt..], out int length);
        Timestamp = BinaryPrimitives.ReadInt64LittleEndian(_rest);
        Value = BinaryPrimitives.ReadDoubleLittleEndian(_rest[8..]);
        Key = _rest.Slice(KeyAt, length);
        _rest = _rest[(KeyAt + length)..];
        return true;
    }
}
