namespace Slungd.Engine.PromQL.Syntax;

/// <summary>How the elements of two vectors find each other.</summary>
internal enum MatchCardinality : byte
{
    OneToOne,
    /// <summary>group_left</summary>
    ManyToOne,
    /// <summary>group_right</summary>
    OneToMany,
    /// <summary>Set operators.</summary>
    ManyToMany,
}

/// <param name="Cardinality">Which side may have several elements.</param>
/// <param name="On">Only these labels count; else all but these.</param>
/// <param name="Labels">The labels of `on` or `ignoring`.</param>
/// <param name="Include">The labels of `group_left` or `group_right`, taken from the "one" side.</param>
internal sealed record VectorMatching(MatchCardinality Cardinality, bool On, string[] Labels, string[] Include);
