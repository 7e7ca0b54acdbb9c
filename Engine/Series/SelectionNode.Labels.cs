using System;
using System.Collections.Generic;
using Slungd.Engine.Model;

namespace Slungd.Engine.Series;

/// <summary>Conditions on labels as PromQL sees them, see <see cref="SeriesLabels"/>. Each regular expression is asked
/// once per distinct text or once per series, whichever is less.</summary>
internal abstract partial class SelectionNode
{
    private static SelectionNode OfLabel(TagCatalog catalog, LabelMatcher matcher, Action? look)
    {
        MatchedTexts texts = new(matcher, look);
        SelectionNode node = matcher.Name == SeriesLabels.Name ? new NameLabel(matcher, texts, catalog)
            : new Label(matcher, texts, catalog);
        return matcher.IsNegative ? new Not(node) : node;
    }

    /// <summary>Asks a matcher about many texts, and whether to go on.</summary>
    private sealed class MatchedTexts(LabelMatcher matcher, Action? look)
    {
        private const int TextsPerLook = 64;

        private int _texts;

        public bool Accepts(ReadOnlySpan<byte> text)
        {
            if (++_texts % TextsPerLook == 0) look?.Invoke();
            return matcher.Accepts(text, look);
        }
    }

    /// <summary>The label's value is one that the matcher accepts, in its positive sense.</summary>
    private sealed class Label : SelectionNode
    {
        private readonly TagCatalog _catalog;
        private readonly LabelMatcher _matcher;
        private readonly MatchedTexts _texts;
        private readonly uint _key; // of the tags `key=value`, or Unknown
        private readonly uint _bare; // the tag `key`, or Unknown
        private readonly bool _acceptsBare;
        private readonly bool _acceptsEmpty;
        private List<uint>? _accepted; // tags, ascending; null: ask the matcher

        public Label(LabelMatcher matcher, MatchedTexts texts, TagCatalog catalog)
        {
            _catalog = catalog;
            _matcher = matcher;
            _texts = texts;
            byte[] name = matcher.NameBytes;
            // A label's name is the front of a tag up to its first `=`, so it has none itself.
            bool isName = name.Length > 0 && !name.AsSpan().Contains((byte)'=');
            _key = isName && catalog.Keys.TryFind(name, out uint key) ? key : TagCatalog.Unknown;
            _bare = isName && catalog.Tags.TryFind(name, out uint bare) ? bare : TagCatalog.Unknown;
            _acceptsBare = matcher.Accepts(SeriesLabels.BareValue);
            _acceptsEmpty = matcher.Accepts(default);
            if (_key == TagCatalog.Unknown) _accepted = [];
            else if (matcher.Alternatives is { } values) _accepted = Find(values);
        }

        public override SelectionList Necessary
        {
            get
            {
                if (_acceptsEmpty) return SelectionList.Anything;
                bool isBareNeeded = _acceptsBare && _bare != TagCatalog.Unknown;
                if (_accepted is { Count: 0 })
                    return isBareNeeded ? ListOf(_catalog.SeriesOfTag, _bare) : SelectionList.Nothing;
                if (isBareNeeded) return SelectionList.Anything;
                return _accepted is { Count: 1 } ? ListOf(_catalog.SeriesOfTag, _accepted[0])
                    : ListOf(_catalog.SeriesOfKey, _key);
            }
        }

        public override long Listed
        {
            get
            {
                long listed = _bare == TagCatalog.Unknown ? 0 : _catalog.SeriesOfTag.CountOf(_bare);
                if (_key == TagCatalog.Unknown) return listed;
                if (_acceptsEmpty) listed += _catalog.SeriesOfKey.CountOf(_key);
                if (_accepted is null) return listed + _catalog.SeriesOfKey.CountOf(_key);
                foreach (uint tag in _accepted) listed += _catalog.SeriesOfTag.CountOf(tag);
                return listed;
            }
        }

        public override long Compared => _accepted is null ? _catalog.TagsOfKey.CountOf(_key) : 0;

        public override int Patterns => _accepted is null ? 1 : 0;

        public override void Prepare(long series)
        {
            if (_accepted is not null || _catalog.TagsOfKey.CountOf(_key) > series) return;
            _accepted = [];
            PostingLists.Cursor tags = _catalog.TagsOfKey.Read(_key);
            while (tags.MoveNext())
                if (_texts.Accepts(_catalog.ValueOfTag(tags.Current))) _accepted.Add(tags.Current);
        }

        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols)
        {
            bool isBare = false;
            for (int i = symbols.Length - 1; i > 0; i--) // of a doubled label the last in sort order counts
            {
                uint tag = symbols[i];
                if (tag == _bare) isBare = true; // a tag `key=...` may stand before it in the loop, but not after
                else if (_key != TagCatalog.Unknown && catalog.KeyOfTag(tag) == _key) return IsAccepted(tag);
            }
            return isBare ? _acceptsBare : _acceptsEmpty;
        }

        public override SeriesBitmap Collect(TagCatalog catalog, SeriesRecords records, uint bound)
        {
            var set = new SeriesBitmap(bound);
            if (_acceptsEmpty)
            {
                if (_key != TagCatalog.Unknown) set.Add(catalog.SeriesOfKey.Read(_key));
                set.Complement();
            }
            foreach (uint tag in _accepted!) set.Add(catalog.SeriesOfTag.Read(tag));
            if (_bare != TagCatalog.Unknown) Correct(set, catalog.SeriesOfTag.Read(_bare), records, bound);
            if (_key != TagCatalog.Unknown) Correct(set, catalog.SeriesDoublingKey.Read(_key), records, bound);
            return set;
        }

        /// <summary>Looks at the series of a list one by one.</summary>
        private void Correct(SeriesBitmap set, PostingLists.Cursor series, SeriesRecords records, uint bound)
        {
            while (series.MoveNext() && series.Current < bound)
            {
                if (Matches(_catalog, records.SymbolsOf(series.Current))) set.Add(series.Current);
                else set.Remove(series.Current);
            }
        }

        private bool IsAccepted(uint tag) =>
            _accepted is null ? _texts.Accepts(_catalog.ValueOfTag(tag)) : _accepted.BinarySearch(tag) >= 0;

        private List<uint> Find(byte[][] values)
        {
            var found = new List<uint>(values.Length);
            foreach (byte[] value in values)
                if (_catalog.Tags.TryFind([.. _matcher.NameBytes, (byte)'=', .. value], out uint tag)) found.Add(tag);
            found.Sort();
            return found;
        }
    }

    /// <summary>The series' name is one that the matcher accepts, in its positive sense.</summary>
    private sealed class NameLabel : SelectionNode
    {
        private readonly TagCatalog _catalog;
        private readonly MatchedTexts _texts;
        private readonly int _names;
        private List<uint>? _accepted; // ascending; null: ask the matcher

        public NameLabel(LabelMatcher matcher, MatchedTexts texts, TagCatalog catalog)
        {
            _catalog = catalog;
            _texts = texts;
            _names = catalog.Names.Count;
            if (matcher.Alternatives is not { } names) return;
            _accepted = [];
            foreach (byte[] text in names)
                if (catalog.Names.TryFind(text, out uint name)) _accepted.Add(name);
            _accepted.Sort();
        }

        public override SelectionList Necessary => _accepted switch
        {
            { Count: 0 } => SelectionList.Nothing,
            { Count: 1 } => ListOf(_catalog.SeriesOfName, _accepted[0]),
            _ => SelectionList.Anything,
        };

        public override long Listed
        {
            get
            {
                if (_accepted is null) return 0;
                long listed = 0;
                foreach (uint name in _accepted) listed += _catalog.SeriesOfName.CountOf(name);
                return listed;
            }
        }

        public override long Compared => _accepted is null ? _names : 0;

        public override int Patterns => _accepted is null ? 1 : 0;

        public override void Prepare(long series)
        {
            if (_accepted is not null || _names > series) return;
            _accepted = [];
            for (uint name = 0; name < _names; name++)
                if (_texts.Accepts(_catalog.Names.TextOf(name))) _accepted.Add(name);
        }

        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols) =>
            _accepted is null ? _texts.Accepts(catalog.Names.TextOf(symbols[0]))
            : _accepted.BinarySearch(symbols[0]) >= 0;

        public override SeriesBitmap Collect(TagCatalog catalog, SeriesRecords records, uint bound)
        {
            var set = new SeriesBitmap(bound);
            foreach (uint name in _accepted!) set.Add(catalog.SeriesOfName.Read(name));
            return set;
        }
    }

    private static SelectionList ListOf(PostingLists lists, uint list) => new(lists, list, lists.CountOf(list));
}
