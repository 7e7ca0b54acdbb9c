using System;
using System.Collections.Generic;
using System.Threading;
using Slungd.Engine.Model;
using Slungd.Native.Bits;
using Slungd.Native.Checks;

namespace Slungd.Engine.Series;

/// <summary>What is known about the series. Any thread, no lock.</summary>
internal sealed partial class SeriesRegistry
{
    /// <summary>Bytes of native memory committed.</summary>
    public long CommittedBytes => _budget.Used;

    /// <summary>Distinct names.</summary>
    public int NameCount => _catalog.Names.Count;

    /// <summary>Distinct tags.</summary>
    public int TagCount => _catalog.Tags.Count;

    /// <summary>Distinct keys of `key=value` tags.</summary>
    public int TagKeyCount => _catalog.Keys.Count;

    /// <summary>Stored wire forms of all series.</summary>
    public int FormCount => _forms.Count;

    /// <summary>The family the first write fixed, or None.</summary>
    public ValueFamily FamilyOf(SeriesId series)
    {
        Check(series);
        return (ValueFamily)Volatile.Read(ref _records.Family(series.Value));
    }

    /// <summary>Fixes a series' family for good.</summary>
    /// <returns>False when it is already fixed as another one.</returns>
    public bool TryFixFamily(SeriesId series, ValueFamily family)
    {
        Check(series);
        Invariant.Check(family != ValueFamily.None);
        ref byte stored = ref _records.Family(series.Value);
        byte before = Interlocked.CompareExchange(ref stored, (byte)family, (byte)ValueFamily.None);
        return before == (byte)ValueFamily.None || before == (byte)family;
    }

    /// <summary>The series' name and tags; allocates.</summary>
    public SeriesKey KeyOf(SeriesId series)
    {
        Check(series);
        ReadOnlySpan<uint> symbols = _records.SymbolsOf(series.Value);
        var tags = new byte[symbols.Length - 1][];
        for (int i = 0; i < tags.Length; i++) tags[i] = _catalog.Tags.TextOf(symbols[i + 1]).ToArray();
        return new SeriesKey(_catalog.Names.TextOf(symbols[0]).ToArray(), tags);
    }

    /// <summary>The series' name; valid as long as the registry.</summary>
    public ReadOnlySpan<byte> NameOf(SeriesId series)
    {
        Check(series);
        return _catalog.Names.TextOf(_records.SymbolsOf(series.Value)[0]);
    }

    /// <summary>The series' <see cref="CanonicalKey"/>.</summary>
    /// <param name="series">Which.</param>
    /// <param name="buffer">Receives it; replaced by a larger one when too small.</param>
    /// <returns>The written front part of the buffer.</returns>
    public ReadOnlySpan<byte> CanonicalBytesOf(SeriesId series, ref byte[] buffer)
    {
        Check(series);
        ReadOnlySpan<uint> symbols = _records.SymbolsOf(series.Value);
        ReadOnlySpan<byte> name = _catalog.Names.TextOf(symbols[0]);
        int need = name.Length + (symbols.Length + 1) * Varint.MaxLength;
        foreach (uint tag in symbols[1..]) need += _catalog.Tags.TextOf(tag).Length;
        if (buffer.Length < need) buffer = new byte[Math.Max(need, buffer.Length * 2)];
        int at = 0;
        CanonicalKey.WriteText(buffer, ref at, name);
        at += Varint.Write(buffer.AsSpan(at), (uint)symbols.Length - 1);
        foreach (uint tag in symbols[1..]) CanonicalKey.WriteText(buffer, ref at, _catalog.Tags.TextOf(tag));
        return buffer.AsSpan(0, at);
    }

    /// <summary>Adds the ids of the matching series to <paramref name="into"/>, ascending.</summary>
    public void Select(SeriesSelector selector, List<SeriesId> into) =>
        new SeriesSelection(_catalog, _records, selector).Run(into);

    /// <summary>How many series have this name.</summary>
    public int CountOfName(ReadOnlySpan<byte> name) =>
        _catalog.Names.TryFind(name, out uint symbol) ? (int)_catalog.SeriesOfName.CountOf(symbol) : 0;

    /// <summary>How many series have this tag.</summary>
    public int CountOfTag(ReadOnlySpan<byte> tag) =>
        _catalog.Tags.TryFind(tag, out uint symbol) ? (int)_catalog.SeriesOfTag.CountOf(symbol) : 0;

    /// <summary>How many series have a tag `key=...`.</summary>
    public int CountOfTagKey(ReadOnlySpan<byte> key) =>
        _catalog.Keys.TryFind(key, out uint symbol) ? (int)_catalog.SeriesOfKey.CountOf(symbol) : 0;

    /// <summary>The distinct names in order of first appearance, one at a time.</summary>
    public IEnumerable<byte[]> EnumerateNames() => Enumerate(_catalog.Names);

    /// <summary>The distinct tags in order of first appearance, one at a time.</summary>
    public IEnumerable<byte[]> EnumerateTags() => Enumerate(_catalog.Tags);

    /// <summary>The distinct keys of `key=value` tags in order of first appearance, one at a time.</summary>
    public IEnumerable<byte[]> EnumerateTagKeys() => Enumerate(_catalog.Keys);

    /// <summary>The distinct values of a key in order of first appearance, one at a time.</summary>
    public IEnumerable<byte[]> EnumerateTagValues(byte[] key)
    {
        if (!_catalog.Keys.TryFind(key, out uint symbol)) yield break;
        var tags = new List<uint>();
        PostingLists.Cursor cursor = _catalog.TagsOfKey.Read(symbol);
        while (cursor.MoveNext()) tags.Add(cursor.Current);
        foreach (uint tag in tags) yield return _catalog.ValueOfTag(tag).ToArray();
    }

    private static IEnumerable<byte[]> Enumerate(SymbolTable table)
    {
        int count = table.Count;
        for (uint symbol = 0; symbol < count; symbol++) yield return table.TextOf(symbol).ToArray();
    }

    private void Check(SeriesId series) => Invariant.Check(series.Value < _records.Count);
}
