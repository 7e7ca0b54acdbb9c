using System;

namespace Slungd.Ingest.Protocols.MetricLines;

/// <summary>The items of a JSON array that was found to be well-formed, and to hold no arrays, objects, commas or
/// brackets in its texts.</summary>
internal ref struct ArrayItems(ReadOnlySpan<byte> array)
{
    private ReadOnlySpan<byte> _rest = array[1..];

    /// <summary>The next item. There is one.</summary>
    public ReadOnlySpan<byte> Take()
    {
        int end = _rest.IndexOfAny((byte)',', (byte)']');
        ReadOnlySpan<byte> item = _rest[..end];
        _rest = _rest[(end + 1)..];
        return item.Trim(" \t\r"u8);
    }
}
