using System;
using System.Collections.Generic;
using Slungd.Engine.Model;
using Slungd.Native.Checks;

namespace Slungd.Engine.Series;

/// <summary>A list that every matching series is in.</summary>
/// <param name="Lists">Null: there is no such list.</param>
/// <param name="List">Which of them.</param>
/// <param name="Count">How many series match at most.</param>
internal readonly record struct SelectionList(PostingLists? Lists, uint List, uint Count)
{
    public static readonly SelectionList Anything = new(null, 0, uint.MaxValue);
    public static readonly SelectionList Nothing = new(null, 0, 0);
}

/// <summary>A condition whose texts have become symbols.</summary>
internal abstract class SelectionNode
{
    /// <summary>Parsers bound their expressions far below; deeper ones would only be our own mistake.</summary>
    public const int MaxDepth = 512;

    private SelectionNode()
    {
    }

    /// <summary>The shortest known list that holds every match.</summary>
    public virtual SelectionList Necessary => SelectionList.Anything;

    /// <summary>How many ids <see cref="Collect"/> reads from lists.</summary>
    public virtual long Listed => 0;

    /// <summary>How many bitmaps <see cref="Collect"/> goes through.</summary>
    public virtual int Nodes => 1;

    /// <summary>Whether a series with these symbols is meant.</summary>
    public abstract bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols);

    /// <summary>All matching series below the bound.</summary>
    public abstract SeriesBitmap Collect(TagCatalog catalog, SeriesRecords records, uint bound);

    public static SelectionNode OfName(TagCatalog catalog, byte[] name) =>
        catalog.Names.TryFind(name, out uint symbol) ? new Name(symbol, catalog) : new None();

    /// <summary>Looks every text up. Texts that no series has match nothing.</summary>
    public static SelectionNode Compile(TagCatalog catalog, TagExpression expression, int depth)
    {
        Invariant.Check(depth < MaxDepth);
        return expression switch
        {
            TagExpression.All => new Every(),
            TagExpression.Tag tag =>
                catalog.Tags.TryFind(tag.Text, out uint symbol) ? new Tag(symbol, catalog) : new None(),
            TagExpression.HasKey has =>
                catalog.Keys.TryFind(has.Key, out uint symbol) ? new HasKey(symbol, catalog) : new None(),
            TagExpression.Label label =>
                catalog.Keys.TryFind(label.Key, out uint symbol) ? new Label(symbol, label.Accepts, catalog)
                : new None(),
            TagExpression.And and =>
                new And(Compile(catalog, and.Left, depth + 1), Compile(catalog, and.Right, depth + 1)),
            TagExpression.Or or =>
                new Or(Compile(catalog, or.Left, depth + 1), Compile(catalog, or.Right, depth + 1)),
            TagExpression.Not not => new Not(Compile(catalog, not.Operand, depth + 1)),
            _ => throw new ArgumentOutOfRangeException(nameof(expression), expression.GetType().Name),
        };
    }

    internal sealed class None : SelectionNode
    {
        public override SelectionList Necessary => SelectionList.Nothing;

        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols) => false;

        public override SeriesBitmap Collect(TagCatalog catalog, SeriesRecords records, uint bound) => new(bound);
    }

    internal sealed class Every : SelectionNode
    {
        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols) => true;

        public override SeriesBitmap Collect(TagCatalog catalog, SeriesRecords records, uint bound)
        {
            var set = new SeriesBitmap(bound);
            set.AddAll();
            return set;
        }
    }

    /// <summary>A condition that one list answers: the one with the symbol's number.</summary>
    internal abstract class Listing(PostingLists lists, uint symbol) : SelectionNode
    {
        protected uint Symbol => symbol;

        public override SelectionList Necessary { get; } = new(lists, symbol, lists.CountOf(symbol));

        public override long Listed => Necessary.Count;

        public override SeriesBitmap Collect(TagCatalog catalog, SeriesRecords records, uint bound)
        {
            var set = new SeriesBitmap(bound);
            set.Add(lists.Read(symbol));
            return set;
        }
    }

    internal sealed class Name(uint symbol, TagCatalog catalog) : Listing(catalog.SeriesOfName, symbol)
    {
        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols) => symbols[0] == Symbol;
    }

    internal sealed class Tag(uint symbol, TagCatalog catalog) : Listing(catalog.SeriesOfTag, symbol)
    {
        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols) => symbols[1..].Contains(Symbol);
    }

    internal sealed class HasKey(uint symbol, TagCatalog catalog) : Listing(catalog.SeriesOfKey, symbol)
    {
        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols)
        {
            foreach (uint tag in symbols[1..])
            {
                if (catalog.KeyOfTag(tag) == Symbol) return true;
            }
            return false;
        }
    }

    /// <summary>Asks the predicate once per distinct value, then works on symbols.</summary>
    internal sealed class Label : SelectionNode
    {
        private readonly uint _key;
        private readonly List<uint> _accepted = []; // tags, ascending

        public Label(uint key, TagValuePredicate accepts, TagCatalog catalog)
        {
            _key = key;
            long listed = 0;
            PostingLists.Cursor tags = catalog.TagsOfKey.Read(key);
            while (tags.MoveNext())
            {
                if (!accepts(catalog.ValueOfTag(tags.Current))) continue;
                _accepted.Add(tags.Current);
                listed += catalog.SeriesOfTag.CountOf(tags.Current);
            }
            Listed = listed;
            Necessary = _accepted.Count switch
            {
                0 => SelectionList.Nothing,
                1 => new SelectionList(catalog.SeriesOfTag, _accepted[0], catalog.SeriesOfTag.CountOf(_accepted[0])),
                _ => new SelectionList(catalog.SeriesOfKey, key, catalog.SeriesOfKey.CountOf(key)),
            };
        }

        public override SelectionList Necessary { get; }

        public override long Listed { get; }

        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols)
        {
            for (int i = symbols.Length - 1; i > 0; i--) // of a doubled key the last in sort order counts
            {
                if (catalog.KeyOfTag(symbols[i]) == _key) return _accepted.BinarySearch(symbols[i]) >= 0;
            }
            return false;
        }

        public override SeriesBitmap Collect(TagCatalog catalog, SeriesRecords records, uint bound)
        {
            var set = new SeriesBitmap(bound);
            foreach (uint tag in _accepted) set.Add(catalog.SeriesOfTag.Read(tag));
            PostingLists.Cursor doubled = catalog.SeriesDoublingKey.Read(_key);
            while (doubled.MoveNext() && doubled.Current < bound)
            {
                if (!Matches(catalog, records.SymbolsOf(doubled.Current))) set.Remove(doubled.Current);
            }
            return set;
        }
    }

    internal sealed class And(SelectionNode left, SelectionNode right) : SelectionNode
    {
        public override SelectionList Necessary { get; } =
            left.Necessary.Count <= right.Necessary.Count ? left.Necessary : right.Necessary;

        public override long Listed { get; } = left.Listed + right.Listed;

        public override int Nodes { get; } = left.Nodes + right.Nodes + 1;

        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols) =>
            left.Matches(catalog, symbols) && right.Matches(catalog, symbols);

        public override SeriesBitmap Collect(TagCatalog catalog, SeriesRecords records, uint bound)
        {
            SeriesBitmap set = left.Collect(catalog, records, bound);
            using SeriesBitmap other = right.Collect(catalog, records, bound);
            set.IntersectWith(other);
            return set;
        }
    }

    internal sealed class Or(SelectionNode left, SelectionNode right) : SelectionNode
    {
        public override SelectionList Necessary { get; } =
            left.Necessary.Count == 0 ? right.Necessary
            : right.Necessary.Count == 0 ? left.Necessary
            : SelectionList.Anything;

        public override long Listed { get; } = left.Listed + right.Listed;

        public override int Nodes { get; } = left.Nodes + right.Nodes + 1;

        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols) =>
            left.Matches(catalog, symbols) || right.Matches(catalog, symbols);

        public override SeriesBitmap Collect(TagCatalog catalog, SeriesRecords records, uint bound)
        {
            SeriesBitmap set = left.Collect(catalog, records, bound);
            using SeriesBitmap other = right.Collect(catalog, records, bound);
            set.UnionWith(other);
            return set;
        }
    }

    internal sealed class Not(SelectionNode operand) : SelectionNode
    {
        public override long Listed { get; } = operand.Listed;

        public override int Nodes { get; } = operand.Nodes + 1;

        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols) =>
            !operand.Matches(catalog, symbols);

        public override SeriesBitmap Collect(TagCatalog catalog, SeriesRecords records, uint bound)
        {
            SeriesBitmap set = operand.Collect(catalog, records, bound);
            set.Complement();
            return set;
        }
    }
}
