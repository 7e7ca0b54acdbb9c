namespace Slungd.Engine.Model;

/// <summary>A range of timestamps in store precision, both ends inclusive.</summary>
internal readonly record struct TimeRange(long Start, long End)
{
    public static readonly TimeRange All = new(long.MinValue, long.MaxValue);

    public bool IsEmpty => Start > End;

    public bool Contains(long timestamp) => timestamp >= Start && timestamp <= End;

    public bool Covers(long first, long last) => first >= Start && last <= End;

    public bool Overlaps(long first, long last) => first <= End && last >= Start;
}
