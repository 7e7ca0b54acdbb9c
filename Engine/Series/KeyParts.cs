using System;
using Slungd.Native.Checks;

namespace Slungd.Engine.Series;

/// <summary>Where a text lies in the bytes of a key.</summary>
internal readonly record struct TextSlice(int Offset, int Length);

/// <summary>A key taken apart into its identity: the name, and the tags sorted bytewise, without duplicates and
/// empties. Refers to the key's bytes and to a caller's scratch; allocates nothing.</summary>
internal readonly ref struct KeyParts
{
    /// <summary>Up to this many tags a scratch lives on the stack (256 bytes); real keys have 3 to 20.</summary>
    public const int TagsOnStack = 32;

    private readonly ReadOnlySpan<byte> _source;
    private readonly TextSlice _name;
    private readonly ReadOnlySpan<TextSlice> _tags;

    private KeyParts(ReadOnlySpan<byte> source, TextSlice name, ReadOnlySpan<TextSlice> tags)
    {
        _source = source;
        _name = name;
        _tags = tags;
    }

    public ReadOnlySpan<byte> Name => At(_name);

    public int TagCount => _tags.Length;

    public ReadOnlySpan<byte> Tag(int index) => At(_tags[index]);

    /// <summary>The bytes of the name and all tags together.</summary>
    public long TextBytes
    {
        get
        {
            long bytes = _name.Length;
            foreach (TextSlice tag in _tags) bytes += tag.Length;
            return bytes;
        }
    }

    /// <summary>Takes a well-formed wire key apart.</summary>
    /// <param name="wireKey">The key.</param>
    /// <param name="scratch">At least as long as the key has tags.</param>
    public static KeyParts OfWire(ReadOnlySpan<byte> wireKey, Span<TextSlice> scratch)
    {
        int at = WireKey.HeaderBytes;
        var name = new TextSlice(at, WireKey.NameOf(wireKey).Length);
        at += name.Length;
        int count = 0;
        foreach (ReadOnlySpan<byte> tag in WireKey.TagsOf(wireKey))
        {
            if (tag.Length > 0) scratch[count++] = new TextSlice(at + 2, tag.Length);
            at += 2 + tag.Length;
        }
        DebugCheck.That(at == wireKey.Length);
        Span<TextSlice> tags = scratch[..count];
        return new KeyParts(wireKey, name, SliceSort.SortDistinct(wireKey, tags));
    }

    /// <summary>Takes a canonical key apart.</summary>
    /// <returns>False when the bytes are no canonical key, or have more tags than the scratch.</returns>
    public static bool TryOfCanonical(ReadOnlySpan<byte> canonical, Span<TextSlice> scratch, out KeyParts parts)
    {
        parts = default;
        int at = 0;
        if (!CanonicalKey.TryReadText(canonical, ref at, out TextSlice name)) return false;
        if (!CanonicalKey.TryReadNumber(canonical, ref at, out int count) || count > scratch.Length) return false;
        ReadOnlySpan<byte> former = default;
        for (int i = 0; i < count; i++)
        {
            if (!CanonicalKey.TryReadText(canonical, ref at, out scratch[i])) return false;
            ReadOnlySpan<byte> tag = canonical.Slice(scratch[i].Offset, scratch[i].Length);
            if (former.SequenceCompareTo(tag) >= 0) return false; // the first tag is after the empty text: not empty
            former = tag;
        }
        if (at != canonical.Length) return false;
        parts = new KeyParts(canonical, name, scratch[..count]);
        return true;
    }

    private ReadOnlySpan<byte> At(TextSlice slice) => _source.Slice(slice.Offset, slice.Length);
}
