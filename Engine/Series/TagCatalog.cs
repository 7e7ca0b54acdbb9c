using System;
using System.Text.Unicode;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Native.Memory;

namespace Slungd.Engine.Series;

/// <summary>Every distinct name, tag and tag key as a symbol, with the ascending list of the series that have it.
/// One writer at a time; any thread reads without a lock.</summary>
internal sealed class TagCatalog : IDisposable
{
    /// <summary>The key of a tag without `=`.</summary>
    public const uint NoKey = uint.MaxValue;

    /// <summary>The symbol of a text that is not there.</summary>
    public const uint Unknown = uint.MaxValue;

    private readonly GrowingArray<uint> _keyOfTag;
    private bool _hasDoubledLabels;
    private bool _hasOddTags;

    public TagCatalog(ByteBudget budget, HashFunction hash)
    {
        Names = new SymbolTable(budget, hash);
        Tags = new SymbolTable(budget, hash);
        Keys = new SymbolTable(budget, hash);
        SeriesOfName = new PostingLists(budget);
        SeriesOfTag = new PostingLists(budget);
        SeriesOfKey = new PostingLists(budget);
        SeriesDoublingKey = new PostingLists(budget);
        TagsOfKey = new PostingLists(budget);
        _keyOfTag = new GrowingArray<uint>(budget, budget.Limit / sizeof(uint));
    }

    public SymbolTable Names { get; }

    public SymbolTable Tags { get; }

    /// <summary>The parts of tags before their first `=`.</summary>
    public SymbolTable Keys { get; }

    public PostingLists SeriesOfName { get; }

    public PostingLists SeriesOfTag { get; }

    /// <summary>A series stands here once, however many tags it has with the key.</summary>
    public PostingLists SeriesOfKey { get; }

    /// <summary>The series that have more than one tag with the key; in good data there are none.</summary>
    public PostingLists SeriesDoublingKey { get; }

    /// <summary>The symbols in <see cref="Tags"/> of the tags `key=...`.</summary>
    public PostingLists TagsOfKey { get; }

    /// <summary>Whether any label can come from more than one tag of a series: a doubled key, or a tag `k` beside tags
    /// `k=v`.</summary>
    public bool HasDoubledLabels => Volatile.Read(ref _hasDoubledLabels);

    /// <summary>Whether any name or tag is odd, see <see cref="IsPlain"/>.</summary>
    public bool HasOddTags => Volatile.Read(ref _hasOddTags);

    /// <summary>The symbol in <see cref="Keys"/>, or <see cref="NoKey"/>.</summary>
    public uint KeyOfTag(uint tag) => _keyOfTag[tag];

    /// <summary>The part of a `key=value` tag after its first `=`.</summary>
    public ReadOnlySpan<byte> ValueOfTag(uint tag)
    {
        ReadOnlySpan<byte> text = Tags.TextOf(tag);
        return text[(text.IndexOf((byte)'=') + 1)..];
    }

    /// <summary>Whether a tag gives a label that no other tag gives: `key=value` in UTF-8, the key not `__name__`.
    /// </summary>
    public static bool IsPlain(ReadOnlySpan<byte> tag)
    {
        int equals = tag.IndexOf((byte)'=');
        return equals > 0 && equals < tag.Length - 1 && Utf8.IsValid(tag) &&
            !tag[..equals].SequenceEqual(SeriesLabels.NameBytes);
    }

    /// <summary>Finds the symbols of a key's name and tags.</summary>
    /// <param name="parts">The key.</param>
    /// <param name="symbols">One longer than the tags: receives the name's, then the tags' in their order;
    /// <see cref="Unknown"/> for what is not there.</param>
    /// <returns>False when one is unknown.</returns>
    public bool TryFind(KeyParts parts, Span<uint> symbols)
    {
        bool all = Names.TryFind(parts.Name, out symbols[0]);
        if (!all) symbols[0] = Unknown;
        for (int i = 0; i < parts.TagCount; i++)
        {
            if (Tags.TryFind(parts.Tag(i), out symbols[i + 1])) continue;
            symbols[i + 1] = Unknown;
            all = false;
        }
        return all;
    }

    /// <summary>Makes room for whatever <see cref="Intern"/> and <see cref="Post"/> of one series may need; false when
    /// the budget has none.</summary>
    public bool TryReserve(KeyParts parts)
    {
        int tags = parts.TagCount;
        long bytes = parts.TextBytes;
        return Names.TryReserve(1, bytes) && Tags.TryReserve(tags, bytes) && Keys.TryReserve(tags, bytes) &&
            SeriesOfName.TryReserve(1, 1) && SeriesOfTag.TryReserve(tags, tags) &&
            SeriesOfKey.TryReserve(tags, tags) && SeriesDoublingKey.TryReserve(tags, tags) &&
            TagsOfKey.TryReserve(tags, tags) && _keyOfTag.TryReserve(tags);
    }

    /// <summary>Adds what <see cref="TryFind"/> found unknown, with nothing added since.</summary>
    public void Intern(KeyParts parts, Span<uint> symbols)
    {
        if (symbols[0] == Unknown)
        {
            SeriesOfName.AddList(); // before the symbol can be found
            if (!Utf8.IsValid(parts.Name)) Volatile.Write(ref _hasOddTags, true);
            symbols[0] = Names.Add(parts.Name);
        }
        for (int i = 0; i < parts.TagCount; i++)
        {
            if (symbols[i + 1] == Unknown) symbols[i + 1] = AddTag(parts.Tag(i));
        }
    }

    /// <summary>Appends the newest series to the lists of its symbols.</summary>
    public void Post(uint series, ReadOnlySpan<uint> symbols)
    {
        SeriesOfName.Append(symbols[0], series);
        foreach (uint tag in symbols[1..])
        {
            SeriesOfTag.Append(tag, series);
            uint key = _keyOfTag[tag];
            if (key == NoKey) continue;
            if (!SeriesOfKey.EndsWith(key, series)) SeriesOfKey.Append(key, series);
            else if (!SeriesDoublingKey.EndsWith(key, series))
            {
                Volatile.Write(ref _hasDoubledLabels, true);
                SeriesDoublingKey.Append(key, series);
            }
        }
    }

    public void Dispose()
    {
        Names.Dispose();
        Tags.Dispose();
        Keys.Dispose();
        SeriesOfName.Dispose();
        SeriesOfTag.Dispose();
        SeriesOfKey.Dispose();
        SeriesDoublingKey.Dispose();
        TagsOfKey.Dispose();
        _keyOfTag.Dispose();
    }

    private uint AddTag(ReadOnlySpan<byte> tag)
    {
        int equals = tag.IndexOf((byte)'=');
        uint key = NoKey;
        if (equals >= 0 && !Keys.TryFind(tag[..equals], out key))
        {
            SeriesOfKey.AddList();
            SeriesDoublingKey.AddList();
            TagsOfKey.AddList();
            key = Keys.Add(tag[..equals]);
        }
        if (equals < 0 ? Keys.TryFind(tag, out _) : Tags.TryFind(tag[..equals], out _))
            Volatile.Write(ref _hasDoubledLabels, true);
        if (!IsPlain(tag)) Volatile.Write(ref _hasOddTags, true);
        SeriesOfTag.AddList();
        _keyOfTag.Add(key);
        uint symbol = Tags.Add(tag);
        if (key != NoKey) TagsOfKey.Append(key, symbol);
        return symbol;
    }
}
