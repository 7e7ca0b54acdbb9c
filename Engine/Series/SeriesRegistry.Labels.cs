using System;
using System.Collections.Generic;
using System.Text.Unicode;
using Slungd.Engine.Model;

namespace Slungd.Engine.Series;

/// <summary>The labels that the series have, see <see cref="SeriesLabels"/>. Any thread, no lock.</summary>
internal sealed partial class SeriesRegistry : ILabelSymbols
{
    /// <summary>From so many series per value on the values' lists are asked instead of the series.</summary>
    private const int SeriesPerValue = 8;

    /// <summary>False when some label comes from several tags, as of `k` and `k=v`: then only each series by itself
    /// tells what its labels are. In good data there are none.</summary>
    public bool AreLabelsPlain => !_catalog.HasDoubledLabels;

    /// <summary>The labels by number; null when some label comes from several tags.</summary>
    public ILabelSymbols? Symbols => AreLabelsPlain ? this : null;

    bool ILabelSymbols.IsPlain(SeriesId series)
    {
        if (!_catalog.HasOddTags) return true;
        Check(series);
        ReadOnlySpan<uint> symbols = _records.SymbolsOf(series.Value);
        bool isPlain = Utf8.IsValid(_catalog.Names.TextOf(symbols[0]));
        foreach (uint tag in symbols[1..]) isPlain = isPlain && TagCatalog.IsPlain(_catalog.Tags.TextOf(tag));
        return isPlain;
    }

    ReadOnlySpan<uint> ILabelSymbols.SymbolsOf(SeriesId series)
    {
        Check(series);
        return _records.SymbolsOf(series.Value);
    }

    ReadOnlySpan<byte> ILabelSymbols.NameText(uint name) => _catalog.Names.TextOf(name);

    uint ILabelSymbols.LabelOf(uint tag) => _catalog.KeyOfTag(tag);

    ReadOnlySpan<byte> ILabelSymbols.LabelText(uint label) => _catalog.Keys.TextOf(label);

    ReadOnlySpan<byte> ILabelSymbols.ValueText(uint tag) =>
        _catalog.Tags.TextOf(tag)[(_catalog.Keys.TextOf(_catalog.KeyOfTag(tag)).Length + 1)..];

    bool ILabelSymbols.IsShared(uint tag) => _catalog.SeriesOfTag.CountOf(tag) > 1;

    /// <summary>The matching series as a set, which the caller disposes.</summary>
    /// <param name="selector">Which.</param>
    /// <param name="bound">Ids from here on are not in it.</param>
    public SeriesBitmap SelectSet(SeriesSelector selector, out uint bound) =>
        new SeriesSelection(_catalog, _records, selector).RunToSet(out bound);

    /// <summary>The label names of these series; only while <see cref="AreLabelsPlain"/>.</summary>
    public LabelTexts LabelNames(SeriesBitmap series)
    {
        using var tags = new SeriesBitmap((uint)_catalog.Tags.Count); // of symbols here
        bool isNamed = false;
        foreach (uint id in series)
        {
            ReadOnlySpan<uint> symbols = _records.SymbolsOf(id);
            isNamed = isNamed || _catalog.Names.TextOf(symbols[0]).Length > 0;
            foreach (uint tag in symbols[1..]) tags.Add(tag);
        }
        var names = new SortedSet<byte[]>(Comparer<byte[]>.Create(
            static (a, b) => a.AsSpan().SequenceCompareTo(b)));
        if (isNamed) names.Add(SeriesLabels.NameBytes.ToArray());
        using var keys = new SeriesBitmap((uint)_catalog.Keys.Count);
        foreach (uint tag in tags)
        {
            uint key = _catalog.KeyOfTag(tag);
            if (key == TagCatalog.NoKey) AddName(names, _catalog.Tags.TextOf(tag));
            else if (!keys.Contains(key) && _catalog.ValueOfTag(tag).Length > 0)
            {
                keys.Add(key);
                AddName(names, _catalog.Keys.TextOf(key));
            }
        }
        return LabelTexts.Of([.. names]);
    }

    /// <summary>The values of a label in these series; only while <see cref="AreLabelsPlain"/>.</summary>
    public LabelTexts LabelValues(ReadOnlySpan<byte> label, SeriesBitmap series)
    {
        if (label.SequenceEqual(SeriesLabels.NameBytes)) return Names(series);
        if (label.IsEmpty || label.Contains((byte)'=')) return LabelTexts.None;
        if (_catalog.Tags.TryFind(label, out uint bare))
            return _catalog.SeriesOfTag.HasAny(bare, series) ? LabelTexts.Of([SeriesLabels.BareValue.ToArray()])
                : LabelTexts.None;
        if (!_catalog.Keys.TryFind(label, out uint key)) return LabelTexts.None;
        // Values that are added meanwhile have none of these series, whose ids are older.
        int most = (int)Math.Min(_catalog.TagsOfKey.CountOf(key), int.MaxValue);
        if (series.Count < most / SeriesPerValue) return ValuesOfFew(key, label.Length + 1, series);
        ulong[] values = GC.AllocateUninitializedArray<ulong>(most);
        int count = 0;
        PostingLists.Cursor tags = _catalog.TagsOfKey.Read(key);
        while (count < most && tags.MoveNext())
            if (_catalog.SeriesOfTag.HasAny(tags.Current, series)) values[count++] = tags.Current;
        return new SymbolTexts(_catalog.Tags, values, count, label.Length + 1);
    }

    private SymbolTexts ValuesOfFew(uint key, int skip, SeriesBitmap series)
    {
        using var seen = new SeriesBitmap((uint)_catalog.Tags.Count); // of symbols here
        foreach (uint id in series)
            foreach (uint tag in _records.SymbolsOf(id)[1..])
                if (_catalog.KeyOfTag(tag) == key) seen.Add(tag);
        ulong[] values = new ulong[seen.Count];
        int count = 0;
        foreach (uint tag in seen) values[count++] = tag;
        return new SymbolTexts(_catalog.Tags, values, count, skip);
    }

    private SymbolTexts Names(SeriesBitmap series)
    {
        ulong[] names = GC.AllocateUninitializedArray<ulong>(_catalog.Names.Count);
        int count = 0;
        for (uint name = 0; name < names.Length; name++)
            if (_catalog.SeriesOfName.HasAny(name, series)) names[count++] = name;
        return new SymbolTexts(_catalog.Names, names, count, 0);
    }

    private static void AddName(SortedSet<byte[]> names, ReadOnlySpan<byte> name)
    {
        if (!name.IsEmpty && !name.SequenceEqual(SeriesLabels.NameBytes)) names.Add(name.ToArray());
    }
}
