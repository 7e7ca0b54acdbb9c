using System;
using System.Collections.Generic;

namespace Slungd.Engine.Model;

/// <summary>Which series a query means: a name (null = any) and an expression over the tags.</summary>
internal sealed record SeriesSelector(byte[]? Name, TagExpression Tags)
{
    /// <summary>Every series.</summary>
    public static readonly SeriesSelector All = new(null, TagExpression.All.Instance);

    /// <summary>Called now and then while series are looked for, by the thread that does: throws to end that.
    /// </summary>
    public Action? Look { get; init; }

    public bool Matches(SeriesKey key) =>
        (Name is null || key.NameBytes.AsSpan().SequenceEqual(Name)) && Tags.Matches(key);

    /// <summary>The series that all matchers match: a selector of PromQL. Any may be about `__name__`.</summary>
    public static SeriesSelector Of(params ReadOnlySpan<LabelMatcher> matchers)
    {
        byte[]? name = null;
        var tags = new List<TagExpression>(matchers.Length);
        foreach (LabelMatcher matcher in matchers)
        {
            if (name is null && matcher.Op == LabelMatchOp.Equal && matcher.Name == SeriesLabels.Name)
                name = matcher.ValueBytes;
            else
                tags.Add(new TagExpression.Label(matcher));
        }
        return new SeriesSelector(name, TagExpression.AllOf(tags));
    }

    /// <summary>The series that any of the selectors means, as several `match[]` do; all series when there are
    /// none.</summary>
    public static SeriesSelector AnyOf(params ReadOnlySpan<SeriesSelector> selectors)
    {
        if (selectors.IsEmpty) return All;
        if (selectors.Length == 1) return selectors[0];
        var either = new List<TagExpression>(selectors.Length);
        foreach (SeriesSelector selector in selectors)
        {
            TagExpression tags = selector.Tags;
            either.Add(selector.Name is { } name ? new TagExpression.And(new TagExpression.Name(name), tags) : tags);
        }
        return new SeriesSelector(null, TagExpression.AnyOf(either));
    }
}

/// <summary>A condition on a series' tags. The store answers it from postings; <see cref="Matches"/> is the
/// reference.</summary>
internal abstract record TagExpression
{
    private TagExpression() { }

    public abstract bool Matches(SeriesKey key);

    /// <summary>All of the conditions; every series when there are none.</summary>
    public static TagExpression AllOf(IReadOnlyList<TagExpression> conditions) =>
        conditions.Count == 0 ? All.Instance : Join(conditions, 0, conditions.Count, isAnd: true);

    /// <summary>At least one of the conditions, of which there is at least one.</summary>
    public static TagExpression AnyOf(IReadOnlyList<TagExpression> conditions) =>
        Join(conditions, 0, conditions.Count, isAnd: false);

    /// <summary>As a balanced tree, so that depth stays small however many there are.</summary>
    private static TagExpression Join(IReadOnlyList<TagExpression> conditions, int start, int count, bool isAnd)
    {
        if (count == 1) return conditions[start];
        TagExpression left = Join(conditions, start, count / 2, isAnd);
        TagExpression right = Join(conditions, start + count / 2, count - count / 2, isAnd);
        return isAnd ? new And(left, right) : new Or(left, right);
    }

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

    /// <summary>The series has exactly this name.</summary>
    internal sealed record Name(byte[] Text) : TagExpression
    {
        public override bool Matches(SeriesKey key) => key.NameBytes.AsSpan().SequenceEqual(Text);
    }

    /// <summary>A label as PromQL sees it has a value that the matcher matches; see <see cref="SeriesLabels"/>.
    /// </summary>
    internal sealed record Label(LabelMatcher Matcher) : TagExpression
    {
        public override bool Matches(SeriesKey key) => Matcher.Matches(key);
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
