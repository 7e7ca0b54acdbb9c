namespace Slungd.Engine.Model;

/// <summary>Points of one series that lie together in columns with those of others.</summary>
internal struct ColumnRun
{
    public SeriesId Series;
    /// <summary>Numeric; the series' own family decides whether the points fit.</summary>
    public ValueFamily Family;
    /// <summary>At least 1.</summary>
    public int Count;
}
