using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Slungd.Engine.Series;

/// <summary>A series key as it stands in events and DEFINEs, little-endian (design, section 4.1):
/// `u16 series_len | u16 tag_count | series | tag_count x ( u16 tag_len | tag )`.</summary>
internal static class WireKey
{
    public const int HeaderBytes = 4;
    public const int MaxTextBytes = ushort.MaxValue;
    public const int MaxTags = ushort.MaxValue;

    /// <summary>Finds the end of the key that begins at <paramref name="from"/>.</summary>
    /// <returns>False when a slice does not fit.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryMeasure(ReadOnlySpan<byte> from, out int length)
    {
        length = 0;
        if (from.Length < HeaderBytes) return false;
        uint header = BinaryPrimitives.ReadUInt32LittleEndian(from);
        int end = HeaderBytes + (int)(header & 0xffff);
        for (uint tags = header >> 16; tags > 0; tags--)
        {
            // end + 2 cannot overflow: end passed the span's length at most by one text.
            if (end + 2 > from.Length) return false;
            end += 2 + BinaryPrimitives.ReadUInt16LittleEndian(from[end..]);
        }
        length = end;
        return end <= from.Length;
    }

    /// <summary>True when the bytes are one whole key and nothing else.</summary>
    public static bool IsWellFormed(ReadOnlySpan<byte> key) => TryMeasure(key, out int length) && length == key.Length;

    /// <summary>The name of a well-formed key.</summary>
    public static ReadOnlySpan<byte> NameOf(ReadOnlySpan<byte> key) =>
        key.Slice(HeaderBytes, BinaryPrimitives.ReadUInt16LittleEndian(key));

    /// <summary>How many tags a well-formed key lists, empties and duplicates included.</summary>
    public static int TagCountOf(ReadOnlySpan<byte> key) => BinaryPrimitives.ReadUInt16LittleEndian(key[2..]);

    /// <summary>The tags of a well-formed key in their order, empties and duplicates included.</summary>
    public static Tags TagsOf(ReadOnlySpan<byte> key) => new(key);

    /// <summary>Enumerates tags without allocating.</summary>
    internal ref struct Tags
    {
        private ReadOnlySpan<byte> _rest;
        private int _left;

        internal Tags(ReadOnlySpan<byte> key)
        {
            _rest = key[(HeaderBytes + NameOf(key).Length)..];
            _left = TagCountOf(key);
        }

        public ReadOnlySpan<byte> Current { get; private set; }

        public readonly Tags GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_left == 0) return false;
            _left--;
            int length = BinaryPrimitives.ReadUInt16LittleEndian(_rest);
            Current = _rest.Slice(2, length);
            _rest = _rest[(2 + length)..];
            return true;
        }
    }
}
