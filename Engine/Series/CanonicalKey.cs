using System;
using System.Buffers;
using Slungd.Engine.Model;
using Slungd.Native.Bits;

namespace Slungd.Engine.Series;

/// <summary>The one byte string of a series' identity, as segments and the WAL keep it:
/// `varint name_len | name | varint tag_count | tag_count x ( varint tag_len | tag )`, tags sorted bytewise, distinct,
/// none empty; varints are LEB128 in their shortest form. Lengths go first, so no text can forge a border.</summary>
internal static class CanonicalKey
{
    private const int MaxNumberBytes = 3; // 65,535 takes three

    /// <summary>A buffer of this size holds the canonical form of a wire key of this size.</summary>
    public static int MaxBytes(int wireKeyBytes) => wireKeyBytes + wireKeyBytes / 16384 + 2 * MaxNumberBytes;

    /// <summary>Writes the canonical form of a well-formed wire key.</summary>
    /// <param name="wireKey">The key.</param>
    /// <param name="into">At least <see cref="MaxBytes"/> long.</param>
    /// <returns>The number of bytes written.</returns>
    public static int Encode(ReadOnlySpan<byte> wireKey, Span<byte> into)
    {
        int tags = WireKey.TagCountOf(wireKey);
        TextSlice[]? rented = null;
        Span<TextSlice> scratch = tags <= KeyParts.TagsOnStack ? stackalloc TextSlice[KeyParts.TagsOnStack]
            : rented = ArrayPool<TextSlice>.Shared.Rent(tags);
        KeyParts parts = KeyParts.OfWire(wireKey, scratch);
        int at = 0;
        WriteText(into, ref at, parts.Name);
        at += Varint.Write(into[at..], (uint)parts.TagCount);
        for (int i = 0; i < parts.TagCount; i++) WriteText(into, ref at, parts.Tag(i));
        if (rented is not null) ArrayPool<TextSlice>.Shared.Return(rented);
        return at;
    }

    /// <summary>Reads a canonical key; false when the bytes are anything else.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> canonical, out SeriesKey? key)
    {
        key = null;
        int tags = MaxTagCountOf(canonical);
        TextSlice[]? rented = null;
        Span<TextSlice> scratch = tags <= KeyParts.TagsOnStack ? stackalloc TextSlice[KeyParts.TagsOnStack]
            : rented = ArrayPool<TextSlice>.Shared.Rent(tags);
        if (KeyParts.TryOfCanonical(canonical, scratch, out KeyParts parts))
        {
            var texts = new byte[parts.TagCount][];
            for (int i = 0; i < texts.Length; i++) texts[i] = parts.Tag(i).ToArray();
            key = new SeriesKey(parts.Name.ToArray(), texts);
        }
        if (rented is not null) ArrayPool<TextSlice>.Shared.Return(rented);
        return key is not null;
    }

    /// <summary>How many tags the bytes can have at most, to size a scratch; a claim beyond the bytes counts as 0.
    /// </summary>
    public static int MaxTagCountOf(ReadOnlySpan<byte> canonical)
    {
        int at = 0;
        bool read = TryReadText(canonical, ref at, out _) & TryReadNumber(canonical, ref at, out int count);
        return read && count <= canonical.Length / 2 ? count : 0; // a tag has at least a length and one byte
    }

    internal static void WriteText(Span<byte> into, ref int at, ReadOnlySpan<byte> text)
    {
        at += Varint.Write(into[at..], (uint)text.Length);
        text.CopyTo(into[at..]);
        at += text.Length;
    }

    internal static bool TryReadText(ReadOnlySpan<byte> from, ref int at, out TextSlice text)
    {
        text = default;
        if (!TryReadNumber(from, ref at, out int length) || length > from.Length - at) return false;
        text = new TextSlice(at, length);
        at += length;
        return true;
    }

    internal static bool TryReadNumber(ReadOnlySpan<byte> from, ref int at, out int number)
    {
        int start = at;
        bool read = Varint.TryRead(from, ref at, out ulong value) && value <= ushort.MaxValue;
        number = read ? (int)value : 0;
        // A longer form of the same number would be a second name for the same key.
        return read && at - start == Varint.LengthOf(value);
    }
}
