namespace Slungd.Engine.Segments;

/// <summary>A place between two pages of a series, from which the next descriptor can be read.</summary>
internal struct PagePosition
{
    /// <summary>The next page, counted through the segment.</summary>
    public int Number;

    /// <summary>Where its descriptor starts in the series' run.</summary>
    public int At;

    /// <summary>The newest timestamp of the page before; of the series' first page its own oldest one.</summary>
    public long LastTimestamp;

    /// <summary>Where its pages start in the .dat.</summary>
    public long Offset;
}
