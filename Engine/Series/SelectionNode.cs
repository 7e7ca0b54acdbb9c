using System;
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
internal abstract partial class SelectionNode
{
    /// <summary>Parsers bound their expressions far below; deeper ones would only be our own mistake.</summary>
    public const int MaxDepth = 512;

    private SelectionNode()
    {
    }

    /// <summary>The shortest known list that holds every match.</summary>
    public virtual SelectionList Necessary => SelectionList.Anything;

    /// <summary>How many ids <see cref="Collect"/> reads from lists, at most.</summary>
    public virtual long Listed => 0;

    /// <summary>How many texts <see cref="Collect"/> compares with regular expressions.</summary>
    public virtual long Compared => 0;

    /// <summary>How many regular expressions <see cref="Matches"/> asks.</summary>
    public virtual int Patterns => 0;

    /// <summary>How many bitmaps <see cref="Collect"/> goes through.</summary>
    public virtual int Nodes => 1;

    /// <summary>Before <see cref="Matches"/> is asked for so many series, unless <see cref="Collect"/> is.</summary>
    public virtual void Prepare(long series)
    {
    }

    /// <summary>Whether a series with these symbols is meant.</summary>
    public abstract bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols);

    /// <summary>All matching series below the bound.</summary>
    public abstract SeriesBitmap Collect(TagCatalog catalog, SeriesRecords records, uint bound);

    public static SelectionNode OfName(TagCatalog catalog, byte[] name) =>
        catalog.Names.TryFind(name, out uint symbol) ? new Name(symbol, catalog) : new None();

    /// <summary>Looks every text up. Texts that no series has match nothing.</summary>
    /// <param name="catalog">Of the series.</param>
    /// <param name="expression">The condition.</param>
    /// <param name="look">See <see cref="SeriesSelector.Look"/>.</param>
    /// <param name="depth">Of the expression in the whole.</param>
    public static SelectionNode Compile(TagCatalog catalog, TagExpression expression, Action? look, int depth)
    {
        Invariant.Check(depth < MaxDepth);
        return expression switch
        {
            TagExpression.All => new Every(),
            TagExpression.Tag tag =>
                catalog.Tags.TryFind(tag.Text, out uint symbol) ? new Tag(symbol, catalog) : new None(),
            TagExpression.HasKey has =>
                catalog.Keys.TryFind(has.Key, out uint symbol) ? new HasKey(symbol, catalog) : new None(),
            TagExpression.Name name => OfName(catalog, name.Text),
            TagExpression.Label label => OfLabel(catalog, label.Matcher, look),
            TagExpression.And and =>
                new And(Compile(catalog, and.Left, look, depth + 1), Compile(catalog, and.Right, look, depth + 1)),
            TagExpression.Or or =>
                new Or(Compile(catalog, or.Left, look, depth + 1), Compile(catalog, or.Right, look, depth + 1)),
            TagExpression.Not not => new Not(Compile(catalog, not.Operand, look, depth + 1)),
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

    internal abstract class Pair(SelectionNode left, SelectionNode right) : SelectionNode
    {
        protected SelectionNode Left { get; } = left;

        protected SelectionNode Right { get; } = right;

        public override long Listed { get; } = left.Listed + right.Listed;

        public override int Nodes { get; } = left.Nodes + right.Nodes + 1;

        public override long Compared { get; } = left.Compared + right.Compared;

        public override int Patterns { get; } = left.Patterns + right.Patterns;

        public override void Prepare(long series)
        {
            Left.Prepare(series);
            Right.Prepare(series);
        }

        public override SeriesBitmap Collect(TagCatalog catalog, SeriesRecords records, uint bound)
        {
            SeriesBitmap set = Left.Collect(catalog, records, bound);
            using SeriesBitmap other = Right.Collect(catalog, records, bound);
            Combine(set, other);
            return set;
        }

        protected abstract void Combine(SeriesBitmap set, SeriesBitmap other);
    }

    internal sealed class And(SelectionNode left, SelectionNode right) : Pair(left, right)
    {
        public override SelectionList Necessary { get; } =
            left.Necessary.Count <= right.Necessary.Count ? left.Necessary : right.Necessary;

        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols) =>
            Left.Matches(catalog, symbols) && Right.Matches(catalog, symbols);

        protected override void Combine(SeriesBitmap set, SeriesBitmap other) => set.IntersectWith(other);
    }

    internal sealed class Or(SelectionNode left, SelectionNode right) : Pair(left, right)
    {
        public override SelectionList Necessary { get; } =
            left.Necessary.Count == 0 ? right.Necessary
            : right.Necessary.Count == 0 ? left.Necessary
            : SelectionList.Anything;

        public override bool Matches(TagCatalog catalog, ReadOnlySpan<uint> symbols) =>
            Left.Matches(catalog, symbols) || Right.Matches(catalog, symbols);

        protected override void Combine(SeriesBitmap set, SeriesBitmap other) => set.UnionWith(other);
    }

    internal sealed class Not(SelectionNode operand) : SelectionNode
    {
        public override long Listed { get; } = operand.Listed;

        public override int Nodes { get; } = operand.Nodes + 1;

        public override long Compared { get; } = operand.Compared;

        public override int Patterns { get; } = operand.Patterns;

        public override void Prepare(long series) => operand.Prepare(series);

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
