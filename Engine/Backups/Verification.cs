using Slungd.Engine.Model;

namespace Slungd.Engine.Backups;

/// <summary>What a walk through a data directory saw.</summary>
internal sealed class Verification
{
    /// <summary>Null when FORMAT can't be read.</summary>
    public Precision? Precision { get; set; }

    /// <summary>Segments to look at, and those done with, the damaged ones included.</summary>
    public int SegmentsTotal { get; set; }
    public int Segments { get; set; }

    public long Pages { get; set; }

    /// <summary>Of segments. A timestamp that several segments have counts for each.</summary>
    public long Points { get; set; }

    /// <summary>Of segments and the log.</summary>
    public long Bytes { get; set; }

    public int LogFiles { get; set; }

    /// <summary>Points that are only in the log.</summary>
    public long LogPoints { get; set; }

    public int Problems { get; set; }
}
