using System;

namespace Slungd.Engine.Model;

/// <summary>Which series a query means: a name (null = any) and an expression over the tags.</summary>
internal sealed record SeriesSelector(byte[]? Name, TagExpression Tags)
{
    public bool Matches(SeriesKey key) =>
        (Name is null || key.NameBytes.AsSpan().SequenceEqual(Name)) && Tags.Matches(key);
}

/// <summary>Whether a tag's value is meant; asked once per distinct value of the key, from any thread.</summary>
internal delegate bool TagValuePredicate(ReadOnlySpan<byte> value);

/// <summary>A condition on a series' tags. The store answers it from postings; <see cref="Matches"/> is the
/// reference.</summary>
internal abstract record TagExpression
{
    private TagExpression() { }

    public abstract bool Matches(SeriesKey key);

    /// <summary>Every series.</summary>
    internal sealed record All : TagExpression
    {
        public static readonly All Instance = new();
        public override bool Matches(SeriesKey key) => true;
    }

    /// <summary>The series has exactly this tag.</summary>
    internal sealed record Tag(byte[] Text) : TagExpression
    {
        public override bool Matches(SeriesKey key) => key.HasTag(Text);
    }

    /// <summary>The series has a tag `key=anything`.</summary>
    internal sealed record HasKey(byte[] Key) : TagExpression
    {
        public override bool Matches(SeriesKey key) => key.TryGetTagValue(Key, out _);
    }

    /// <summary>The series has a tag `key=value` with an accepted value; of a doubled key the last in sort order
    /// counts.</summary>
    internal sealed record Label(byte[] Key, TagValuePredicate Accepts) : TagExpression
    {
        public override bool Matches(SeriesKey key) =>
            key.TryGetTagValue(Key, out ReadOnlySpan<byte> value) && Accepts(value);
    }

    internal sealed record And(TagExpression Left, TagExpression Right) : TagExpression
    {
        public override bool Matches(SeriesKey key) => Left.Matches(key) && Right.Matches(key);
    }

    internal sealed record Or(TagExpression Left, TagExpression Right) : TagExpression
    {
        public override bool Matches(SeriesKey key) => Left.Matches(key) || Right.Matches(key);
    }

    internal sealed record Not(TagExpression Operand) : TagExpression
    {
        public override bool Matches(SeriesKey key) => !Operand.Matches(key);
    }
}
