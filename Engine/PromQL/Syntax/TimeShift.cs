namespace Slungd.Engine.PromQL.Syntax;

/// <summary>The modifiers `@` and `offset` of a selector or subquery.</summary>
internal struct TimeShift
{
    public TimeAnchor Anchor;

    /// <summary>Milliseconds since the epoch, with <see cref="TimeAnchor.Fixed"/>.</summary>
    public long At;

    /// <summary>Milliseconds back in time; negative is into the future.</summary>
    public long Offset;

    /// <summary>The offset when it is computed; null otherwise.</summary>
    public DurationExpr? OffsetExpr;

    public readonly bool HasOffset => Offset != 0 || OffsetExpr is not null;
}
